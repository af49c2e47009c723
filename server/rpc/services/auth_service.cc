#include "server/rpc/services/auth_service.h"

#include "client/base/status_macros.h"
#include "server/domain/accounts/email.h"
#include "server/rpc/convert/account_messages.h"
#include "server/rpc/convert/mfa_messages.h"
#include "server/rpc/services/login_call.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

absl::Status Register(const AuthService::Uses& uses, const Call& call,
                      v1::RegisterRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToRegisterCommand(request));
  SIGNET_ASSIGN_OR_RETURN(const auto email, domain::ParseEmail("email", command.email));
  SIGNET_RETURN_IF_ERROR(uses.rates.Take(domain::LimitedAction::kRegister,
                                         domain::LimitScope::kAccount, email.canonical,
                                         call.info.now));
  SIGNET_RETURN_IF_ERROR(
      uses.challenges.BeforeRegistration(request.challenge_solution(), call.info));
  return uses.register_account.Run(command, call.info);
}

absl::Status Login(const AuthService::Uses& uses, const std::string& default_audience,
                   const Call& call, v1::LoginRequest& request, v1::LoginResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToLoginCommand(request, default_audience));
  SIGNET_ASSIGN_OR_RETURN(const auto decision,
                          RunLogin({uses.login, uses.rates, uses.metrics}, command, call.info));
  if (decision.challenge) {
    FromChallenge(*decision.challenge, *response.mutable_mfa_challenge());
    return absl::OkStatus();
  }
  FromTokenPair(*decision.tokens, *response.mutable_tokens());
  response.set_session_id(decision.session_id.ToString());
  response.set_user_id(decision.user_id.ToString());
  response.set_device_token(std::string(decision.device_token.reveal()));
  return absl::OkStatus();
}

absl::Status GetChallenge(const AuthService::Uses& uses, const Call& call,
                          v1::GetChallengeResponse& response) {
  FromChallenge(uses.challenges.Issue(call.info), call.info.now, response);
  return absl::OkStatus();
}

absl::Status LogoutAll(const AuthService::Uses& uses, const Call& call,
                       v1::LogoutAllResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const int64_t ended, uses.logout.RunAll(*call.caller, call.info));
  response.set_ended_sessions(ended);
  return absl::OkStatus();
}

absl::Status ChangePassword(const AuthService::Uses& uses, const Call& call,
                            v1::ChangePasswordRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToChangePasswordCommand(request));
  return uses.change_password.Run(*call.caller, command, call.info);
}

}  // namespace

std::string AuthService::full_name() const { return "signet.v1.AuthService"; }

void AuthService::Register(MethodRegistry& registry) {
  const Uses& uses = uses_;
  registry.Add("signet.v1.AuthService/Register",
               TypedHandler<v1::RegisterRequest, v1::RegisterResponse>(
                   [uses](const Call& call, v1::RegisterRequest& request, v1::RegisterResponse&) {
                     return rpc::Register(uses, call, request);
                   }));
  registry.Add(
      "signet.v1.AuthService/GetChallenge",
      TypedHandler<v1::GetChallengeRequest, v1::GetChallengeResponse>(
          [uses](const Call& call, v1::GetChallengeRequest&, v1::GetChallengeResponse& response) {
            return GetChallenge(uses, call, response);
          }));
  registry.Add("signet.v1.AuthService/Login",
               TypedHandler<v1::LoginRequest, v1::LoginResponse>(
                   [uses, audience = default_audience_](const Call& call, v1::LoginRequest& request,
                                                        v1::LoginResponse& response) {
                     return Login(uses, audience, call, request, response);
                   }));
  registry.Add("signet.v1.AuthService/Logout",
               TypedHandler<v1::LogoutRequest, v1::LogoutResponse>(
                   [uses](const Call& call, v1::LogoutRequest&, v1::LogoutResponse&) {
                     return uses.logout.Run(*call.caller, call.info);
                   }));
  registry.Add(
      "signet.v1.AuthService/LogoutAll",
      TypedHandler<v1::LogoutAllRequest, v1::LogoutAllResponse>(
          [uses](const Call& call, v1::LogoutAllRequest&, v1::LogoutAllResponse& response) {
            return LogoutAll(uses, call, response);
          }));
  registry.Add(
      "signet.v1.AuthService/ChangePassword",
      TypedHandler<v1::ChangePasswordRequest, v1::ChangePasswordResponse>(
          [uses](const Call& call, v1::ChangePasswordRequest& request,
                 v1::ChangePasswordResponse&) { return ChangePassword(uses, call, request); }));
  RegisterMfaMethods(uses.mfa, registry);
  RegisterMailMethods(uses.mail, registry);
}

}  // namespace signet::rpc
