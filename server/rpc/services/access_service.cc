#include "server/rpc/services/access_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/permissions.h"
#include "server/rpc/convert/access_messages.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

using Uses = AccessService::Uses;

absl::Status CreateRole(const Uses& uses, const Call& call, const v1::CreateRoleRequest& request,
                        v1::CreateRoleResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(auto role, ToNewRole(request));
  SIGNET_ASSIGN_OR_RETURN(const auto made,
                          uses.roles.Create(*call.caller, std::move(role), call.info));
  FromRole(made, *response.mutable_role());
  return absl::OkStatus();
}

absl::Status GetRole(const Uses& uses, const v1::GetRoleRequest& request,
                     v1::GetRoleResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckRoleName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const auto role, uses.roles.Get(request.name()));
  FromRole(role, *response.mutable_role());
  return absl::OkStatus();
}

absl::Status ListRoles(const Uses& uses, const PageTokens& page_tokens,
                       const v1::ListRolesRequest& request, v1::ListRolesResponse& response) {
  constexpr absl::string_view kList = "roles";
  SIGNET_ASSIGN_OR_RETURN(const int page_size, ToPageSize(request.page_size()));
  SIGNET_ASSIGN_OR_RETURN(const std::string after, page_tokens.Decode(request.page_token(), kList));
  // One more than the page tells whether there is another.
  SIGNET_ASSIGN_OR_RETURN(const auto roles, uses.roles.List(after, page_size + 1));
  const size_t shown = std::min(roles.size(), static_cast<size_t>(page_size));
  for (size_t i = 0; i < shown; ++i) FromRole(roles[i], *response.add_roles());
  if (roles.size() > shown) {
    response.set_next_page_token(page_tokens.Encode(kList, roles[shown - 1].name));
  }
  return absl::OkStatus();
}

absl::Status UpdateRole(const Uses& uses, const Call& call, const v1::UpdateRoleRequest& request,
                        v1::UpdateRoleResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(auto change, ToRoleChange(request));
  SIGNET_ASSIGN_OR_RETURN(const auto role,
                          uses.roles.Update(*call.caller, std::move(change), call.info));
  FromRole(role, *response.mutable_role());
  return absl::OkStatus();
}

absl::Status DeleteRole(const Uses& uses, const Call& call, const v1::DeleteRoleRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckRoleName("name", request.name()));
  return uses.roles.Delete(*call.caller, request.name(), call.info);
}

absl::Status GrantRole(const Uses& uses, const Call& call, const v1::GrantRoleRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto grant, ToNewGrant(request));
  return uses.grants.Give(*call.caller, grant, call.info);
}

absl::Status RevokeGrant(const Uses& uses, const Call& call,
                         const v1::RevokeGrantRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto subject, ToSubjectId(request.subject_id()));
  SIGNET_RETURN_IF_ERROR(CheckRoleName("role", request.role()));
  return uses.grants.Take(*call.caller, subject, request.role(), call.info);
}

absl::Status ListHolders(const Uses& uses, const PageTokens& page_tokens, const Call& call,
                         const v1::ListGrantsRequest& request, v1::ListGrantsResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckRoleName("role", request.role()));
  const std::string list = absl::StrCat("holders of ", request.role());
  SIGNET_ASSIGN_OR_RETURN(const int page_size, ToPageSize(request.page_size()));
  SIGNET_ASSIGN_OR_RETURN(const std::string last, page_tokens.Decode(request.page_token(), list));
  const auto after = domain::SubjectId::FromBytes(last);
  SIGNET_ASSIGN_OR_RETURN(const auto holders,
                          uses.grants.HoldersOf(request.role(), after, page_size, call.info));
  for (const auto& grant : holders.grants) FromGrant(grant, *response.add_grants());
  if (holders.last) {
    response.set_next_page_token(page_tokens.Encode(list, holders.last->bytes()));
  }
  return absl::OkStatus();
}

absl::Status ListGrants(const Uses& uses, const PageTokens& page_tokens, const Call& call,
                        const v1::ListGrantsRequest& request, v1::ListGrantsResponse& response) {
  if (!request.role().empty()) {
    if (!request.subject_id().empty()) {
      return base::FieldError("subject_id", "and role exclude each other");
    }
    return ListHolders(uses, page_tokens, call, request, response);
  }
  SIGNET_ASSIGN_OR_RETURN(const auto subject, ToSubjectId(request.subject_id()));
  SIGNET_RETURN_IF_ERROR(ToPageSize(request.page_size()).status());
  // Nobody holds more than fit on one page.
  if (!request.page_token().empty()) {
    return base::FieldError("page_token", "is not the next_page_token of this list");
  }
  SIGNET_ASSIGN_OR_RETURN(const auto grants, uses.grants.Of(subject, call.info));
  for (const auto& grant : grants) FromGrant(grant, *response.add_grants());
  return absl::OkStatus();
}

