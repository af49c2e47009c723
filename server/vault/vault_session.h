#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/base/mutex.h"
#include "client/base/secret.h"
#include "server/vault/vault_api.h"

namespace signet::vault {

// Being logged in to Vault: the token, and how long it lasts.
//
// A token is renewed when half of its life is over, so that there is time for some attempts before
// two thirds are. One that cannot be renewed, or whose renewals get short because its longest life
// comes near, is replaced by logging in anew; the old one stays good until it ends, and with it
// what was leased under it. Thread-safe.
class VaultSession {
 public:
  struct Options {
    enum class Method {
      kAppRole,     // role is the role_id, the secret the secret_id
      kKubernetes,  // the secret is the JWT of the pod's service account
    };
    Method method = Method::kAppRole;
    std::string mount = "approle";  // auth/<mount>/login
    std::string role;
    base::Secret secret = {};      // or
    std::string secret_file = {};  // read at each login: others replace what is in it
  };

  // Everything outlives it.
  VaultSession(const VaultApi& api, Options options, const base::Clock& clock,
               VaultObserver& observer);

  // As VaultApi::Call(), with a token; logs in where there is none. A token that Vault does not
  // know any more (revoked, or ended while Vault was away) is replaced once.
  absl::StatusOr<VaultAnswer> Ask(VaultMethod method, absl::string_view path,
                                  const base::Secret& body);

  // Renews the token or logs in, if that is due. Errors as of Call(); what is held stays.
  absl::Status Tend();
  // When it is; the past while there is no token.
  absl::Time due() const;
  // How often it logged in: what an earlier token leased ends with that token.
  int64_t logins() const;

 private:
  struct Token {
    base::Secret value;
    absl::Duration first_life;
    absl::Time due;
    bool renewable;
    int64_t login;
  };

  std::shared_ptr<const Token> Held() const;
  void Hold(const VaultAnswer& answer, absl::Time now, const Token* renewed);
  // Unless somebody else has since `login`.
  absl::Status LogIn(int64_t login);
  absl::StatusOr<base::Secret> ReadSecret() const;

  const VaultApi& api_;
  const Options options_;
  const base::Clock& clock_;
  VaultObserver& observer_;
  base::Mutex logging_in_;
  mutable base::Mutex mutex_;
  std::shared_ptr<const Token> token_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::vault
