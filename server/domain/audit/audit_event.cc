#include "server/domain/audit/audit_event.h"

namespace signet::domain {
namespace {

// Beyond every hundred that is given out.
constexpr int32_t kActionsEnd = 1000;

}  // namespace

absl::string_view AuditActionName(AuditAction action) {
  switch (action) {
    case AuditAction::kRegister:
      return "REGISTER";
    case AuditAction::kLogin:
      return "LOGIN";
    case AuditAction::kChangePassword:
      return "CHANGE_PASSWORD";
    case AuditAction::kBootstrapAdministrator:
      return "BOOTSTRAP_ADMINISTRATOR";
    case AuditAction::kLogout:
      return "LOGOUT";
    case AuditAction::kLogoutAll:
      return "LOGOUT_ALL";
    case AuditAction::kRefresh:
      return "REFRESH";
    case AuditAction::kTerminateSession:
      return "TERMINATE_SESSION";
    case AuditAction::kRevokeToken:
      return "REVOKE_TOKEN";
    case AuditAction::kRevokeAll:
      return "REVOKE_ALL";
    case AuditAction::kSwitchSessions:
      return "SWITCH_SESSIONS";
    case AuditAction::kExplainToken:
      return "EXPLAIN_TOKEN";
    case AuditAction::kVerifyEmail:
      return "VERIFY_EMAIL";
    case AuditAction::kResendVerification:
      return "RESEND_VERIFICATION";
    case AuditAction::kRequestPasswordReset:
      return "REQUEST_PASSWORD_RESET";
    case AuditAction::kResetPassword:
      return "RESET_PASSWORD";
    case AuditAction::kRequestEmailChange:
      return "REQUEST_EMAIL_CHANGE";
    case AuditAction::kConfirmEmailChange:
      return "CONFIRM_EMAIL_CHANGE";
    case AuditAction::kCompleteMfa:
      return "COMPLETE_MFA";
    case AuditAction::kStepUp:
      return "STEP_UP";
    case AuditAction::kEnrollTotp:
      return "ENROLL_TOTP";
    case AuditAction::kConfirmTotp:
      return "CONFIRM_TOTP";
    case AuditAction::kDisableTotp:
      return "DISABLE_TOTP";
    case AuditAction::kReplaceRecoveryCodes:
      return "REPLACE_RECOVERY_CODES";
    case AuditAction::kAccessDenied:
      return "ACCESS_DENIED";
    case AuditAction::kLockAccount:
      return "LOCK_ACCOUNT";
    case AuditAction::kUnlockAccount:
      return "UNLOCK_ACCOUNT";
    case AuditAction::kDetectThreat:
      return "DETECT_THREAT";
    case AuditAction::kEraseUser:
      return "ERASE_USER";
    case AuditAction::kUpdateUser:
      return "UPDATE_USER";
    case AuditAction::kDisableUser:
      return "DISABLE_USER";
    case AuditAction::kEnableUser:
      return "ENABLE_USER";
    case AuditAction::kDeleteUser:
      return "DELETE_USER";
    case AuditAction::kImportUsers:
      return "IMPORT_USERS";
    case AuditAction::kExportUserData:
      return "EXPORT_USER_DATA";
    case AuditAction::kRoleCreate:
      return "ROLE_CREATE";
    case AuditAction::kRoleUpdate:
      return "ROLE_UPDATE";
    case AuditAction::kRoleDelete:
      return "ROLE_DELETE";
    case AuditAction::kRoleGrant:
      return "ROLE_GRANT";
    case AuditAction::kRoleRevoke:
      return "ROLE_REVOKE";
    case AuditAction::kServiceAccountCreate:
      return "SERVICE_ACCOUNT_CREATE";
    case AuditAction::kServiceAccountDisable:
      return "SERVICE_ACCOUNT_DISABLE";
    case AuditAction::kServiceAccountEnable:
      return "SERVICE_ACCOUNT_ENABLE";
    case AuditAction::kServiceAccountDelete:
      return "SERVICE_ACCOUNT_DELETE";
    case AuditAction::kApiKeyCreate:
      return "API_KEY_CREATE";
    case AuditAction::kApiKeyRotate:
      return "API_KEY_ROTATE";
    case AuditAction::kApiKeyRevoke:
      return "API_KEY_REVOKE";
    case AuditAction::kServiceToken:
      return "SERVICE_TOKEN";
    case AuditAction::kKeyList:
      return "KEY_LIST";
    case AuditAction::kKeyPrepare:
      return "KEY_PREPARE";
    case AuditAction::kKeyActivate:
      return "KEY_ACTIVATE";
    case AuditAction::kKeyTaint:
      return "KEY_TAINT";
    case AuditAction::kKeyRetire:
      return "KEY_RETIRE";
    case AuditAction::kKeyErase:
      return "KEY_ERASE";
    case AuditAction::kKeyReseal:
      return "KEY_RESEAL";
    case AuditAction::kKeyLoad:
      return "KEY_LOAD";
    case AuditAction::kAuditRead:
      return "AUDIT_READ";
  }
  return "";
}

std::optional<AuditAction> AuditActionByName(absl::string_view name) {
  if (name.empty()) return std::nullopt;
  for (int32_t value = 1; value < kActionsEnd; ++value) {
    const auto action = static_cast<AuditAction>(value);
    if (AuditActionName(action) == name) return action;
  }
  return std::nullopt;
}

base::UserId AuditEvent::person() const {
  if (actor.kind == AuditActor::Kind::kUser) return base::UserId(actor.id);
  return subject.value_or(base::UserId());
}

AuditEvent AuditEventOf(AuditAction action, const CallInfo& call) {
  AuditEvent event;
  event.id = AuditEventId::New(call.now);
  event.at = call.now;
  event.action = action;
  event.peer = call.peer;
  event.request_id = call.request_id;
  event.trace_id = call.trace_id;
  return event;
}

AuditEvent AuditEventOf(AuditAction action, const Caller& caller, const CallInfo& call) {
  AuditEvent event = AuditEventOf(action, call);
  event.actor = {AuditActor::Kind::kUser, caller.user_id().uuid()};
  event.subject = caller.user_id();
  event.session = caller.session_id();
  return event;
}

AuditEvent AuditEventOf(AuditAction action, const Caller& caller, base::UserId subject,
                        const CallInfo& call) {
  AuditEvent event = AuditEventOf(action, caller, call);
  event.subject = subject;
  if (subject != caller.user_id()) event.session = std::nullopt;
  return event;
}

}  // namespace signet::domain
