#include <memory>
#include <string>
#include <utility>

#include <signet/v1/auth_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/command.h"
#include "client/cli/live_session.h"
#include "client/cli/secret_input.h"
#include "client/token/json.h"

namespace signet::cli {
namespace {

using signet::v1::AuthService;

// From a mail: the token itself, or the link that ends in it. Asked for where no option names it,
// and never an argument: every process of the machine may read those.
absl::StatusOr<std::string> ReadMailedToken(const TokenSource& source, Context& context) {
  base::Secret text;
  if (source.given()) {
    SIGNET_ASSIGN_OR_RETURN(text, source.Read(context.console.in));
  } else {
    SIGNET_ASSIGN_OR_RETURN(text, PromptSecret("Link or token from the mail: "));
  }
  const absl::string_view whole = text.reveal();
  const size_t mark = whole.rfind('#');
  return std::string(mark == whole.npos ? whole : whole.substr(mark + 1));
}

absl::StatusOr<ExitCode> ShowAccepted(Context& context, const std::string& email) {
  std::string json = "{\"email\":";
  token::AppendJsonString(email, json);
  SIGNET_RETURN_IF_ERROR(context.output.Show(json + ",\"accepted\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> VerifyEmail(Context& context, const TokenSource& source) {
  signet::v1::VerifyEmailRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_token(), ReadMailedToken(source, context));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_RETURN_IF_ERROR(rpc.Call(&AuthService::Stub::VerifyEmail, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"verified\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Resend(Context& context, const std::string& email) {
  signet::v1::ResendVerificationRequest request;
  request.set_email(email);
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_RETURN_IF_ERROR(rpc.Call(&AuthService::Stub::ResendVerification, request).status());
  return ShowAccepted(context, email);
}

struct ChangeOptions {
  std::string email;
  int password_fd = -1;
};

absl::StatusOr<ExitCode> Change(Context& context, const ChangeOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto password,
                          ReadPassword(options.password_fd, "Current password: "));
  signet::v1::RequestEmailChangeRequest request;
  request.set_new_email(options.email);
  request.set_current_password(std::string(password.reveal()));
  SIGNET_RETURN_IF_ERROR(
      CallAsSession(context, &AuthService::Stub::RequestEmailChange, request).status());
  return ShowAccepted(context, options.email);
}

absl::StatusOr<ExitCode> Confirm(Context& context, const TokenSource& source) {
  signet::v1::ConfirmEmailChangeRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_token(), ReadMailedToken(source, context));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          rpc.Call(&AuthService::Stub::ConfirmEmailChange, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(
      absl::StrCat("{\"changed\":", response.changed() ? "true" : "false", "}")));
  if (!response.changed()) context.output.Warn("the other address has to confirm too");
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> RequestReset(Context& context, const std::string& email) {
  signet::v1::RequestPasswordResetRequest request;
  request.set_email(email);
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_RETURN_IF_ERROR(rpc.Call(&AuthService::Stub::RequestPasswordReset, request).status());
  return ShowAccepted(context, email);
}

struct ResetOptions {
  TokenSource token;
  int password_fd = -1;
};

absl::StatusOr<ExitCode> ConfirmReset(Context& context, const ResetOptions& options) {
  signet::v1::ConfirmPasswordResetRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_token(), ReadMailedToken(options.token, context));
  SIGNET_ASSIGN_OR_RETURN(const auto password, ReadPassword(options.password_fd, "New password: "));
  request.set_new_password(std::string(password.reveal()));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_RETURN_IF_ERROR(rpc.Call(&AuthService::Stub::ConfirmPasswordReset, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"changed\":true}"));
  return ExitCode::kOk;
}

void AddEmailCommands(CommandTable& table) {
  auto& group = table.Group("email", "Your address: verify it, change it");
  auto verified = std::make_shared<TokenSource>();
  AddTokenOptions(
      table.Add(group, "verify", "Show that the address is yours, with the link from the mail",
                "  signet email verify\n  signet email verify --token-fd 3 3<link.txt",
                [verified](Context& context) { return VerifyEmail(context, *verified); }),
      *verified, TokenArgument::kNotAllowed);

  auto again = std::make_shared<std::string>();
  table
      .Add(group, "resend", "Have the link sent again", "  signet email resend alice@example.com",
           [again](Context& context) { return Resend(context, *again); })
      .add_option("EMAIL", *again, "The login name")
      ->required();

  auto change = std::make_shared<ChangeOptions>();
  auto& changed =
      table.Add(group, "change", "Ask both addresses to confirm a new login name",
                "  signet email change alice@example.org\n"
                "  signet email change alice@example.org --password-fd 3 3<password.txt",
                [change](Context& context) { return Change(context, *change); });
  changed.add_option("EMAIL", change->email, "The new login name")->required();
  changed
      .add_option("--password-fd", change->password_fd,
                  "Read the current password from this descriptor")
      ->type_name("N");

  auto confirmed = std::make_shared<TokenSource>();
  AddTokenOptions(
      table.Add(group, "confirm", "Confirm a new login name, with the link from either mail",
                "  signet email confirm\n  signet email confirm --token-fd 3 3<link.txt",
                [confirmed](Context& context) { return Confirm(context, *confirmed); }),
      *confirmed, TokenArgument::kNotAllowed);
}

void AddResetCommands(CommandTable& table) {
  auto& group = table.Group("reset", "A forgotten password");
  auto email = std::make_shared<std::string>();
  table
      .Add(group, "request", "Have a link sent with which it can be chosen anew",
           "  signet reset request alice@example.com",
           [email](Context& context) { return RequestReset(context, *email); })
      .add_option("EMAIL", *email, "The login name")
      ->required();

  auto options = std::make_shared<ResetOptions>();
  auto& confirm = table.Add(
      group, "confirm", "Choose a new password, with the link from the mail; ends every session",
      "  signet reset confirm\n"
      "  signet reset confirm --token-fd 3 --password-fd 4 3<link.txt 4<password.txt",
      [options](Context& context) { return ConfirmReset(context, *options); });
  AddTokenOptions(confirm, options->token, TokenArgument::kNotAllowed);
  confirm
      .add_option("--password-fd", options->password_fd,
                  "Read the new password from this descriptor")
      ->type_name("N");
}

}  // namespace

void AddMailCommands(CommandTable& table) {
  AddEmailCommands(table);
  AddResetCommands(table);
}

}  // namespace signet::cli
