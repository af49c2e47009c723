#include <memory>
#include <string>
#include <utility>

#include <signet/v1/auth_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/command.h"
#include "client/cli/live_session.h"
#include "client/cli/secret_input.h"

namespace signet::cli {
namespace {

using signet::v1::AuthService;

struct StepUpOptions {
  int password_fd = -1;
};

absl::StatusOr<ExitCode> StepUp(Context& context, const StepUpOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto password, ReadPassword(options.password_fd, "Password: "));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_ASSIGN_OR_RETURN(SavedSession session, CurrentSession(context, rpc));
  signet::v1::StepUpRequest request;
  request.set_password(std::string(password.reveal()));
  SIGNET_ASSIGN_OR_RETURN(const auto response, rpc.Call(&AuthService::Stub::StepUp, request,
                                                        session.access_token.reveal()));
  const absl::Time now = context.clock.Now();
  SIGNET_RETURN_IF_ERROR(KeepAccessToken(context, session.session_id, response.access_token(),
                                         now + absl::Seconds(response.expires_in().seconds())));
  SIGNET_RETURN_IF_ERROR(context.output.Show(absl::StrCat(
      "{\"acr\":\"", response.acr(), "\",\"authenticated_at\":\"",
      absl::FormatTime(absl::FromUnixSeconds(absl::ToUnixSeconds(now)), absl::UTCTimeZone()),
      "\"}")));
  return ExitCode::kOk;
}

}  // namespace

void AddMfaCommands(CommandTable& table) {
  auto options = std::make_shared<StepUpOptions>();
  auto& app = table.Add("step-up", "Say once more who you are, for what is hard to undo",
                        "  signet step-up\n  signet step-up --password-fd 3 3<password.txt",
                        [options](Context& context) { return StepUp(context, *options); });
  app.add_option("--password-fd", options->password_fd, "Read the password from this descriptor")
      ->type_name("N");
}

}  // namespace signet::cli
