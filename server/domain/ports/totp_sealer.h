#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/ids.h"
#include "client/base/secret.h"

namespace signet::domain {

// Seals authenticator secrets at rest, each bound to its person: a sealed secret that was moved to
// another account does not open. Thread-safe, no I/O.
class TotpSealer {
 public:
  virtual ~TotpSealer() = default;
  virtual absl::StatusOr<std::string> Seal(base::UserId user, const base::Secret& secret) const = 0;
  // DATA_LOSS: changed, moved, or sealed under another key.
  virtual absl::StatusOr<base::Secret> Open(base::UserId user, absl::string_view sealed) const = 0;
};

}  // namespace signet::domain
