#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/domain/access/check_api_key.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/domain/ports/token_issuer.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

struct ServiceTokenCommand {
  base::Secret api_key;             // as it came
  std::string audience;             // not empty
  std::vector<std::string> scopes;  // empty: all that the key allows
  std::string client_id = {};       // who is said to call; empty: nobody is named
};

struct ServiceTokenDecision {
  ApiKeyOutcome outcome = ApiKeyOutcome::kMalformed;
  // Set exactly when kAccepted.
  std::optional<base::Secret> access_token;
  absl::Duration expires_in;
  std::vector<std::string> scopes;  // of those that were asked for, what the key allows
};

// An access token for an API key: the client credentials grant (RFC 6749 section 4.4) of a service
// account. `sub` is the account's id, `client_id` its name; no session, and no refresh
// token: the key is presented again. The token outlives neither the key nor a role that it says.
// One round trip, and one for the audit log. FIELD_INVALID (scopes) when the key allows none of
// those asked for; RATE_LIMITED when the key that it says it is has had its share, which
// only a key that has proven to be it uses up. A status other than these and OK means that nothing
// was decided. Thread-safe.
class IssueServiceToken {
 public:
  IssueServiceToken(CheckApiKey& check, RateLimiter& rates, TokenIssuer& issuer, AuditTrail& audit,
                    const TokenLifetimes& lifetimes)
      : check_(check), rates_(rates), issuer_(issuer), audit_(audit), lifetimes_(lifetimes) {}

  absl::StatusOr<ServiceTokenDecision> Run(const ServiceTokenCommand& command,
                                           const CallInfo& call);

 private:
  CheckApiKey& check_;
  RateLimiter& rates_;
  TokenIssuer& issuer_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain
