#include <memory>
#include <string>
#include <utility>

#include <signet/v1/session_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/challenge.h"
#include "client/cli/command.h"
#include "client/cli/confirmation.h"
#include "client/cli/live_session.h"
#include "client/cli/secret_input.h"

namespace signet::cli {
namespace {

using signet::v1::SessionService;

struct CreateOptions {
  std::string email, client_id, audience, device;
  bool accept_tokens = false;
  int password_fd = -1;
};

// Nothing is kept: what is printed belongs to whoever asked for it, as an old application does.
absl::StatusOr<ExitCode> Create(Context& context, const CreateOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto password, ReadPassword(options.password_fd, "Password: "));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  signet::v1::CreateSessionRequest request;
  request.set_email(options.email);
  request.set_password(std::string(password.reveal()));
  request.set_client_id(options.client_id);
  request.set_audience(options.audience);
  request.set_device_name(options.device);
  request.set_accept_tokens(options.accept_tokens);
  SIGNET_ASSIGN_OR_RETURN(const auto response, WithChallenge(rpc, [&](const std::string& solution) {
                            request.set_challenge_solution(solution);
                            return rpc.Call(&SessionService::Stub::CreateSession, request);
                          }));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return ExitCode::kOk;
}

struct SessionTokenOptions {
  TokenSource token;
  std::string audience;
};

absl::StatusOr<std::string> Given(const Context& context, const TokenSource& source) {
  if (!source.given()) return UsageError("which token? See --token-file and --token-fd");
  SIGNET_ASSIGN_OR_RETURN(const auto token, source.Read(context.console.in));
  return std::string(token.reveal());
}

absl::StatusOr<ExitCode> ValidateSessionToken(Context& context,
                                              const SessionTokenOptions& options) {
  signet::v1::ValidateSessionRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_session_token(), Given(context, options.token));
  request.set_audience(options.audience);
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          rpc.Call(&SessionService::Stub::ValidateSession, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return response.active() ? ExitCode::kOk : ExitCode::kNegative;
}

absl::StatusOr<ExitCode> Extend(Context& context, const TokenSource& source) {
  signet::v1::ExtendSessionRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_session_token(), Given(context, source));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          rpc.Call(&SessionService::Stub::ExtendSession, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return response.active() ? ExitCode::kOk : ExitCode::kNegative;
}

absl::StatusOr<ExitCode> ShowPolicy(Context& context) {
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &SessionService::Stub::GetSessionPolicy, {}));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response.policy())));
  return ExitCode::kOk;
}

struct PolicyOptions {
  std::string mode;
  int share = -1;
  bool yes = false;
};

absl::StatusOr<signet::v1::SessionMode> ModeOf(const std::string& name) {
  if (name == "on") return signet::v1::SESSION_MODE_ON;
  if (name == "read_only") return signet::v1::SESSION_MODE_READ_ONLY;
  if (name == "off") return signet::v1::SESSION_MODE_OFF;
  return UsageError("--mode is on, read_only or off");
}

absl::StatusOr<ExitCode> SetPolicy(Context& context, const PolicyOptions& options) {
  signet::v1::SetSessionPolicyRequest request;
  SIGNET_ASSIGN_OR_RETURN(const auto mode, ModeOf(options.mode));
  request.mutable_policy()->set_mode(mode);
  request.mutable_policy()->set_share_percent(options.share);
  if (mode == signet::v1::SESSION_MODE_OFF && options.share > 0) {
    SIGNET_RETURN_IF_ERROR(
        Confirm(context, options.yes,
                absl::StrCat("Refuse the session tokens of ", options.share, " % of the users?")));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &SessionService::Stub::SetSessionPolicy, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response.policy())));
  return ExitCode::kOk;
}

void AddPolicyCommands(CommandTable& table) {
  auto& policy = table.GroupWithDefault(
      "session-policy", "Who still gets along with session tokens (administrators; default: show)",
      ShowPolicy);
  table.Add(policy, "show", "Mode, and the share of the users that it holds for",
            "  signet --json session-policy show", ShowPolicy);
  auto options = std::make_shared<PolicyOptions>();
  auto& set = table.Add(policy, "set",
                        "Put a mode in force for a share of the users, on every server at once",
                        "  signet session-policy set --mode read_only --share 20\n"
                        "  signet session-policy set --mode off --share 100 --yes",
                        [options](Context& context) { return SetPolicy(context, *options); });
  set.add_option("--mode", options->mode,
                 "on; read_only: no new sessions; off: none are accepted either")
      ->required();
  set.add_option("--share", options->share,
                 "Of how many percent of the users; for the others it is on")
      ->required();
  AddYes(set, options->yes);
}

}  // namespace

void AddSessionTokenCommands(CommandTable& table) {
  auto& group = table.Group("session-token", "Sessions of applications that know no tokens");
  auto created = std::make_shared<CreateOptions>();
  auto& create = table.Add(group, "create", "Open a session, and print its session token",
                           "  signet --json session-token create ada@example.com --audience shop",
                           [created](Context& context) { return Create(context, *created); });
  create.add_option("EMAIL", created->email, "The login name")->required();
  create.add_option("--password-fd", created->password_fd,
                    "Read the password from this descriptor");
  create.add_option("--client-id", created->client_id, "The application");
  create.add_option("--audience", created->audience, "For whom the session is judged");
  create.add_option("--device", created->device, "What the person calls the device");
  create.add_flag("--accept-tokens", created->accept_tokens,
                  "Take a pair of tokens where the user is on the new way");

  auto judged = std::make_shared<SessionTokenOptions>();
  auto& validate =
      table.Add(group, "validate", "Judge a session token, and extend its session",
                "  signet session-token validate --audience shop --token-file token",
                [judged](Context& context) { return ValidateSessionToken(context, *judged); });
  AddTokenOptions(validate, judged->token, TokenArgument::kNotAllowed);
  validate.add_option("--audience", judged->audience, "Who asks")->required();

  auto extended = std::make_shared<TokenSource>();
  auto& extend = table.Add(group, "extend", "Extend its session without asking anything",
                           "  signet session-token extend --token-file token",
                           [extended](Context& context) { return Extend(context, *extended); });
  AddTokenOptions(extend, *extended, TokenArgument::kNotAllowed);
  AddPolicyCommands(table);
}

}  // namespace signet::cli
