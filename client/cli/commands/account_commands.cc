#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <signet/v1/auth_service.grpc.pb.h>
#include <signet/v1/token_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/challenge.h"
#include "client/cli/command.h"
#include "client/cli/device_file.h"
#include "client/cli/live_session.h"
#include "client/cli/offline_judge.h"
#include "client/cli/second_factor_input.h"
#include "client/cli/secret_input.h"
#include "client/token/json.h"

namespace signet::cli {
namespace {

using signet::v1::AuthService;
using signet::v1::TokenService;

struct RegisterOptions {
  std::string email;
  int password_fd = -1;
};

absl::StatusOr<base::Secret> NewPassword(int descriptor, const std::string& what) {
  SIGNET_ASSIGN_OR_RETURN(base::Secret first, ReadPassword(descriptor, what + ": "));
  if (descriptor >= 0) return first;
  SIGNET_ASSIGN_OR_RETURN(const base::Secret again, PromptSecret(what + " again: "));
  if (!base::ConstantTimeEquals(first.reveal(), again.reveal())) {
    return UsageError("the two passwords differ");
  }
  return first;
}

absl::StatusOr<ExitCode> Register(Context& context, const RegisterOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto password, NewPassword(options.password_fd, "Password"));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  signet::v1::RegisterRequest request;
  request.set_email(options.email);
  request.set_password(std::string(password.reveal()));
  SIGNET_RETURN_IF_ERROR(WithChallenge(rpc, [&](const std::string& solution) {
                           request.set_challenge_solution(solution);
                           return rpc.Call(&AuthService::Stub::Register, request);
                         }).status());
  std::string json = "{\"email\":";
  token::AppendJsonString(options.email, json);
  SIGNET_RETURN_IF_ERROR(context.output.Show(json + ",\"accepted\":true}"));
  return ExitCode::kOk;
}

struct LoginOptions {
  std::string email, client_id, audience, device;
  std::vector<std::string> scopes;
  int password_fd = -1;
  int code_fd = -1;
  bool print_tokens = false;
};

// The answer without its tokens: what belongs on a screen.
std::string PublicPart(const std::string& email, const signet::v1::LoginResponse& response) {
  signet::v1::LoginResponse shown = response;
  shown.mutable_tokens()->clear_access_token();
  shown.mutable_tokens()->clear_refresh_token();
  shown.clear_device_token();
  std::string json = "{\"email\":";
  token::AppendJsonString(email, json);
  absl::StrAppend(&json, ",\"user_id\":\"", shown.user_id(), "\",\"session_id\":\"",
                  shown.session_id(), "\",\"expires_in\":\"", shown.tokens().expires_in().seconds(),
                  "s\",\"refresh_expires_in\":\"", shown.tokens().refresh_expires_in().seconds(),
                  "s\"}");
  return json;
}

absl::Status KeepSession(const Context& context, const LoginOptions& options,
                         const signet::v1::LoginResponse& response) {
  SavedSession session;
  Adopt(response.tokens(), context.clock.Now(), session);
  session.email = options.email;
  session.user_id = response.user_id();
  session.session_id = response.session_id();
  const SessionFile file = context.session_file();
  SIGNET_ASSIGN_OR_RETURN(const FileLock lock, file.Lock());
  return file.Save(session);
}

// The second step, where the account has a second factor.
absl::StatusOr<signet::v1::LoginResponse> Complete(const RpcChannel& rpc,
                                                   const LoginOptions& options,
                                                   const signet::v1::MfaChallenge& challenge) {
  SIGNET_ASSIGN_OR_RETURN(const std::string code,
                          ReadCode(options.code_fd, "Code of the authenticator app: "));
  signet::v1::CompleteMfaRequest request;
  request.set_challenge(challenge.challenge());
  SetSecondFactor(code, request);
  SIGNET_ASSIGN_OR_RETURN(auto completed, rpc.Call(&AuthService::Stub::CompleteMfa, request));
  signet::v1::LoginResponse response;
  *response.mutable_tokens() = std::move(*completed.mutable_tokens());
  response.set_session_id(completed.session_id());
  response.set_user_id(completed.user_id());
  response.set_device_token(completed.device_token());
  return response;
}

absl::StatusOr<ExitCode> Login(Context& context, const LoginOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto password, ReadPassword(options.password_fd, "Password: "));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  signet::v1::LoginRequest request;
  request.set_email(options.email);
  request.set_password(std::string(password.reveal()));
  request.set_client_id(options.client_id);
  request.set_audience(options.audience);
  request.set_device_name(options.device);
  request.mutable_scopes()->Add(options.scopes.begin(), options.scopes.end());
  const DeviceFile device(context.session_file(), options.email);
  SIGNET_ASSIGN_OR_RETURN(const base::Secret known, device.Load());
  request.set_device_token(std::string(known.reveal()));
  SIGNET_ASSIGN_OR_RETURN(auto response, WithChallenge(rpc, [&](const std::string& solution) {
                            request.set_challenge_solution(solution);
                            return rpc.Call(&AuthService::Stub::Login, request);
                          }));
  if (response.has_mfa_challenge()) {
    SIGNET_ASSIGN_OR_RETURN(response, Complete(rpc, options, response.mfa_challenge()));
  }
  if (!response.device_token().empty()) {
    SIGNET_RETURN_IF_ERROR(device.Save(response.device_token()));
  }
  if (options.print_tokens) {
    SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
    return ExitCode::kOk;
  }
  SIGNET_RETURN_IF_ERROR(KeepSession(context, options, response));
  SIGNET_RETURN_IF_ERROR(context.output.Show(PublicPart(options.email, response)));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Logout(Context& context) {
  const auto response = CallAsSession(context, &AuthService::Stub::Logout, {});
  const std::string reason = base::ErrorReason(response.status());
  // A session that is over is what was asked for; its file goes in both cases.
  if (!response.ok() && reason != "TOKEN_INVALID" && reason != "SESSION_ENDED") {
    return response.status();
  }
  SIGNET_RETURN_IF_ERROR(context.session_file().Remove());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"logged_out\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> LogoutAll(Context& context) {
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &AuthService::Stub::LogoutAll, {}));
  SIGNET_RETURN_IF_ERROR(context.session_file().Remove());
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return ExitCode::kOk;
}

