#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/contract/tour.h"

namespace signet::contract {
namespace {

std::string Account(const std::string& email, const std::string& password) {
  return absl::StrCat("email: '", email, "' password: '", password, "'");
}

std::string Email(const std::string& email) { return absl::StrCat("email: '", email, "'"); }

std::string Reset(const std::string& token, const std::string& password) {
  return absl::StrCat("token: '", token, "' new_password: '", password, "'");
}

std::string Change(const std::string& current, const std::string& next) {
  return absl::StrCat("current_password: '", current, "' new_password: '", next, "'");
}

std::string Move(const std::string& current, const std::string& to) {
  return absl::StrCat("current_password: '", current, "' new_email: '", to, "'");
}

constexpr char kBadLink[] = "UNAUTHENTICATED EMAIL_TOKEN_INVALID";
constexpr char kBadCredentials[] = "UNAUTHENTICATED CREDENTIALS_INVALID";

}  // namespace

void Tour::RegisterAndVerify() {
  email_ = kEmail;
  password_ = kPassword;
  Call<v1::RegisterResponse>("Register", Account(email_, password_));
  user_ =
      std::string(absl::StripAsciiWhitespace(tests::Sql(database_, "SELECT id FROM signet.users")));
  Leaves("REGISTER").On(user_);
  Call<v1::RegisterResponse>("Register", Account(email_, kWrongPassword));
  Leaves("REGISTER").Refused("ADDRESS_TAKEN").Naming(email_);
  Call<v1::RegisterResponse>("Register", Account("ab", kWrongPassword), "",
                             "INVALID_ARGUMENT FIELD_INVALID email");

  const std::string superseded = TakeToken("welcome", email_);
  Call<v1::ResendVerificationResponse>("ResendVerification", Email(email_));
  Leaves("RESEND_VERIFICATION").On(user_);
  Call<v1::ResendVerificationResponse>("ResendVerification", Email(kUnknownEmail));
  Leaves("RESEND_VERIFICATION").Naming(kUnknownEmail);
  Call<v1::VerifyEmailResponse>("VerifyEmail", TokenField(superseded), "", kBadLink);
  Leaves("VERIFY_EMAIL").Refused("EMAIL_TOKEN_INVALID");
  Call<v1::VerifyEmailResponse>("VerifyEmail", TokenField(TakeToken("verify-email", email_)));
  Leaves("VERIFY_EMAIL").On(user_);
}

void Tour::LogInAndOut() {
  Call<v1::LoginResponse>("Login", Account(email_, kWrongPassword), "", kBadCredentials);
  Leaves("LOGIN").Refused("WRONG_PASSWORD").On(user_);
  Call<v1::LoginResponse>("Login", Account(kUnknownEmail, kWrongPassword), "", kBadCredentials);
  Leaves("LOGIN").Refused("UNKNOWN_ACCOUNT").Naming(kUnknownEmail);
  Call<v1::LoginResponse>("Login", Account(kUnknownEmail, std::string(1000, 'x') + kWrongPassword),
                          "", "INVALID_ARGUMENT FIELD_INVALID password");

  Call<v1::GetChallengeResponse>("GetChallenge", "");

  auto login = LogIn(email_, password_);
  Call<v1::LogoutResponse>("Logout", "", kMadeUpToken, "UNAUTHENTICATED TOKEN_INVALID");
  Call<v1::LogoutResponse>("Logout", "", login.tokens().access_token());
  LeavesBy("LOGOUT", login);
  login = LogIn(email_, password_);
  Call<v1::LogoutAllResponse>("LogoutAll", "", login.tokens().access_token());
  LeavesBy("LOGOUT_ALL", login);
}

void Tour::ResetThePassword() {
  Call<v1::RequestPasswordResetResponse>("RequestPasswordReset", Email(email_));
  Leaves("REQUEST_PASSWORD_RESET").On(user_);
  Call<v1::RequestPasswordResetResponse>("RequestPasswordReset", Email(kUnknownEmail));
  Leaves("REQUEST_PASSWORD_RESET").Naming(kUnknownEmail);
  Call<v1::ConfirmPasswordResetResponse>("ConfirmPasswordReset",
                                         Reset(kMadeUpToken, kResetPassword), "", kBadLink);
  Leaves("RESET_PASSWORD").Refused("EMAIL_TOKEN_INVALID");
  const std::string token = TakeToken("password-reset", email_);
  Call<v1::ConfirmPasswordResetResponse>("ConfirmPasswordReset", Reset(token, kResetPassword));
  Leaves("RESET_PASSWORD").On(user_);
  password_ = kResetPassword;

  const auto login = LogIn(email_, password_);
  std::string bearer = AnHourLater(login);
  Call<v1::ChangePasswordResponse>("ChangePassword", Change(password_, kNextPassword), bearer,
                                   "FAILED_PRECONDITION STEP_UP_REQUIRED acr_values=1 max_age=900");
  LeavesBy("ACCESS_DENIED", login)
      .Refused("STEP_UP_REQUIRED")
      .About("signet.v1.AuthService/ChangePassword");
  bearer = Call<v1::StepUpResponse>("StepUp", absl::StrCat("password: '", password_, "'"), bearer)
               .access_token();
  LeavesBy("STEP_UP", login);
  Call<v1::ChangePasswordResponse>("ChangePassword", Change(kWrongPassword, kNextPassword), bearer,
                                   kBadCredentials);
  LeavesBy("CHANGE_PASSWORD", login).Refused("WRONG_PASSWORD");
  Call<v1::ChangePasswordResponse>("ChangePassword", Change(password_, kNextPassword), bearer);
  LeavesBy("CHANGE_PASSWORD", login);
  password_ = kNextPassword;
}

void Tour::ChangeTheAddress() {
  const auto login = LogIn(email_, password_);
  const std::string bearer = login.tokens().access_token();
  Call<v1::RequestEmailChangeResponse>("RequestEmailChange", Move(kWrongPassword, kNextEmail),
                                       bearer, kBadCredentials);
  LeavesBy("REQUEST_EMAIL_CHANGE", login).Refused("WRONG_PASSWORD");
  Call<v1::RequestEmailChangeResponse>("RequestEmailChange", Move(password_, kNextEmail), bearer);
  LeavesBy("REQUEST_EMAIL_CHANGE", login);
  const std::string by_old = TakeToken("email-change-old", email_);
  const std::string by_new = TakeToken("email-change-new", kNextEmail);
  EXPECT_FALSE(
      Call<v1::ConfirmEmailChangeResponse>("ConfirmEmailChange", TokenField(by_old)).changed());
  Leaves("CONFIRM_EMAIL_CHANGE").On(user_);
  Call<v1::ConfirmEmailChangeResponse>("ConfirmEmailChange", TokenField(by_old), "", kBadLink);
  Leaves("CONFIRM_EMAIL_CHANGE").Refused("EMAIL_TOKEN_INVALID");
  EXPECT_TRUE(
      Call<v1::ConfirmEmailChangeResponse>("ConfirmEmailChange", TokenField(by_new)).changed());
  Leaves("CONFIRM_EMAIL_CHANGE").On(user_);
  email_ = kNextEmail;
}

}  // namespace signet::contract
