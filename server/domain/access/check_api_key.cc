#include "server/domain/access/check_api_key.h"

#include <algorithm>
#include <utility>

#include "client/base/secret.h"
#include "client/base/status_macros.h"
#include "server/domain/ports/credential_observer.h"

namespace signet::domain {
namespace {

ApiKeyDecision Refused(ApiKeyOutcome outcome, std::optional<ApiKeyId> key_id = std::nullopt) {
  ApiKeyDecision decision;
  decision.key_id = key_id;
  decision.outcome = outcome;
  return decision;
}

bool Names(absl::string_view client_id, const ApiKey& key, const ApiKeyView& view) {
  return client_id.empty() || client_id == view.account_name || client_id == key.key_id.ToString();
}

// The secret first: whoever does not have it learns nothing of the key by how long it takes.
ApiKeyOutcome Judge(const ApiKey& key, const ApiKeyView& view, absl::string_view client_id,
                    absl::Time now) {
  if (!base::ConstantTimeEquals(key.SecretHash(), view.secret_hash)) {
    return ApiKeyOutcome::kWrongSecret;
  }
  if (view.revoked) return ApiKeyOutcome::kRevoked;
  if (view.expires_at && *view.expires_at <= now) return ApiKeyOutcome::kExpired;
  if (view.account_status != ServiceAccountStatus::kActive) {
    return ApiKeyOutcome::kAccountInactive;
  }
  if (!Names(client_id, key, view)) return ApiKeyOutcome::kOtherClient;
  return ApiKeyOutcome::kAccepted;
}

}  // namespace

absl::StatusOr<ApiKeyDecision> CheckApiKey::Run(absl::string_view api_key, const CallInfo& call,
                                                absl::string_view client_id) {
  absl::StatusOr<ApiKeyDecision> decision = Decide(api_key, call, client_id);
  if (decision.ok()) observer_.ApiKeyJudged(decision->outcome);
  return decision;
}

absl::StatusOr<ApiKeyDecision> CheckApiKey::Decide(absl::string_view api_key, const CallInfo& call,
                                                   absl::string_view client_id) {
  const std::optional<ApiKey> key = ApiKey::Parse(api_key);
  if (!key) return Refused(ApiKeyOutcome::kMalformed);
  SIGNET_ASSIGN_OR_RETURN(std::optional<ApiKeyView> view, store_.ReadKey(key->key_id));
  if (!view) return Refused(ApiKeyOutcome::kUnknown, key->key_id);
  const ApiKeyOutcome outcome = Judge(*key, *view, client_id, call.now);
  if (outcome != ApiKeyOutcome::kAccepted) return Refused(outcome, key->key_id);

  uses_.Note(key->key_id, call.now);
  ApiKeyDecision decision;
  decision.outcome = outcome;
  decision.key_id = key->key_id;
  decision.client_id = std::move(view->account_name);
  decision.scopes = std::move(view->scopes);
  decision.access = AccessAt(view->held, call.now);
  decision.until =
      std::min(decision.access.until, view->expires_at.value_or(absl::InfiniteFuture()));
  decision.not_before = view->account_not_before;
  decision.caller = ServiceCaller(view->account, decision.access.permissions);
  return decision;
}

}  // namespace signet::domain
