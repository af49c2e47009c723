#include <memory>
#include <string>
#include <utility>

#include <signet/v1/session_service.grpc.pb.h>

#include "client/base/status_macros.h"
#include "client/cli/command.h"
#include "client/cli/live_session.h"

namespace signet::cli {
namespace {

using signet::v1::SessionService;

struct SessionListOptions {
  std::string user_id;
};

// All pages: a person has few sessions, and the server bounds how many.
absl::StatusOr<signet::v1::ListSessionsResponse> AllSessions(const Context& context,
                                                             const std::string& user_id) {
  signet::v1::ListSessionsRequest request;
  request.set_user_id(user_id);
  request.set_page_size(1000);
  signet::v1::ListSessionsResponse all;
  do {
    SIGNET_ASSIGN_OR_RETURN(auto page,
                            CallAsSession(context, &SessionService::Stub::ListSessions, request));
    all.mutable_sessions()->MergeFrom(page.sessions());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::StatusOr<ExitCode> ListSessions(Context& context, const SessionListOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto sessions, AllSessions(context, options.user_id));
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(
      JsonOf(sessions), "sessions",
      {"session_id", "current", "kind", "device_name", "client_id", "address", "last_use_time"}));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Show(Context& context, const std::string& session_id) {
  signet::v1::GetSessionRequest request;
  request.set_session_id(session_id);
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &SessionService::Stub::GetSession, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Terminate(Context& context, const std::string& session_id) {
  signet::v1::TerminateSessionRequest request;
  request.set_session_id(session_id);
  SIGNET_RETURN_IF_ERROR(
      CallAsSession(context, &SessionService::Stub::TerminateSession, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"terminated\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ShowLineage(Context& context, const std::string& session_id) {
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_ASSIGN_OR_RETURN(const SavedSession session, CurrentSession(context, rpc));
  signet::v1::GetLineageRequest request;
  request.set_session_id(session_id.empty() ? session.session_id : session_id);
  SIGNET_ASSIGN_OR_RETURN(const auto lineage, rpc.Call(&SessionService::Stub::GetLineage, request,
                                                       session.access_token.reveal()));
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(JsonOf(lineage), "events",
                                                  {"time", "kind", "generation", "address"}));
  if (lineage.session().has_end_time()) {
    context.output.Warn("this session has ended: " +
                        signet::v1::SessionEndReason_Name(lineage.session().end_reason()));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddSessionCommands(CommandTable& table) {
  auto list = std::make_shared<SessionListOptions>();
  auto& sessions = table.GroupWithDefault(
      "sessions", "Your sessions on every device (default: list)",
      [](Context& context) { return ListSessions(context, SessionListOptions()); });
  table
      .Add(sessions, "list", "Live sessions, newest first",
           "  signet sessions list\n  signet --json sessions list",
           [list](Context& context) { return ListSessions(context, *list); })
      .add_option("--user", list->user_id, "Another user's (permission sessions.manage)");

  auto one = std::make_shared<std::string>();
  table
      .Add(sessions, "show", "One session, live or ended",
           "  signet sessions show\n  signet --json sessions show "
           "0192f1c4-7a3b-7cc1-9d0e-2f6a5b4c3d2e",
           [one](Context& context) { return Show(context, *one); })
      .add_option("SESSION_ID", *one, "Default: the current session");

  auto ended = std::make_shared<std::string>();
  table
      .Add(sessions, "terminate", "End one session",
           "  signet sessions terminate 0192f1c4-7a3b-7cc1-9d0e-2f6a5b4c3d2e",
           [ended](Context& context) { return Terminate(context, *ended); })
      .add_option("SESSION_ID", *ended, "As sessions list shows it")
      ->required();

  auto& lineage = table.GroupWithDefault(
      "lineage", "How a session's refresh tokens followed each other (default: show)",
      [](Context& context) { return ShowLineage(context, ""); });
  auto shown = std::make_shared<std::string>();
  table
      .Add(lineage, "show", "Every refresh of a session, oldest first, and how it ended",
           "  signet lineage show\n"
           "  signet --json lineage show 0192f1c4-7a3b-7cc1-9d0e-2f6a5b4c3d2e",
           [shown](Context& context) { return ShowLineage(context, *shown); })
      .add_option("SESSION_ID", *shown, "Default: the current session");
}

}  // namespace signet::cli
