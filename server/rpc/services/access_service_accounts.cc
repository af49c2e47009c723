// AccessService's second half: service accounts and their API keys.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/access_messages.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/service_account_messages.h"
#include "server/rpc/services/access_service.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

using Uses = AccessService::Uses;
using Status = domain::ServiceAccountStatus;

absl::Status CreateServiceAccount(const Uses& uses, const Call& call,
                                  const v1::CreateServiceAccountRequest& request,
                                  v1::CreateServiceAccountResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(auto wanted, ToNewServiceAccount(request));
  SIGNET_ASSIGN_OR_RETURN(const auto made,
                          uses.service_accounts.Create(*call.caller, std::move(wanted.name),
                                                       std::move(wanted.description), call.info));
  FromServiceAccount(made, *response.mutable_service_account());
  return absl::OkStatus();
}

absl::Status GetServiceAccount(const Uses& uses, const v1::GetServiceAccountRequest& request,
                               v1::GetServiceAccountResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToServiceAccountId(request.service_account_id()));
  SIGNET_ASSIGN_OR_RETURN(const auto account, uses.service_accounts.Get(id));
  FromServiceAccount(account, *response.mutable_service_account());
  return absl::OkStatus();
}

absl::Status ListServiceAccounts(const Uses& uses, const PageTokens& page_tokens,
                                 const v1::ListServiceAccountsRequest& request,
                                 v1::ListServiceAccountsResponse& response) {
  constexpr absl::string_view kList = "service accounts";
  SIGNET_ASSIGN_OR_RETURN(const int page_size, ToPageSize(request.page_size()));
  SIGNET_ASSIGN_OR_RETURN(const std::string last, page_tokens.Decode(request.page_token(), kList));
  SIGNET_ASSIGN_OR_RETURN(
      const auto accounts,
      uses.service_accounts.List(domain::ServiceAccountId::FromBytes(last), page_size + 1));
  const size_t shown = std::min(accounts.size(), static_cast<size_t>(page_size));
  for (size_t i = 0; i < shown; ++i) {
    FromServiceAccount(accounts[i], *response.add_service_accounts());
  }
  if (accounts.size() > shown) {
    response.set_next_page_token(page_tokens.Encode(kList, accounts[shown - 1].id.bytes()));
  }
  return absl::OkStatus();
}

absl::Status SetStatus(const Uses& uses, const Call& call, const std::string& service_account_id,
                       Status status) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToServiceAccountId(service_account_id));
  return uses.service_accounts.SetStatus(*call.caller, id, status, call.info);
}

absl::Status CreateApiKey(const Uses& uses, const Call& call,
                          const v1::CreateApiKeyRequest& request,
                          v1::CreateApiKeyResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto wanted, ToNewApiKey(request));
  SIGNET_ASSIGN_OR_RETURN(const auto made, uses.api_keys.Create(*call.caller, wanted, call.info));
  FromApiKey(made.record, *response.mutable_api_key());
  response.set_secret(std::string(made.text.reveal()));
  return absl::OkStatus();
}

absl::Status ListApiKeys(const Uses& uses, const PageTokens& page_tokens,
                         const v1::ListApiKeysRequest& request, v1::ListApiKeysResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto account, ToServiceAccountId(request.service_account_id()));
  const std::string list = absl::StrCat("API keys of ", account.ToString());
  SIGNET_ASSIGN_OR_RETURN(const int page_size, ToPageSize(request.page_size()));
  SIGNET_ASSIGN_OR_RETURN(const std::string last, page_tokens.Decode(request.page_token(), list));
  SIGNET_ASSIGN_OR_RETURN(
      const auto keys,
      uses.api_keys.List(account, domain::ApiKeyId::FromBytes(last), page_size + 1));
  const size_t shown = std::min(keys.size(), static_cast<size_t>(page_size));
  for (size_t i = 0; i < shown; ++i) FromApiKey(keys[i], *response.add_api_keys());
  if (keys.size() > shown) {
    response.set_next_page_token(page_tokens.Encode(list, keys[shown - 1].id.bytes()));
  }
  return absl::OkStatus();
}