struct PasswordOptions {
  int current_fd = -1;
  int new_fd = -1;
};

absl::StatusOr<ExitCode> ChangePassword(Context& context, const PasswordOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto current,
                          ReadPassword(options.current_fd, "Current password: "));
  SIGNET_ASSIGN_OR_RETURN(const auto fresh, NewPassword(options.new_fd, "New password"));
  signet::v1::ChangePasswordRequest request;
  request.set_current_password(std::string(current.reveal()));
  request.set_new_password(std::string(fresh.reveal()));
  SIGNET_RETURN_IF_ERROR(
      CallAsSession(context, &AuthService::Stub::ChangePassword, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"changed\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> WhoAmI(Context& context) {
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_ASSIGN_OR_RETURN(const SavedSession session, CurrentSession(context, rpc));
  signet::v1::ValidateRequest request;
  request.set_token(std::string(session.access_token.reveal()));
  request.set_audience(UnverifiedAudience(session.access_token.reveal()));
  SIGNET_ASSIGN_OR_RETURN(const auto response, rpc.Call(&TokenService::Stub::Validate, request));
  std::string json = "{\"email\":";
  token::AppendJsonString(session.email, json);
  absl::StrAppend(&json, ",\"user_id\":\"", session.user_id, "\",\"session_id\":\"",
                  session.session_id, "\",\"active\":", response.active() ? "true" : "false",
                  ",\"expires_at\":\"",
                  absl::FormatTime(session.access_expires, absl::UTCTimeZone()), "\"}");
  SIGNET_RETURN_IF_ERROR(context.output.Show(json));
  if (!response.active()) context.output.Warn("this session is over; log in again");
  return response.active() ? ExitCode::kOk : ExitCode::kNegative;
}

constexpr std::array kServices = {"signet.v1.AuthService", "signet.v1.TokenService",
                                  "signet.v1.SessionService", "signet.v1.KeyService",
                                  "signet.v1.AccessService"};

absl::StatusOr<ExitCode> Status(Context& context) {
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  bool all = true;
  std::string json = "{\"address\":";
  token::AppendJsonString(context.server.address, json);
  json += ",\"services\":{";
  for (const char* service : kServices) {
    SIGNET_ASSIGN_OR_RETURN(const bool serving, rpc.IsServing(service));
    all = all && serving;
    absl::StrAppend(&json, service == kServices[0] ? "\"" : ",\"", service, "\":\"",
                    serving ? "SERVING" : "NOT_SERVING", "\"");
  }
  SIGNET_ASSIGN_OR_RETURN(const auto session, context.session_file().Load());
  json += "},\"session\":";
  if (session && session->refresh_expires > context.clock.Now()) {
    json += "{\"email\":";
    token::AppendJsonString(session->email, json);
    absl::StrAppend(&json, ",\"session_id\":\"", session->session_id, "\",\"expires_at\":\"",
                    absl::FormatTime(session->refresh_expires, absl::UTCTimeZone()), "\"}}");
  } else {
    json += "null}";
  }
  SIGNET_RETURN_IF_ERROR(context.output.Show(json));
  return all ? ExitCode::kOk : ExitCode::kUnavailable;
}

void AddRegister(CommandTable& table) {
  auto options = std::make_shared<RegisterOptions>();
  auto& app = table.Add("register", "Make an account",
                        "  signet register alice@example.com\n"
                        "  signet register alice@example.com --password-fd 3 3<password.txt",
                        [options](Context& context) { return Register(context, *options); });
  app.add_option("EMAIL", options->email, "The login name")->required();
  app.add_option("--password-fd", options->password_fd, "Read the password from this descriptor")
      ->type_name("N");
}

void AddLogin(CommandTable& table) {
  auto options = std::make_shared<LoginOptions>();
  auto& app = table.Add("login", "Open a session and keep it for the next commands",
                        "  signet login alice@example.com\n"
                        "  signet login alice@example.com --scope email --audience billing\n"
                        "  signet --json login alice@example.com --print-tokens --password-fd 3",
                        [options](Context& context) { return Login(context, *options); });
  app.add_option("EMAIL", options->email, "The login name")->required();
  app.add_option("--password-fd", options->password_fd, "Read the password from this descriptor")
      ->type_name("N");
  app.add_option("--code-fd", options->code_fd,
                 "Read the second factor from this descriptor, where the account has one")
      ->type_name("N");
  app.add_option("--client-id", options->client_id, "The application; the client_id claim");
  app.add_option("--audience", options->audience, "Who the access tokens are for; the aud claim");
  app.add_option("--scope", options->scopes, "A scope; may be repeated");
  app.add_option("--device", options->device, "What to call this device in the list of sessions");
  app.add_flag("--print-tokens", options->print_tokens,
               "Print the token pair instead of keeping the session");
}

void AddLogout(CommandTable& table) {
  auto all = std::make_shared<bool>(false);
  auto& app = table.Add(
      "logout", "End the session, here and on the server", "  signet logout\n  signet logout --all",
      [all](Context& context) { return *all ? LogoutAll(context) : Logout(context); });
  app.add_flag("--all", *all, "End every session of this account");
}

void AddPassword(CommandTable& table) {
  auto options = std::make_shared<PasswordOptions>();
  auto& app = table.Add("password", "Change the password; ends the other sessions",
                        "  signet password\n"
                        "  signet password --password-fd 3 --new-password-fd 4 3<old 4<new",
                        [options](Context& context) { return ChangePassword(context, *options); });
  app.add_option("--password-fd", options->current_fd, "Read the current password from there")
      ->type_name("N");
  app.add_option("--new-password-fd", options->new_fd, "Read the new password from there")
      ->type_name("N");
}

}  // namespace

void AddAccountCommands(CommandTable& table) {
  AddRegister(table);
  AddLogin(table);
  AddLogout(table);
  AddPassword(table);
  table.Add("whoami", "Whose session this is, as the server sees it",
            "  signet whoami\n  signet --field email whoami", WhoAmI);
  table.Add("status", "Whether the server serves, and whether there is a session",
            "  signet status\n  signet --json --address auth.example.com:443 status", Status);
}

}  // namespace signet::cli
