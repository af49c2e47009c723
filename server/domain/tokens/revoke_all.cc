#include "server/domain/tokens/revoke_all.h"

#include <utility>

#include "client/base/status_macros.h"

namespace signet::domain {

absl::StatusOr<RevokeAll::Done> RevokeAll::Run(const Caller& caller, const CallInfo& call) {
  token::RevocationRecord record;
  record.kind = token::RevocationKind::kTenant;
  // `iat` has whole seconds, and clocks of replicas differ a little. Who issues a token within
  // these two seconds gives it the `iat` of their end (signing::TokenSigner).
  record.not_before = absl::FromUnixSeconds(absl::ToUnixSeconds(call.now) + 2);
  record.recorded_at = call.now;
  record.expires_at = lifetimes_.RevocationExpiry(record.not_before);
  AuditEvent event = AuditEventOf(AuditAction::kRevokeAll, caller, call);
  event.subject = std::nullopt;  // everybody
  SIGNET_ASSIGN_OR_RETURN(const int64_t sequence,
                          revocations_.AppendAudited(record, audit_.Record(std::move(event))));
  return Done{record.not_before, sequence};
}

}  // namespace signet::domain
