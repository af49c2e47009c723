#include "server/domain/mfa/confirm_totp.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/mfa/factor_mail.h"
#include "server/domain/mfa/refusal_event.h"
#include "server/domain/mfa/totp.h"

namespace signet::domain {
namespace {

bool Waits(const std::optional<FactorRecord>& record, absl::Time now) {
  return record && !record->totp_sealed.empty() && !record->confirmed_at &&
         record->enrolled_at.value_or(absl::InfinitePast()) > now - kEnrollmentLife;
}

}  // namespace

absl::StatusOr<std::vector<base::Secret>> ConfirmTotp::Run(const Caller& caller,
                                                           const base::Secret& code,
                                                           const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kConfirmTotp, caller, call);
  const AuditRecord record = audit_.Record(event);
  return AuditedRefusal(audit_, std::move(event), Decide(caller, code, record, call));
}

absl::StatusOr<std::vector<base::Secret>> ConfirmTotp::Decide(const Caller& caller,
                                                              const base::Secret& code,
                                                              const AuditRecord& audit,
                                                              const CallInfo& call) {
  const base::UserId user = caller.user_id();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<FactorRecord> record, factors_.Read(user));
  if (!Waits(record, call.now)) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "MFA_NOT_ENROLLED",
                           "no authenticator waits to be confirmed; enroll one");
  }
  SIGNET_ASSIGN_OR_RETURN(const base::Secret secret, sealer_.Open(user, record->totp_sealed));
  const std::optional<int64_t> step =
      MatchTotp(secret, code.reveal(), call.now, std::numeric_limits<int64_t>::min());
  if (!step) {
    return base::MakeError(absl::StatusCode::kUnauthenticated, "MFA_CODE_INVALID",
                           "the code is not one of the enrolled authenticator");
  }

  std::vector<base::Secret> codes = MakeRecoveryCodes();
  FactorConfirmation confirmation;
  confirmation.user_id = user;
  confirmation.session_id = caller.session_id();
  confirmation.totp_sealed = record->totp_sealed;
  confirmation.totp_step = *step;
  confirmation.recovery_hashes = recovery_.HashAll(user, codes);
  confirmation.acr = kAcrSecondFactor;
  confirmation.amr = AmrOfSecondFactor();
  confirmation.now = call.now;
  confirmation.revocation_expires_at = lifetimes_.RevocationExpiry(call.now);
  confirmation.mail =
      MfaChangedMail(mail_, user, record->email, "an authenticator app was set up", call);
  SIGNET_ASSIGN_OR_RETURN(const bool confirmed, factors_.Confirm(confirmation, audit));
  if (confirmed) return codes;
  return base::MakeError(absl::StatusCode::kAborted, "CONFLICT",
                         "the authenticator was changed by another call; look, then try again");
}

}  // namespace signet::domain
