#include <istream>
#include <memory>
#include <string>

#include <google/protobuf/util/time_util.h>
#include <signet/v1/user_service.grpc.pb.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/confirmation.h"
#include "client/cli/live_session.h"

namespace signet::cli {
namespace {

using signet::v1::UserService;

struct UserOptions {
  std::string user_id;
  bool yes = false;
  std::string display_name;
  std::string email;
  bool names = false;  // --display-name was given, be it empty
  // list
  std::string email_prefix;
  std::string status;
  std::string role;
  std::string created_from;
  std::string created_before;
  int limit = 0;
};
using SharedUserOptions = std::shared_ptr<UserOptions>;
using UserAction = absl::StatusOr<ExitCode> (*)(Context&, const UserOptions&);

absl::StatusOr<ExitCode> Get(Context& context, const UserOptions& options) {
  signet::v1::GetUserRequest request;
  request.set_user_id(options.user_id);
  SIGNET_ASSIGN_OR_RETURN(const auto answer,
                          CallAsSession(context, &UserService::Stub::GetUser, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(answer.user())));
  return ExitCode::kOk;
}

absl::Status ReadTime(const std::string& option, const std::string& text,
                      google::protobuf::Timestamp* time) {
  if (google::protobuf::util::TimeUtil::FromString(text, time)) return absl::OkStatus();
  return UsageError(absl::StrCat(option, " is a time such as 2026-11-01T00:00:00Z"));
}

absl::StatusOr<signet::v1::ListUsersRequest> ListRequestOf(const UserOptions& options) {
  signet::v1::ListUsersRequest request;
  request.set_page_size(1000);
  request.set_email_prefix(options.email_prefix);
  request.set_role(options.role);
  if (!options.status.empty()) {
    signet::v1::UserStatus status;
    const std::string name = "USER_STATUS_" + absl::AsciiStrToUpper(options.status);
    if (!signet::v1::UserStatus_Parse(name, &status)) {
      return UsageError("--status is active, disabled, deleted or erased");
    }
    request.set_status(status);
  }
  if (!options.created_from.empty()) {
    SIGNET_RETURN_IF_ERROR(
        ReadTime("--created-from", options.created_from, request.mutable_created_from()));
  }
  if (!options.created_before.empty()) {
    SIGNET_RETURN_IF_ERROR(
        ReadTime("--created-before", options.created_before, request.mutable_created_before()));
  }
  return request;
}

absl::StatusOr<ExitCode> ListUsers(Context& context, const UserOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(auto request, ListRequestOf(options));
  signet::v1::ListUsersResponse all;
  do {
    const int left = options.limit - all.users_size();
    if (options.limit > 0 && left < request.page_size()) request.set_page_size(left);
    SIGNET_ASSIGN_OR_RETURN(auto page,
                            CallAsSession(context, &UserService::Stub::ListUsers, request));
    all.mutable_users()->MergeFrom(page.users());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() &&
           (options.limit == 0 || all.users_size() < options.limit));
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(
      JsonOf(all), "users",
      {"user_id", "email", "display_name", "status", "roles", "create_time"}));
  if (!request.page_token().empty()) context.output.Warn("there are more; see --limit");
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Update(Context& context, const UserOptions& options) {
  signet::v1::UpdateUserRequest request;
  request.mutable_user()->set_user_id(options.user_id);
  if (options.names) {
    request.mutable_user()->set_display_name(options.display_name);
    request.mutable_update_mask()->add_paths("display_name");
  }
  if (!options.email.empty()) {
    request.mutable_user()->set_email(options.email);
    request.mutable_update_mask()->add_paths("email");
  }
  if (request.update_mask().paths().empty()) {
    return UsageError("say what to change: --display-name or --email");
  }
  SIGNET_ASSIGN_OR_RETURN(const auto answer,
                          CallAsSession(context, &UserService::Stub::UpdateUser, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(answer.user())));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> DisableUser(Context& context, const UserOptions& options) {
  SIGNET_RETURN_IF_ERROR(Confirm(
      context, options.yes, absl::StrCat("Disable ", options.user_id, " and end every session?")));
  signet::v1::DisableUserRequest request;
  request.set_user_id(options.user_id);
  SIGNET_ASSIGN_OR_RETURN(const auto answer,
                          CallAsSession(context, &UserService::Stub::DisableUser, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(answer)));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Enable(Context& context, const UserOptions& options) {
  signet::v1::EnableUserRequest request;
  request.set_user_id(options.user_id);
  SIGNET_RETURN_IF_ERROR(CallAsSession(context, &UserService::Stub::EnableUser, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"enabled\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Unlock(Context& context, const UserOptions& options) {
  signet::v1::UnlockUserRequest request;
  request.set_user_id(options.user_id);
  SIGNET_ASSIGN_OR_RETURN(const auto answer,
                          CallAsSession(context, &UserService::Stub::UnlockUser, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(
      absl::StrCat("{\"was_locked\":", answer.was_locked() ? "true" : "false", "}")));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Delete(Context& context, const UserOptions& options) {
  SIGNET_RETURN_IF_ERROR(
      Confirm(context, options.yes, absl::StrCat("Delete ", options.user_id, " for good?")));
  signet::v1::DeleteUserRequest request;
  request.set_user_id(options.user_id);
  SIGNET_ASSIGN_OR_RETURN(const auto answer,
                          CallAsSession(context, &UserService::Stub::DeleteUser, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(answer)));
  return ExitCode::kOk;
}

CLI::App& AddOnUser(CommandTable& table, CLI::App& group, const std::string& name,
                    const std::string& description, const std::string& more, UserAction action,
                    const SharedUserOptions& options) {
  auto& app = table.Add(
      group, name, description,
      absl::StrCat("  signet admin user ", name, " 0192f1c4-7a3b-7cc1-9d0e-2f6a5b4c3d2e", more),
      [=](Context& context) { return action(context, *options); });
  app.add_option("USER_ID", options->user_id, "As admin user list shows it")->required();
  return app;
}

void AddUserList(CommandTable& table, CLI::App& group) {
  auto options = std::make_shared<UserOptions>();
  auto& app = table.Add(group, "list", "People, the newest account first",
                        "  signet admin user list --email-prefix ada\n"
                        "  signet --json admin user list --status disabled --limit 100",
                        [options](Context& context) { return ListUsers(context, *options); });
  app.add_option("--email-prefix", options->email_prefix, "What the address begins with");
  app.add_option("--status", options->status, "active, disabled, deleted or erased");
  app.add_option("--role", options->role, "Who has this role");
  app.add_option("--created-from", options->created_from, "Accounts made at or after it")
      ->type_name("TIME");
  app.add_option("--created-before", options->created_before, "Accounts made before it")
      ->type_name("TIME");
  app.add_option("--limit", options->limit, "At most so many; default: all")
      ->check(CLI::PositiveNumber);
}

}  // namespace

void AddUserCommands(CommandTable& table, CLI::App& admin_group) {
  auto& group = table.Group(admin_group, "user", "People and their accounts");
  AddOnUser(table, group, "get", "One person", "", Get, std::make_shared<UserOptions>());
  AddUserList(table, group);

  auto update = std::make_shared<UserOptions>();
  auto& changed = AddOnUser(table, group, "update", "Change a name or an address",
                            " --display-name 'Ada L.'", Update, update);
  changed
      .add_option_function<std::string>(
          "--display-name",
          [update](const std::string& name) {
            update->display_name = name;
            update->names = true;
          },
          "What the person is called; '' takes it away")
      ->type_name("NAME");
  changed.add_option("--email", update->email, "The new address, taken without a confirmation");

  auto disable = std::make_shared<UserOptions>();
  AddYes(AddOnUser(table, group, "disable", "Refuse the login and end every session", " --yes",
                   DisableUser, disable),
         disable->yes);
  AddOnUser(table, group, "enable", "Give a disabled account its login back", "", Enable,
            std::make_shared<UserOptions>());
  AddOnUser(table, group, "unlock", "End the locks of wrong passwords before their time", "",
            Unlock, std::make_shared<UserOptions>());
  auto deleted = std::make_shared<UserOptions>();
  AddYes(AddOnUser(table, group, "delete", "End an account for good", " --yes", Delete, deleted),
         deleted->yes);
  AddPersonalDataCommands(table, group);
}

}  // namespace signet::cli
