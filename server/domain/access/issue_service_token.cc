#include "server/domain/access/issue_service_token.h"

#include <algorithm>
#include <utility>

#include "client/base/clock.h"
#include "client/base/error.h"
#include "client/base/ids.h"
#include "client/base/status_macros.h"
#include "client/token/claims.h"
#include "server/domain/access/api_key.h"

namespace signet::domain {
namespace {

// As the audit log names it.
absl::string_view ReasonOf(ApiKeyOutcome outcome) {
  switch (outcome) {
    case ApiKeyOutcome::kAccepted:
      return "";
    case ApiKeyOutcome::kMalformed:
      return "MALFORMED";
    case ApiKeyOutcome::kUnknown:
      return "UNKNOWN_KEY";
    case ApiKeyOutcome::kOtherClient:
      return "OTHER_CLIENT";
    case ApiKeyOutcome::kWrongSecret:
      return "WRONG_SECRET";
    case ApiKeyOutcome::kRevoked:
      return "REVOKED";
    case ApiKeyOutcome::kExpired:
      return "EXPIRED";
    case ApiKeyOutcome::kAccountInactive:
      return "ACCOUNT_INACTIVE";
  }
  return "";
}

absl::StatusOr<std::vector<std::string>> Allowed(const std::vector<std::string>& asked,
                                                 const std::vector<std::string>& key_has) {
  if (asked.empty()) return key_has;
  std::vector<std::string> allowed;
  for (const std::string& scope : asked) {
    const bool has = std::find(key_has.begin(), key_has.end(), scope) != key_has.end();
    const bool twice = std::find(allowed.begin(), allowed.end(), scope) != allowed.end();
    if (has && !twice) allowed.push_back(scope);
  }
  if (allowed.empty()) return base::FieldError("scopes", "has none that the API key allows");
  return allowed;
}

constexpr auto kKeyAction = LimitedAction::kApiKey;
constexpr auto kKeyScope = LimitScope::kAccount;

// Which key it says it is; empty for what is none.
std::string ClaimedKey(const base::Secret& api_key) {
  const auto key = ApiKey::Parse(api_key.reveal());
  return key ? key->key_id.ToString() : std::string();
}

}  // namespace

absl::StatusOr<ServiceTokenDecision> IssueServiceToken::Run(const ServiceTokenCommand& command,
                                                            const CallInfo& call) {
  const std::string claimed = ClaimedKey(command.api_key);
  SIGNET_RETURN_IF_ERROR(rates_.Peek(kKeyAction, kKeyScope, claimed, call.now));
  SIGNET_ASSIGN_OR_RETURN(ApiKeyDecision key,
                          check_.Run(command.api_key.reveal(), call, command.client_id));
  ServiceTokenDecision decision;
  decision.outcome = key.outcome;
  AuditEvent event = AuditEventOf(AuditAction::kServiceToken, call);
  if (key.key_id) event.target = key.key_id->ToString();
  if (!key.caller) {
    SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), ReasonOf(key.outcome)));
    return decision;
  }
  event.actor = {AuditActor::Kind::kServiceAccount, key.caller->account_id().uuid()};
  event.subject = base::UserId(key.caller->account_id().uuid());
  SIGNET_ASSIGN_OR_RETURN(decision.scopes, Allowed(command.scopes, key.scopes));

  token::AccessTokenClaims claims;
  claims.subject = key.caller->account_id().ToString();
  claims.token_id = base::TokenId::New(call.now).ToString();
  claims.client_id = key.client_id;
  claims.audiences = {command.audience};
  claims.issued_at = std::max(base::WholeSeconds(call.now), key.not_before);
  claims.expires_at =
      std::max(std::min(claims.issued_at + lifetimes_.access, base::WholeSeconds(key.until)),
               claims.issued_at + absl::Seconds(1));
  claims.scopes = decision.scopes;
  claims.roles = std::move(key.access.roles);
  claims.permissions = FittingPermissions(std::move(key.access.permissions));
  SIGNET_ASSIGN_OR_RETURN(TokenIssuer::Issued issued, issuer_.Issue(claims));
  SIGNET_RETURN_IF_ERROR(audit_.Append(std::move(event)));
  decision.access_token = std::move(issued.token);
  decision.expires_in = absl::Floor(claims.expires_at - call.now, absl::Seconds(1));
  rates_.Charge(kKeyAction, kKeyScope, claimed, call.now);  // whose it is, is proven
  return decision;
}

}  // namespace signet::domain