absl::Status RotateApiKey(const Uses& uses, const Call& call,
                          const v1::RotateApiKeyRequest& request,
                          v1::RotateApiKeyResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToApiKeyId(request.api_key_id()));
  SIGNET_ASSIGN_OR_RETURN(const auto overlap, ToOverlap(request));
  SIGNET_ASSIGN_OR_RETURN(const auto made,
                          uses.api_keys.Rotate(*call.caller, id, overlap, call.info));
  FromApiKey(made.record, *response.mutable_api_key());
  response.set_secret(std::string(made.text.reveal()));
  return absl::OkStatus();
}

absl::Status RevokeApiKey(const Uses& uses, const Call& call,
                          const v1::RevokeApiKeyRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto id, ToApiKeyId(request.api_key_id()));
  return uses.api_keys.Revoke(*call.caller, id, call.info);
}

}  // namespace

void AccessService::RegisterServiceAccounts(MethodRegistry& registry) {
  registry.Add("signet.v1.AccessService/CreateServiceAccount",
               TypedHandler<v1::CreateServiceAccountRequest, v1::CreateServiceAccountResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return CreateServiceAccount(uses_, call, request, response);
                   }));
  registry.Add("signet.v1.AccessService/GetServiceAccount",
               TypedHandler<v1::GetServiceAccountRequest, v1::GetServiceAccountResponse>(
                   [this](const Call&, const auto& request, auto& response) {
                     return GetServiceAccount(uses_, request, response);
                   }));
  registry.Add("signet.v1.AccessService/ListServiceAccounts",
               TypedHandler<v1::ListServiceAccountsRequest, v1::ListServiceAccountsResponse>(
                   [this](const Call&, const auto& request, auto& response) {
                     return ListServiceAccounts(uses_, page_tokens_, request, response);
                   }));
  registry.Add("signet.v1.AccessService/DisableServiceAccount",
               TypedHandler<v1::DisableServiceAccountRequest, v1::DisableServiceAccountResponse>(
                   [this](const Call& call, const auto& request, auto&) {
                     return SetStatus(uses_, call, request.service_account_id(), Status::kDisabled);
                   }));
  registry.Add("signet.v1.AccessService/EnableServiceAccount",
               TypedHandler<v1::EnableServiceAccountRequest, v1::EnableServiceAccountResponse>(
                   [this](const Call& call, const auto& request, auto&) {
                     return SetStatus(uses_, call, request.service_account_id(), Status::kActive);
                   }));
  registry.Add("signet.v1.AccessService/DeleteServiceAccount",
               TypedHandler<v1::DeleteServiceAccountRequest, v1::DeleteServiceAccountResponse>(
                   [this](const Call& call, const auto& request, auto&) {
                     return SetStatus(uses_, call, request.service_account_id(), Status::kDeleted);
                   }));
}

void AccessService::RegisterApiKeys(MethodRegistry& registry) {
  registry.Add("signet.v1.AccessService/CreateApiKey",
               TypedHandler<v1::CreateApiKeyRequest, v1::CreateApiKeyResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return CreateApiKey(uses_, call, request, response);
                   }));
  registry.Add("signet.v1.AccessService/ListApiKeys",
               TypedHandler<v1::ListApiKeysRequest, v1::ListApiKeysResponse>(
                   [this](const Call&, const auto& request, auto& response) {
                     return ListApiKeys(uses_, page_tokens_, request, response);
                   }));
  registry.Add("signet.v1.AccessService/RotateApiKey",
               TypedHandler<v1::RotateApiKeyRequest, v1::RotateApiKeyResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return RotateApiKey(uses_, call, request, response);
                   }));
  registry.Add("signet.v1.AccessService/RevokeApiKey",
               TypedHandler<v1::RevokeApiKeyRequest, v1::RevokeApiKeyResponse>(
                   [this](const Call& call, const auto& request, auto&) {
                     return RevokeApiKey(uses_, call, request);
                   }));
}

}  // namespace signet::rpc
