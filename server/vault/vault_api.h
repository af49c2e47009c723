#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/fetch/http_client.h"
#include "server/vault/vault_answer.h"
#include "server/vault/vault_observer.h"

namespace signet::vault {

enum class VaultMethod { kRead, kWrite };

// One question to whichever of several addresses of one Vault answers.
// https://developer.hashicorp.com/vault/api-docs (OpenBao's is the same). Thread-safe.
class VaultApi {
 public:
  struct Options {
    std::vector<std::string> addresses;  // "https://vault.internal:8200", in order of preference
    std::string name_space = {};         // X-Vault-Namespace; empty: none
    std::string ca_file = {};            // PEM; empty: the authorities of the system
    absl::Duration timeout = absl::Seconds(3);  // of one address
  };

  // `observer` outlives it.
  VaultApi(Options options, VaultObserver& observer);

  // `path` without "/v1/", of characters that need no escape. `token` and `body` may be empty.
  //
  // The address that answered last is asked first. The next one is asked where one does not
  // answer, is sealed, stands by, is overloaded or fails (429, 3xx, 5xx): UNAVAILABLE when that is
  // said of all. INVALID_ARGUMENT (400), PERMISSION_DENIED (403), NOT_FOUND (404) and
  // FAILED_PRECONDITION (other 4xx) are Vault's own word. Messages name address and path and
  // Vault's errors, never what was sent.
  absl::StatusOr<VaultAnswer> Call(VaultMethod method, absl::string_view path,
                                   const base::Secret& token, const base::Secret& body) const;

 private:
  absl::StatusOr<VaultAnswer> AskAll(VaultMethod method, absl::string_view path,
                                     const base::Secret& token, const base::Secret& body) const;
  absl::StatusOr<VaultAnswer> AskOne(const std::string& address, VaultMethod method,
                                     absl::string_view path, const base::Secret& token,
                                     const base::Secret& body) const;

  const Options options_;
  const fetch::HttpClient client_;
  VaultObserver& observer_;
  mutable std::atomic<size_t> preferred_{0};
};

}  // namespace signet::vault
