#include "server/rpc/services/user_service.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "client/base/status_macros.h"
#include "server/rpc/convert/user_messages.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

absl::Status GetUser(domain::ReadUsers& users, const Call& call, const v1::GetUserRequest& request,
                     v1::GetUserResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToOptionalUserId(request.user_id()));
  SIGNET_ASSIGN_OR_RETURN(const domain::User user, users.Get(*call.caller, id));
  FromUser(user, *response.mutable_user());
  return absl::OkStatus();
}

absl::Status ListUsers(domain::ReadUsers& users, const UserPageTokens& page_tokens,
                       const v1::ListUsersRequest& request, v1::ListUsersResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const UserListing listing, ToUserListing(request));
  std::optional<domain::UserPosition> after;
  if (!request.page_token().empty()) {
    SIGNET_ASSIGN_OR_RETURN(after, page_tokens.Decode(request.page_token(), listing.filter));
  }
  // One more than the page tells whether there is another.
  SIGNET_ASSIGN_OR_RETURN(const auto found,
                          users.List(listing.filter, after, listing.page_size + 1));
  const size_t shown = std::min(found.size(), static_cast<size_t>(listing.page_size));
  for (size_t i = 0; i < shown; ++i) FromUser(found[i], *response.add_users());
  if (found.size() > shown) {
    const domain::User& last = found[shown - 1];
    response.set_next_page_token(
        page_tokens.Encode(listing.filter, {last.created_at, last.id, last.canonical_email}));
  }
  return absl::OkStatus();
}

absl::Status UpdateUser(domain::UpdateUser& update, const Call& call,
                        const v1::UpdateUserRequest& request, v1::UpdateUserResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToUpdateUserCommand(request));
  SIGNET_ASSIGN_OR_RETURN(const domain::User user, update.Run(*call.caller, command, call.info));
  FromUser(user, *response.mutable_user());
  return absl::OkStatus();
}

absl::Status DisableUser(domain::CloseAccount& close, const Call& call,
                         const v1::DisableUserRequest& request, v1::DisableUserResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToUserId(request.user_id()));
  SIGNET_ASSIGN_OR_RETURN(const int64_t ended, close.Disable(*call.caller, id, call.info));
  response.set_ended_sessions(ended);
  return absl::OkStatus();
}

absl::Status EnableUser(domain::CloseAccount& close, const Call& call,
                        const v1::EnableUserRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToUserId(request.user_id()));
  return close.Enable(*call.caller, id, call.info);
}

absl::Status UnlockUser(domain::UnlockAccount& unlock, const Call& call,
                        const v1::UnlockUserRequest& request, v1::UnlockUserResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToUserId(request.user_id()));
  SIGNET_ASSIGN_OR_RETURN(const bool was_locked, unlock.Run(*call.caller, id, call.info));
  response.set_was_locked(was_locked);
  return absl::OkStatus();
}

absl::Status DeleteUser(domain::CloseAccount& close, const Call& call,
                        const v1::DeleteUserRequest& request, v1::DeleteUserResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToOptionalUserId(request.user_id()));
  SIGNET_ASSIGN_OR_RETURN(const int64_t ended, close.Delete(*call.caller, id, call.info));
  response.set_ended_sessions(ended);
  return absl::OkStatus();
}

// Lines of the wrong form never reach the use case; the others keep their order.
absl::Status ImportUsers(domain::ImportUsers& import, const Call& call,
                         const v1::ImportUsersRequest& request, v1::ImportUsersResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const UserImport asked, ToUserImport(request));
  std::vector<domain::ImportLine> lines;
  for (const auto& line : asked.lines) {
    if (line.ok()) lines.push_back(*line);
  }
  SIGNET_ASSIGN_OR_RETURN(const auto outcomes,
                          import.Run(*call.caller, lines, asked.request_id, call.info));
  size_t next = 0;
  for (const auto& line : asked.lines) {
    domain::ImportOutcome refused;
    refused.refusal = line.status();
    FromImport(line.ok() ? outcomes[next++] : refused, *response.add_results());
  }
  return absl::OkStatus();
}

