#include "server/rpc/convert/mfa_messages.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "client/base/status_macros.h"
#include "server/domain/mfa/totp.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxChallenge = 8 * 1024;
constexpr size_t kMaxRecoveryCode = 64;

absl::Status CheckTotpCode(absl::string_view code) {
  if (code.empty()) return base::FieldError("code", "is required");
  for (const char c : code) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      return base::FieldError("code", "has something else than digits");
    }
  }
  if (code.size() == domain::kTotpDigits) return absl::OkStatus();
  return base::FieldError("code", "does not have six digits");
}

// The answer of a request with the two fields `code` and `recovery_code` in a oneof; nothing where
// neither is set.
template <typename Request>
absl::StatusOr<std::optional<domain::FactorAnswer>> TakeAnswer(Request& request) {
  domain::FactorAnswer answer;
  if (request.second_factor_case() == Request::kCode) {
    answer.text = base::Secret(std::move(*request.mutable_code()));
    SIGNET_RETURN_IF_ERROR(CheckTotpCode(answer.text.reveal()));
    return std::optional<domain::FactorAnswer>(std::move(answer));
  }
  if (request.second_factor_case() == Request::kRecoveryCode) {
    answer.kind = domain::FactorAnswer::Kind::kRecoveryCode;
    answer.text = base::Secret(std::move(*request.mutable_recovery_code()));
    SIGNET_RETURN_IF_ERROR(CheckText("recovery_code", answer.text.reveal(), 1, kMaxRecoveryCode));
    return std::optional<domain::FactorAnswer>(std::move(answer));
  }
  return std::optional<domain::FactorAnswer>();
}

}  // namespace

absl::StatusOr<domain::StepUpCommand> ToStepUpCommand(v1::StepUpRequest& request) {
  domain::StepUpCommand command;
  command.password = base::Secret(std::move(*request.mutable_password()));
  SIGNET_RETURN_IF_ERROR(CheckText("password", command.password.reveal(), 1, kMaxPassword));
  SIGNET_ASSIGN_OR_RETURN(command.answer, TakeAnswer(request));
  return command;
}

absl::StatusOr<domain::CompleteMfaCommand> ToCompleteMfaCommand(v1::CompleteMfaRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii("challenge", request.challenge(), 1, kMaxChallenge));
  SIGNET_ASSIGN_OR_RETURN(auto answer, TakeAnswer(request));
  if (!answer) return base::FieldError("code", "is required, or recovery_code");
  return domain::CompleteMfaCommand{std::move(*request.mutable_challenge()), *std::move(answer)};
}

absl::StatusOr<base::Secret> ToTotpCode(v1::ConfirmTotpRequest& request) {
  base::Secret code(std::move(*request.mutable_code()));
  SIGNET_RETURN_IF_ERROR(CheckTotpCode(code.reveal()));
  return code;
}

void FromSteppedUp(const domain::SteppedUp& stepped_up, v1::StepUpResponse& out) {
  out.set_access_token(std::string(stepped_up.access_token.reveal()));
  SetDuration(absl::Trunc(stepped_up.expires_in, absl::Seconds(1)), *out.mutable_expires_in());
  out.set_token_type("Bearer");
  out.set_acr(stepped_up.acr);
}

void FromChallenge(const domain::OfferedChallenge& challenge, v1::MfaChallenge& out) {
  out.set_challenge(std::string(challenge.text.reveal()));
  SetDuration(challenge.expires_in, *out.mutable_expires_in());
  out.add_methods(v1::MFA_METHOD_TOTP);
  out.add_methods(v1::MFA_METHOD_RECOVERY_CODE);
}

void FromFactorStatus(const domain::FactorStatus& status, v1::GetMfaStatusResponse& out) {
  if (status.totp_enabled_at)
    SetTimestamp(*status.totp_enabled_at, *out.mutable_totp_enable_time());
  out.set_totp_pending(status.totp_waits);
  out.set_recovery_codes_left(status.recovery_codes_left);
}

void FromRecoveryCodes(const std::vector<base::Secret>& codes,
                       google::protobuf::RepeatedPtrField<std::string>& out) {
  for (const base::Secret& code : codes) out.Add(std::string(code.reveal()));
}

}  // namespace signet::rpc
