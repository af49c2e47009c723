#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/contract/tour.h"

namespace signet::contract {
namespace {

std::string Code(const std::string& code) { return absl::StrCat("code: '", code, "'"); }

std::string Recovery(const std::string& code) {
  return absl::StrCat("recovery_code: '", code, "'");
}

std::string Challenge(const std::string& challenge, const std::string& answer) {
  return absl::StrCat("challenge: '", challenge, "' ", answer);
}

// Far enough away not to be a code of the steps that count.
std::string WrongCode(const tests::Authenticator& app) {
  for (int64_t off = 50;; ++off) {
    const std::string code = app.Code(off);
    if (code != app.Code(-1) && code != app.Code() && code != app.Code(1)) return code;
  }
}

constexpr char kWrong[] = "UNAUTHENTICATED MFA_CODE_INVALID";

}  // namespace

void Tour::SetUpAFactor(const v1::LoginResponse& login) {
  std::string bearer = login.tokens().access_token();
  Call<v1::ConfirmTotpResponse>("ConfirmTotp", Code("000123"), bearer,
                                "FAILED_PRECONDITION MFA_NOT_ENROLLED");
  LeavesBy("CONFIRM_TOTP", login).Refused("MFA_NOT_ENROLLED");
  Call<v1::RegenerateRecoveryCodesResponse>("RegenerateRecoveryCodes", "", bearer,
                                            "FAILED_PRECONDITION MFA_NOT_ENABLED");
  LeavesBy("REPLACE_RECOVERY_CODES", login).Refused("MFA_NOT_ENABLED");

  const auto enrolled = Call<v1::EnrollTotpResponse>("EnrollTotp", "", bearer);
  LeavesBy("ENROLL_TOTP", login);
  app_ = tests::Authenticator(enrolled.secret());
  canaries_.AddBytes("secret", absl::HexStringToBytes(app_.secret_hex()));
  Call<v1::ConfirmTotpResponse>("ConfirmTotp", Code(WrongCode(app_)), bearer, kWrong);
  LeavesBy("CONFIRM_TOTP", login).Refused("MFA_CODE_INVALID");
  const auto confirmed = Call<v1::ConfirmTotpResponse>("ConfirmTotp", Code(app_.Code()), bearer);
  LeavesBy("CONFIRM_TOTP", login);
  recovery_codes_.assign(confirmed.recovery_codes().begin(), confirmed.recovery_codes().end());
  ASSERT_EQ(recovery_codes_.size(), 10u);
  Call<v1::EnrollTotpResponse>("EnrollTotp", "", bearer, "FAILED_PRECONDITION MFA_ALREADY_ENABLED");
  LeavesBy("ENROLL_TOTP", login).Refused("MFA_ALREADY_ENABLED");
  Call<v1::GetMfaStatusResponse>("GetMfaStatus", "", bearer);

  const std::string password = absl::StrCat("password: '", password_, "' ");
  Call<v1::StepUpResponse>("StepUp", password, bearer, "FAILED_PRECONDITION MFA_REQUIRED");
  LeavesBy("STEP_UP", login).Refused("MFA_REQUIRED");
  bearer = Call<v1::StepUpResponse>("StepUp", password + Recovery(recovery_codes_[0]), bearer)
               .access_token();
  LeavesBy("STEP_UP", login);
  const auto replaced =
      Call<v1::RegenerateRecoveryCodesResponse>("RegenerateRecoveryCodes", "", bearer);
  LeavesBy("REPLACE_RECOVERY_CODES", login);
  recovery_codes_.assign(replaced.recovery_codes().begin(), replaced.recovery_codes().end());
}

void Tour::UseTheFactor() {
  const std::string account = absl::StrCat("email: '", email_, "' password: '", password_, "'");
  const auto challenged = [&] {
    const auto login = Call<v1::LoginResponse>("Login", account);
    Leaves("LOGIN").Because("MFA_REQUIRED").By(user_).On(user_);
    return login.mfa_challenge().challenge();
  };
  const std::string challenge = challenged();
  Call<v1::CompleteMfaResponse>("CompleteMfa", Challenge(kMadeUpToken, Code(app_.Code(40))), "",
                                "UNAUTHENTICATED MFA_CHALLENGE_INVALID");
  Leaves("COMPLETE_MFA").Refused("CHALLENGE_INVALID");
  Call<v1::CompleteMfaResponse>("CompleteMfa", Challenge(challenge, Code(WrongCode(app_))), "",
                                kWrong);
  AuditMark& wrong = Leaves("COMPLETE_MFA").Refused("WRONG_CODE").On(user_);
  const std::string next = app_.Code(1);
  const auto completed =
      Call<v1::CompleteMfaResponse>("CompleteMfa", Challenge(challenge, Code(next)));
  const std::string session = completed.session_id();
  Leaves("COMPLETE_MFA").By(user_).On(user_).In(session);
  wrong.In(session);

  const std::string second = challenged();
  Call<v1::CompleteMfaResponse>("CompleteMfa", Challenge(second, Code(next)), "", kWrong);
  AuditMark& replayed = Leaves("COMPLETE_MFA").Refused("REPLAYED_CODE").On(user_);
  const auto recovered =
      Call<v1::CompleteMfaResponse>("CompleteMfa", Challenge(second, Recovery(recovery_codes_[1])));
  Leaves("COMPLETE_MFA").Because("RECOVERY_CODE").By(user_).On(user_).In(recovered.session_id());
  replayed.In(recovered.session_id());

  const std::string bearer = completed.tokens().access_token();
  Call<v1::DisableTotpResponse>("DisableTotp", "", bearer);
  Leaves("DISABLE_TOTP").By(user_).On(user_).In(session);
  Call<v1::DisableTotpResponse>("DisableTotp", "", bearer, "FAILED_PRECONDITION MFA_NOT_ENABLED");
  Leaves("DISABLE_TOTP").Refused("MFA_NOT_ENABLED").By(user_).On(user_).In(session);
}

}  // namespace signet::contract