absl::Status ExportUserData(domain::PersonalData& data, const UserPageTokens& page_tokens,
                            const Call& call, const v1::ExportUserDataRequest& request,
                            v1::ExportUserDataResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToOptionalUserId(request.user_id()));
  SIGNET_ASSIGN_OR_RETURN(const int page_size, ToExportPageSize(request));
  const base::UserId user = id.value_or(call.caller->user_id());
  int64_t skip = 0;
  if (!request.page_token().empty()) {
    SIGNET_ASSIGN_OR_RETURN(skip, page_tokens.DecodeExport(request.page_token(), user));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto found,
                          data.Export(*call.caller, id, skip, page_size + 1, call.info));
  const size_t shown = std::min(found.size(), static_cast<size_t>(page_size));
  for (size_t i = 0; i < shown; ++i) response.add_records(found[i]);
  if (found.size() > shown) {
    response.set_next_page_token(page_tokens.EncodeExport(user, skip + page_size));
  }
  return absl::OkStatus();
}

absl::Status EraseUser(domain::PersonalData& data, const Call& call,
                       const v1::EraseUserRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToUserId(request.user_id()));
  return data.Erase(*call.caller, id, call.info);
}

}  // namespace

std::string UserService::full_name() const { return "signet.v1.UserService"; }

void UserService::Register(MethodRegistry& registry) {
  const Uses& uses = uses_;
  registry.Add("signet.v1.UserService/GetUser",
               TypedHandler<v1::GetUserRequest, v1::GetUserResponse>(
                   [uses](const Call& call, const auto& request, auto& response) {
                     return GetUser(uses.read, call, request, response);
                   }));
  registry.Add("signet.v1.UserService/ListUsers",
               TypedHandler<v1::ListUsersRequest, v1::ListUsersResponse>(
                   [this](const Call&, const auto& request, auto& response) {
                     return ListUsers(uses_.read, page_tokens_, request, response);
                   }));
  registry.Add("signet.v1.UserService/UpdateUser",
               TypedHandler<v1::UpdateUserRequest, v1::UpdateUserResponse>(
                   [uses](const Call& call, const auto& request, auto& response) {
                     return rpc::UpdateUser(uses.update, call, request, response);
                   }));
  registry.Add("signet.v1.UserService/DisableUser",
               TypedHandler<v1::DisableUserRequest, v1::DisableUserResponse>(
                   [uses](const Call& call, const auto& request, auto& response) {
                     return DisableUser(uses.close, call, request, response);
                   }));
  registry.Add("signet.v1.UserService/EnableUser",
               TypedHandler<v1::EnableUserRequest, v1::EnableUserResponse>(
                   [uses](const Call& call, const auto& request, auto&) {
                     return EnableUser(uses.close, call, request);
                   }));
  registry.Add("signet.v1.UserService/UnlockUser",
               TypedHandler<v1::UnlockUserRequest, v1::UnlockUserResponse>(
                   [uses](const Call& call, const auto& request, auto& response) {
                     return UnlockUser(uses.unlock, call, request, response);
                   }));
  registry.Add("signet.v1.UserService/DeleteUser",
               TypedHandler<v1::DeleteUserRequest, v1::DeleteUserResponse>(
                   [uses](const Call& call, const auto& request, auto& response) {
                     return DeleteUser(uses.close, call, request, response);
                   }));
  registry.Add("signet.v1.UserService/ImportUsers",
               TypedHandler<v1::ImportUsersRequest, v1::ImportUsersResponse>(
                   [uses](const Call& call, const auto& request, auto& response) {
                     return rpc::ImportUsers(uses.import, call, request, response);
                   }));
  registry.Add("signet.v1.UserService/ExportUserData",
               TypedHandler<v1::ExportUserDataRequest, v1::ExportUserDataResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return ExportUserData(uses_.personal_data, page_tokens_, call, request,
                                           response);
                   }));
  registry.Add("signet.v1.UserService/EraseUser",
               TypedHandler<v1::EraseUserRequest, v1::EraseUserResponse>(
                   [uses](const Call& call, const auto& request, auto&) {
                     return EraseUser(uses.personal_data, call, request);
                   }));
}

}  // namespace signet::rpc
