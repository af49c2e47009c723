#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <signet/v1/token_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/confirmation.h"
#include "client/cli/live_session.h"
#include "client/cli/offline_judge.h"
#include "client/cli/secret_input.h"

namespace signet::cli {
namespace {

using signet::v1::TokenService;

struct JudgeOptions {
  TokenSource token;
  std::string audience;
};

// The token to ask about: the one given, or the session's own for its own audience.
absl::StatusOr<signet::v1::ValidateRequest> ValidateRequestFor(const Context& context,
                                                               const RpcChannel& rpc,
                                                               const JudgeOptions& options) {
  signet::v1::ValidateRequest request;
  request.set_audience(options.audience);
  if (options.token.given()) {
    if (options.audience.empty()) return UsageError("--audience says who asks about the token");
    SIGNET_ASSIGN_OR_RETURN(const auto token, options.token.Read(context.console.in));
    request.set_token(std::string(token.reveal()));
    return request;
  }
  SIGNET_ASSIGN_OR_RETURN(const SavedSession session, CurrentSession(context, rpc));
  request.set_token(std::string(session.access_token.reveal()));
  if (options.audience.empty()) request.set_audience(UnverifiedAudience(request.token()));
  return request;
}

absl::StatusOr<ExitCode> Validate(Context& context, const JudgeOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_ASSIGN_OR_RETURN(const auto request, ValidateRequestFor(context, rpc, options));
  SIGNET_ASSIGN_OR_RETURN(const auto response, rpc.Call(&TokenService::Stub::Validate, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return response.active() ? ExitCode::kOk : ExitCode::kNegative;
}

// An explicit refresh token belongs to whoever gave it: the next pair is printed, nothing is kept.
absl::StatusOr<ExitCode> RefreshGiven(const Context& context, const RpcChannel& rpc,
                                      const TokenSource& source) {
  SIGNET_ASSIGN_OR_RETURN(const auto token, source.Read(context.console.in));
  signet::v1::RefreshRequest request;
  request.set_refresh_token(std::string(token.reveal()));
  SIGNET_ASSIGN_OR_RETURN(const auto response, rpc.Call(&TokenService::Stub::Refresh, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Refresh(Context& context, const TokenSource& source) {
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  if (source.given()) return RefreshGiven(context, rpc, source);
  SIGNET_ASSIGN_OR_RETURN(const SavedSession session, RefreshedSession(context, rpc));
  SIGNET_RETURN_IF_ERROR(context.output.Show(absl::StrCat(
      "{\"session_id\":\"", session.session_id, "\",\"expires_at\":\"",
      absl::FormatTime(session.access_expires, absl::UTCTimeZone()), "\",\"refresh_expires_at\":\"",
      absl::FormatTime(session.refresh_expires, absl::UTCTimeZone()), "\"}")));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Revoke(Context& context, const TokenSource& source) {
  if (!source.given()) return UsageError("which token? See --token-file and --token-fd");
  SIGNET_ASSIGN_OR_RETURN(const auto token, source.Read(context.console.in));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  signet::v1::RevokeRequest request;
  request.set_token(std::string(token.reveal()));
  SIGNET_RETURN_IF_ERROR(rpc.Call(&TokenService::Stub::Revoke, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"revoked\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Explain(Context& context, const JudgeOptions& options) {
  if (!options.token.given()) return UsageError("which token? See --token-file and --token-fd");
  SIGNET_ASSIGN_OR_RETURN(const auto token, options.token.Read(context.console.in));
  signet::v1::ExplainTokenRequest request;
  request.set_token(std::string(token.reveal()));
  request.set_audience(options.audience);
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &TokenService::Stub::ExplainToken, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return response.active() ? ExitCode::kOk : ExitCode::kNegative;
}

absl::StatusOr<ExitCode> RevokeAll(Context& context, bool yes) {
  SIGNET_RETURN_IF_ERROR(
      Confirm(context, yes, "Refuse every access token of everybody that was issued before now?"));
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &TokenService::Stub::RevokeAll, {}));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return ExitCode::kOk;
}

void AddRevokeAll(CommandTable& table, CLI::App& group) {
  auto yes = std::make_shared<bool>(false);
  auto& app = table.Add(group, "revoke-all",
                        "Refuse every access token of everybody, issued before now; sessions stay "
                        "(administrators)",
                        "  signet token revoke-all --yes",
                        [yes](Context& context) { return RevokeAll(context, *yes); });
  AddYes(app, *yes);
}

struct IssueOptions {
  int api_key_fd = -1;
  std::string audience;
  std::vector<std::string> scopes;
};

// For a machine: no session is opened or kept.
absl::StatusOr<ExitCode> Issue(Context& context, const IssueOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto key, ReadPassword(options.api_key_fd, "API key: "));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  signet::v1::IssueServiceTokenRequest request;
  request.set_api_key(std::string(key.reveal()));
  request.set_audience(options.audience);
  request.mutable_scopes()->Add(options.scopes.begin(), options.scopes.end());
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          rpc.Call(&TokenService::Stub::IssueServiceToken, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return ExitCode::kOk;
}

void AddIssue(CommandTable& table, CLI::App& group) {
  auto options = std::make_shared<IssueOptions>();
  auto& app = table.Add(group, "issue", "An access token for the API key of a service account",
                        "  signet token issue --api-key-fd 3 --field access_token 3<key.txt\n"
                        "  signet --json token issue --api-key-fd 3 --audience billing "
                        "--scope invoices 3<key.txt",
                        [options](Context& context) { return Issue(context, *options); });
  app.add_option("--api-key-fd", options->api_key_fd, "Read the key from this descriptor")
      ->type_name("N");
  app.add_option("--audience", options->audience, "Who the token is for; the aud claim");
  app.add_option("--scope", options->scopes, "A scope that the key allows; may be repeated");
}

void AddValidate(CommandTable& table) {
  auto options = std::make_shared<JudgeOptions>();
  auto& app = table.Add("validate", "Ask the server whether an access token is active",
                        "  signet validate\n"
                        "  signet validate --audience billing \"$TOKEN\"\n"
                        "  signet --json validate --audience billing --token-file token.txt\n"
                        "Exit code: 0 active, 1 not.",
                        [options](Context& context) { return Validate(context, *options); });
  AddTokenOptions(app, options->token, TokenArgument::kAllowed);
  app.add_option("--audience", options->audience, "Who asks: must be among the token's aud");
}

void AddRefresh(CommandTable& table) {
  auto source = std::make_shared<TokenSource>();
  auto& app = table.Add("refresh", "Exchange the refresh token for the next pair",
                        "  signet refresh\n"
                        "  signet --json refresh --token-file refresh.txt   # prints the pair",
                        [source](Context& context) { return Refresh(context, *source); });
  AddTokenOptions(app, *source, TokenArgument::kNotAllowed);
}

void AddRevoke(CommandTable& table, CLI::App& group) {
  auto source = std::make_shared<TokenSource>();
  auto& app =
      table.Add(group, "revoke", "End an access token, or with a refresh token the whole session",
                "  signet token revoke --token-file token.txt",
                [source](Context& context) { return Revoke(context, *source); });
  AddTokenOptions(app, *source, TokenArgument::kNotAllowed);
}

void AddExplain(CommandTable& table, CLI::App& group) {
  auto options = std::make_shared<JudgeOptions>();
  auto& app = table.Add(group, "explain", "Why a token is accepted or not (administrators)",
                        "  signet token explain --audience billing --token-file token.txt",
                        [options](Context& context) { return Explain(context, *options); });
  AddTokenOptions(app, options->token, TokenArgument::kNotAllowed);
  app.add_option("--audience", options->audience, "Judge the audience too");
}

}  // namespace

void AddTokenCommands(CommandTable& table) {
  AddValidate(table);
  AddRefresh(table);
  auto& group = table.Group("token", "Look at tokens, online and offline");
  AddOfflineCommands(table, group);
  AddRevoke(table, group);
  AddExplain(table, group);
  AddRevokeAll(table, group);
  AddIssue(table, group);
}

}  // namespace signet::cli
