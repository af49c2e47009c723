#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::vault {

enum class VaultResult { kDone, kRefused, kUnavailable };
enum class VaultLease { kLoggedIn, kTokenRenewed, kCredentialsIssued, kCredentialsRenewed };

// Hears what goes on between this process and Vault. Thread-safe; the default hears nothing.
class VaultObserver {
 public:
  virtual ~VaultObserver() = default;

  // After each question, over all addresses.
  virtual void OnResult(VaultResult /*result*/) {}
  virtual void OnLease(VaultLease /*lease*/) {}
  // The lease of the credentials that new connections use.
  virtual void OnCredentials(absl::Time /*issued_at*/, absl::Time /*ends_at*/) {}
  // What did not succeed and is tried again: `what` for people; the status holds no secret.
  virtual void OnTrouble(absl::string_view /*what*/, const absl::Status& /*status*/) {}
  // The first success after that.
  virtual void OnRecovered() {}
};

}  // namespace signet::vault
