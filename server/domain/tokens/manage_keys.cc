#include "server/domain/tokens/manage_keys.h"

#include <string>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

AuditEvent EventOf(AuditAction action, const Caller& caller, const CallInfo& call,
                   absl::string_view kid = {}) {
  AuditEvent event = AuditEventOf(action, caller, call);
  event.subject = std::nullopt;  // a key is nobody's
  event.target = std::string(kid);
  return event;
}

// Decided, as opposed to what could not be done at this moment.
bool IsKeyRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsNotFound(status);
}

}  // namespace

absl::StatusOr<std::vector<SigningKeyRecord>> ManageKeys::List(const Caller& caller,
                                                               const CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(audit_.Append(EventOf(AuditAction::kKeyList, caller, call)));
  return keys_.List();
}

absl::StatusOr<KeySetStanding> ManageKeys::Verifiers(const Caller& caller, const CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(audit_.Append(EventOf(AuditAction::kKeyList, caller, call, "verifiers")));
  return keys_.Verifiers(call.now);
}

absl::StatusOr<SigningKeyRecord> ManageKeys::Prepare(const Caller& caller,
                                                     absl::string_view algorithm,
                                                     const CallInfo& call) {
  const AuditEvent event = EventOf(AuditAction::kKeyPrepare, caller, call);
  return Told(keys_.Prepare(algorithm, KeyChange(event)), event);
}

absl::StatusOr<SigningKeyRecord> ManageKeys::Activate(const Caller& caller, absl::string_view kid,
                                                      KeyLifecycle::Force force,
                                                      const CallInfo& call) {
  const AuditEvent event = EventOf(AuditAction::kKeyActivate, caller, call, kid);
  return Told(keys_.Activate(kid, force, KeyChange(event)), event);
}

absl::StatusOr<SigningKeyRecord> ManageKeys::Taint(const Caller& caller, absl::string_view kid,
                                                   const CallInfo& call) {
  const AuditEvent event = EventOf(AuditAction::kKeyTaint, caller, call, kid);
  return Told(keys_.Taint(kid, KeyChange(event)), event);
}

absl::StatusOr<SigningKeyRecord> ManageKeys::Retire(const Caller& caller, absl::string_view kid,
                                                    KeyLifecycle::Force force,
                                                    const CallInfo& call) {
  const AuditEvent event = EventOf(AuditAction::kKeyRetire, caller, call, kid);
  return Told(keys_.Retire(kid, force, KeyChange(event)), event);
}

absl::StatusOr<SigningKeyRecord> ManageKeys::Told(absl::StatusOr<SigningKeyRecord> answer,
                                                  AuditEvent event) {
  if (IsKeyRefusal(answer.status())) {
    SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), base::ErrorReason(answer.status())));
  }
  return answer;
}

}  // namespace signet::domain
