#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/base/secret.h"
#include "server/domain/access/check_api_key.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/http/oauth/form.h"

namespace signet::http {

// Before the token of an Authorization (RFC 6750 section 2.1), in whatever case.
inline constexpr absl::string_view kBearer = "Bearer ";

// How a client names itself and proves it (RFC 6749 section 2.3): an API key of a service account
// is the secret, the key's id or the account's name the client_id.
struct ClientCredentials {
  std::string client_id;
  base::Secret api_key;
};

// The credentials of client_secret_basic or client_secret_post; nothing where there is no secret (a
// public client, or a Bearer token). FIELD_INVALID where two methods are used at once, where two
// client_ids contradict each other, and for credentials that cannot be read; CREDENTIALS_INVALID
// for an Authorization that is neither Basic nor Bearer.
absl::StatusOr<std::optional<ClientCredentials>> ReadClient(const Request& request,
                                                            const Form& form);

// Judges API keys for the endpoints, and holds whoever presents them to the rates of API keys
// . Thread-safe.
class OauthClients {
 public:
  // All outlive it.
  OauthClients(domain::CheckApiKey& check, domain::RateLimiter& rates)
      : check_(check), rates_(rates) {}

  // Whose it is. CREDENTIALS_INVALID for whatever does not work, always the same; RATE_LIMITED by
  // address and in all.
  absl::StatusOr<domain::ServiceCaller> Authenticate(const ClientCredentials& client,
                                                     const domain::CallInfo& call) const;
  // OK where no credentials came, or good ones: who holds a token needs none, but whoever claims
  // to be a client must be it.
  absl::Status CheckIfPresent(const Request& request, const Form& form) const;

 private:
  domain::CheckApiKey& check_;
  domain::RateLimiter& rates_;
};

absl::Status ClientRefused();

}  // namespace signet::http
