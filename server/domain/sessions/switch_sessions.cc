#include "server/domain/sessions/switch_sessions.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

// The usual case is that nothing has changed: readers keep what they have.
void Apply(const SessionPolicy& read, base::Snapshot<SessionPolicy>& policy) {
  const SessionPolicy& now = policy.Read();
  if (now.version == read.version && now.changed_at == read.changed_at) return;
  policy.Replace(std::make_shared<SessionPolicy>(read));
}

}  // namespace

absl::StatusOr<SessionPolicy> SwitchSessions::Set(const Caller& caller, SessionPolicy policy,
                                                  const CallInfo& call) {
  policy.changed_at = call.now;
  policy.changed_by = caller.user_id();
  AuditEvent event = AuditEventOf(AuditAction::kSwitchSessions, caller, call);
  event.subject = std::nullopt;
  event.target = absl::StrCat(NameOf(policy.mode), " ", policy.share_percent, "%");
  SIGNET_ASSIGN_OR_RETURN(const SessionPolicy stored,
                          store_.WritePolicy(policy, audit_.Record(std::move(event))));
  Apply(stored, policy_);
  return stored;
}

absl::Status SwitchSessions::Reload(SessionTokenStore& store,
                                    base::Snapshot<SessionPolicy>& policy) {
  SIGNET_ASSIGN_OR_RETURN(const SessionPolicy stored, store.ReadPolicy());
  Apply(stored, policy);
  return absl::OkStatus();
}

}  // namespace signet::domain
