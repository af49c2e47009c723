#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <signet/v1/access_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/confirmation.h"
#include "client/cli/live_session.h"

namespace signet::cli {
namespace {

using signet::v1::AccessService;

struct RoleOptions {
  std::string name;
  std::string description;
  std::vector<std::string> permissions;
  std::string etag;
  bool no_permissions = false;
  bool yes = false;
};

struct GrantOptions {
  std::string subject;
  std::string role;
  std::string expires_in;
  std::string permission;
  bool yes = false;
};

absl::StatusOr<ExitCode> ListRoles(Context& context) {
  signet::v1::ListRolesRequest request;
  request.set_page_size(1000);
  signet::v1::ListRolesResponse all;
  do {
    SIGNET_ASSIGN_OR_RETURN(auto page,
                            CallAsSession(context, &AccessService::Stub::ListRoles, request));
    all.mutable_roles()->MergeFrom(page.roles());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(
      JsonOf(all), "roles", {"name", "built_in", "permissions", "description"}));
  return ExitCode::kOk;
}

template <typename Method, typename Request>
absl::StatusOr<ExitCode> ShowRole(Context& context, Method method, const Request& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto response, CallAsSession(context, method, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response.role())));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> GetRole(Context& context, const RoleOptions& options) {
  signet::v1::GetRoleRequest request;
  request.set_name(options.name);
  return ShowRole(context, &AccessService::Stub::GetRole, request);
}

absl::StatusOr<ExitCode> CreateRole(Context& context, const RoleOptions& options) {
  signet::v1::CreateRoleRequest request;
  request.mutable_role()->set_name(options.name);
  request.mutable_role()->set_description(options.description);
  request.mutable_role()->mutable_permissions()->Add(options.permissions.begin(),
                                                     options.permissions.end());
  return ShowRole(context, &AccessService::Stub::CreateRole, request);
}

absl::StatusOr<ExitCode> UpdateRole(Context& context, const RoleOptions& options) {
  signet::v1::UpdateRoleRequest request;
  request.mutable_role()->set_name(options.name);
  request.mutable_role()->set_etag(options.etag);
  if (!options.description.empty()) {
    request.mutable_role()->set_description(options.description);
    request.mutable_update_mask()->add_paths("description");
  }
  if (!options.permissions.empty() || options.no_permissions) {
    request.mutable_role()->mutable_permissions()->Add(options.permissions.begin(),
                                                       options.permissions.end());
    request.mutable_update_mask()->add_paths("permissions");
  }
  return ShowRole(context, &AccessService::Stub::UpdateRole, request);
}

absl::StatusOr<ExitCode> DeleteRole(Context& context, const RoleOptions& options) {
  SIGNET_RETURN_IF_ERROR(
      Confirm(context, options.yes, absl::StrCat("Delete the role ", options.name, "?")));
  signet::v1::DeleteRoleRequest request;
  request.set_name(options.name);
  SIGNET_RETURN_IF_ERROR(
      CallAsSession(context, &AccessService::Stub::DeleteRole, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"deleted\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> GiveRole(Context& context, const GrantOptions& options) {
  signet::v1::GrantRoleRequest request;
  request.set_subject_id(options.subject);
  request.set_role(options.role);
  if (!options.expires_in.empty()) {
    absl::Duration life;
    if (!absl::ParseDuration(options.expires_in, &life) || life <= absl::ZeroDuration()) {
      return UsageError("--expires-in is a duration such as 90m or 720h");
    }
    request.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(context.clock.Now() + life));
  }
  SIGNET_RETURN_IF_ERROR(CallAsSession(context, &AccessService::Stub::GrantRole, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"granted\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> TakeRole(Context& context, const GrantOptions& options) {
  SIGNET_RETURN_IF_ERROR(Confirm(
      context, options.yes,
      absl::StrCat("Take ", options.role, " from ", options.subject, ", and refuse its tokens?")));
  signet::v1::RevokeGrantRequest request;
  request.set_subject_id(options.subject);
  request.set_role(options.role);
  SIGNET_RETURN_IF_ERROR(
      CallAsSession(context, &AccessService::Stub::RevokeGrant, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"revoked\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ListGrants(Context& context, const GrantOptions& options) {
  signet::v1::ListGrantsRequest request;
  request.set_subject_id(options.subject);
  request.set_role(options.role);
  request.set_page_size(1000);
  signet::v1::ListGrantsResponse all;
  do {
    SIGNET_ASSIGN_OR_RETURN(auto page,
                            CallAsSession(context, &AccessService::Stub::ListGrants, request));
    all.mutable_grants()->MergeFrom(page.grants());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(
      JsonOf(all), "grants", {"subject_id", "subject_kind", "role", "granted_by", "expire_time"}));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Check(Context& context, const GrantOptions& options) {
  signet::v1::CheckPermissionRequest request;
  request.set_permission(options.permission);
  request.set_subject_id(options.subject);
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &AccessService::Stub::CheckPermission, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return response.allowed() ? ExitCode::kOk : ExitCode::kNegative;
}

using RoleAction = absl::StatusOr<ExitCode> (*)(Context&, const RoleOptions&);

CLI::App& AddOnRole(CommandTable& table, CLI::App& group, const std::string& name,
                    const std::string& description, const std::string& example, RoleAction action,
                    std::shared_ptr<RoleOptions> options) {
  auto& app = table.Add(group, name, description, "  signet role " + name + " " + example,
                        [=](Context& context) { return action(context, *options); });
  app.add_option("NAME", options->name, "As role list shows it")->required();
  return app;
}

void AddRoleCommands(CommandTable& table) {
  auto& group = table.Group("role", "Roles and what they permit (administrators)");
  table.Add(group, "list", "Every role, by name", "  signet role list\n  signet --json role list",
            ListRoles);
  AddOnRole(table, group, "get", "One role", "billing-clerk", GetRole,
            std::make_shared<RoleOptions>());

  auto made = std::make_shared<RoleOptions>();
  auto& create = AddOnRole(table, group, "create", "Make a role",
                           "billing-clerk --permission app:invoices.write", CreateRole, made);
  create.add_option("--permission", made->permissions, "keys.read, app:…; may be repeated");
  create.add_option("--description", made->description, "For people");

  auto changed = std::make_shared<RoleOptions>();
  auto& update = AddOnRole(table, group, "update", "Change a role for everybody who holds it",
                           "billing-clerk --permission app:invoices.read", UpdateRole, changed);
  update.add_option("--permission", changed->permissions, "All that it permits from now on");
  update.add_flag("--no-permissions", changed->no_permissions, "It permits nothing any more");
  update.add_option("--description", changed->description, "For people");
  update.add_option("--etag", changed->etag, "Only while it is as it was then");

  auto deleted = std::make_shared<RoleOptions>();
  AddYes(AddOnRole(table, group, "delete", "Remove a role that nobody holds", "billing-clerk --yes",
                   DeleteRole, deleted),
         deleted->yes);
}

void AddGrantCommands(CommandTable& table) {
  auto& group = table.Group("grant", "Who holds which role (administrators)");
  const std::string id = "0192f1c4-7a3b-7cc1-9d0e-2f6a5b4c3d2e";

  auto given = std::make_shared<GrantOptions>();
  auto& give = table.Add(group, "give", "Give a role to a person or service account",
                         "  signet grant give " + id + " billing-clerk\n  signet grant give " + id +
                             " auditor --expires-in 72h",
                         [given](Context& context) { return GiveRole(context, *given); });
  give.add_option("SUBJECT_ID", given->subject, "User id or service account id")->required();
  give.add_option("ROLE", given->role, "As role list shows it")->required();
  give.add_option("--expires-in", given->expires_in, "Ends by itself after 90m, 720h, …");

  auto taken = std::make_shared<GrantOptions>();
  auto& take = table.Add(group, "revoke", "Take a role away; its tokens are refused",
                         "  signet grant revoke " + id + " billing-clerk --yes",
                         [taken](Context& context) { return TakeRole(context, *taken); });
  take.add_option("SUBJECT_ID", taken->subject, "User id or service account id")->required();
  take.add_option("ROLE", taken->role, "As grant list shows it")->required();
  AddYes(take, taken->yes);

  auto listed = std::make_shared<GrantOptions>();
  auto& list =
      table.Add(group, "list", "What somebody holds, or who holds a role",
                "  signet grant list --subject " + id + "\n  signet --json grant list --role admin",
                [listed](Context& context) { return ListGrants(context, *listed); });
  auto* subject = list.add_option("--subject", listed->subject, "User id or service account id");
  list.add_option("--role", listed->role, "As role list shows it")->excludes(subject);

  auto asked = std::make_shared<GrantOptions>();
  auto& check =
      table.Add(group, "check", "Whether somebody holds a permission now",
                "  signet grant check app:invoices.write\n  signet grant check keys.manage "
                "--subject " +
                    id + "\nExit code: 0 yes, 1 no.",
                [asked](Context& context) { return Check(context, *asked); });
  check.add_option("PERMISSION", asked->permission, "keys.manage, app:…")->required();
  check.add_option("--subject", asked->subject, "Default: yourself");
}

}  // namespace

void AddAccessCommands(CommandTable& table) {
  AddRoleCommands(table);
  AddGrantCommands(table);
}

}  // namespace signet::cli
