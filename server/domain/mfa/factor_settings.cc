#include "server/domain/mfa/factor_settings.h"

#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/mfa/confirm_totp.h"
#include "server/domain/mfa/factor_mail.h"
#include "server/domain/mfa/refusal_event.h"

namespace signet::domain {
namespace {

absl::Status NotEnabled() {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "MFA_NOT_ENABLED",
                         "there is no second factor");
}

}  // namespace

absl::StatusOr<FactorRecord> FactorSettings::ReadEnabled(const Caller& caller) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<FactorRecord> record, factors_.Read(caller.user_id()));
  if (!record || !record->confirmed_at) return NotEnabled();
  return *std::move(record);
}

absl::StatusOr<FactorStatus> FactorSettings::Status(const Caller& caller, const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<FactorRecord> record,
                          factors_.Read(caller.user_id()));
  FactorStatus status;
  if (!record) return status;
  status.totp_enabled_at = record->confirmed_at;
  status.totp_waits = !record->confirmed_at && record->enrolled_at.value_or(absl::InfinitePast()) >
                                                   call.now - kEnrollmentLife;
  status.recovery_codes_left = record->recovery_codes_left;
  return status;
}

absl::Status FactorSettings::DisableTotp(const Caller& caller, const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kDisableTotp, caller, call);
  const auto record = ReadEnabled(caller);
  if (!record.ok()) return AuditedRefusal(audit_, std::move(event), record).status();
  SIGNET_ASSIGN_OR_RETURN(
      const bool disabled,
      factors_.Disable(caller.user_id(), call.now,
                       MfaChangedMail(mail_, caller.user_id(), record->email,
                                      "the authenticator app was removed", call),
                       audit_.Record(event)));
  if (disabled) return absl::OkStatus();
  return AuditedRefusal(audit_, std::move(event), absl::StatusOr<bool>(NotEnabled())).status();
}

absl::StatusOr<std::vector<base::Secret>> FactorSettings::RegenerateRecoveryCodes(
    const Caller& caller, const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kReplaceRecoveryCodes, caller, call);
  const auto record = ReadEnabled(caller);
  if (!record.ok()) return AuditedRefusal(audit_, std::move(event), record).status();
  std::vector<base::Secret> codes = MakeRecoveryCodes();
  SIGNET_ASSIGN_OR_RETURN(
      const bool replaced,
      factors_.ReplaceRecoveryCodes(caller.user_id(), recovery_.HashAll(caller.user_id(), codes),
                                    MfaChangedMail(mail_, caller.user_id(), record->email,
                                                   "the recovery codes were replaced", call),
                                    audit_.Record(event)));
  if (replaced) return codes;
  return AuditedRefusal(audit_, std::move(event), absl::StatusOr<bool>(NotEnabled())).status();
}

}  // namespace signet::domain
