#include "server/domain/mfa/enroll_totp.h"

#include <optional>
#include <utility>

#include "client/base/error.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"
#include "server/domain/mfa/refusal_event.h"
#include "server/domain/mfa/totp.h"

namespace signet::domain {
namespace {

absl::Status AlreadyEnabled() {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "MFA_ALREADY_ENABLED",
                         "an authenticator is in force; switch it off first");
}

}  // namespace

absl::StatusOr<TotpEnrollment> EnrollTotp::Run(const Caller& caller, const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kEnrollTotp, caller, call);
  const AuditRecord record = audit_.Record(event);
  return AuditedRefusal(audit_, std::move(event), Decide(caller, record, call));
}

absl::StatusOr<TotpEnrollment> EnrollTotp::Decide(const Caller& caller, const AuditRecord& audit,
                                                  const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<FactorRecord> record,
                          factors_.Read(caller.user_id()));
  if (!record || record->confirmed_at) return AlreadyEnabled();
  const base::Secret secret(base::RandomBytes(kTotpSecretSize));
  SIGNET_ASSIGN_OR_RETURN(const std::string sealed, sealer_.Seal(caller.user_id(), secret));
  SIGNET_ASSIGN_OR_RETURN(const bool kept,
                          factors_.Enroll(caller.user_id(), sealed, call.now, audit));
  if (!kept) return AlreadyEnabled();
  return TotpEnrollment{base::Secret(Base32(secret.reveal())),
                        ProvisioningUri(issuer_, record->email, secret)};
}

}  // namespace signet::domain