// Whoever calls: a session, or a service account in its place.
domain::SubjectId SelfOf(const Call& call) {
  if (call.service) return call.service->subject_id();
  return domain::SubjectId(call.caller->user_id().uuid());
}

absl::Status CheckPermission(const Uses& uses, const Call& call,
                             const v1::CheckPermissionRequest& request,
                             v1::CheckPermissionResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckPermissionName(request.permission()));
  domain::SubjectId subject = SelfOf(call);
  if (!request.subject_id().empty()) {
    SIGNET_ASSIGN_OR_RETURN(const auto asked, ToSubjectId(request.subject_id()));
    if (asked != subject) {
      SIGNET_RETURN_IF_ERROR(call.service ? call.service->Require(domain::kPermissionAccessRead)
                                          : call.caller->Require(domain::kPermissionAccessRead));
    }
    subject = asked;
  }
  SIGNET_ASSIGN_OR_RETURN(const auto answer,
                          uses.check_permission.Run(subject, request.permission(), call.info));
  response.set_allowed(answer.allowed);
  for (const std::string& role : answer.roles) response.add_roles(role);
  if (answer.allowed && answer.until != absl::InfiniteFuture()) {
    SetTimestamp(answer.until, *response.mutable_expire_time());
  }
  return absl::OkStatus();
}

}  // namespace

std::string AccessService::full_name() const { return "signet.v1.AccessService"; }

void AccessService::Register(MethodRegistry& registry) {
  RegisterRoles(registry);
  RegisterGrants(registry);
  RegisterServiceAccounts(registry);
  RegisterApiKeys(registry);
}

void AccessService::RegisterRoles(MethodRegistry& registry) {
  registry.Add("signet.v1.AccessService/CreateRole",
               TypedHandler<v1::CreateRoleRequest, v1::CreateRoleResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return CreateRole(uses_, call, request, response);
                   }));
  registry.Add("signet.v1.AccessService/GetRole",
               TypedHandler<v1::GetRoleRequest, v1::GetRoleResponse>(
                   [this](const Call&, const auto& request, auto& response) {
                     return GetRole(uses_, request, response);
                   }));
  registry.Add("signet.v1.AccessService/ListRoles",
               TypedHandler<v1::ListRolesRequest, v1::ListRolesResponse>(
                   [this](const Call&, const auto& request, auto& response) {
                     return ListRoles(uses_, page_tokens_, request, response);
                   }));
  registry.Add("signet.v1.AccessService/UpdateRole",
               TypedHandler<v1::UpdateRoleRequest, v1::UpdateRoleResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return UpdateRole(uses_, call, request, response);
                   }));
  registry.Add("signet.v1.AccessService/DeleteRole",
               TypedHandler<v1::DeleteRoleRequest, v1::DeleteRoleResponse>(
                   [this](const Call& call, const auto& request, auto&) {
                     return DeleteRole(uses_, call, request);
                   }));
}

void AccessService::RegisterGrants(MethodRegistry& registry) {
  registry.Add("signet.v1.AccessService/GrantRole",
               TypedHandler<v1::GrantRoleRequest, v1::GrantRoleResponse>(
                   [this](const Call& call, const auto& request, auto&) {
                     return GrantRole(uses_, call, request);
                   }));
  registry.Add("signet.v1.AccessService/RevokeGrant",
               TypedHandler<v1::RevokeGrantRequest, v1::RevokeGrantResponse>(
                   [this](const Call& call, const auto& request, auto&) {
                     return RevokeGrant(uses_, call, request);
                   }));
  registry.Add("signet.v1.AccessService/ListGrants",
               TypedHandler<v1::ListGrantsRequest, v1::ListGrantsResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return ListGrants(uses_, page_tokens_, call, request, response);
                   }));
  registry.Add("signet.v1.AccessService/CheckPermission",
               TypedHandler<v1::CheckPermissionRequest, v1::CheckPermissionResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return CheckPermission(uses_, call, request, response);
                   }));
}

}  // namespace signet::rpc
