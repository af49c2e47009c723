#include <string>

#include "absl/strings/str_cat.h"
#include "tests/contract/tour.h"

namespace signet::contract {
namespace {

std::string Grant(const std::string& subject, const std::string& role) {
  return absl::StrCat("subject_id: '", subject, "' role: '", role, "'");
}
std::string Account(const std::string& id) {
  return absl::StrCat("service_account_id: '", id, "' ");
}
std::string Key(const v1::ApiKey& key) {
  return absl::StrCat("api_key_id: '", key.api_key_id(), "'");
}

constexpr char kClerk[] = "role { name: 'clerk' permissions: 'app:invoices.write' } ";

}  // namespace

void Tour::HandOnRights() {
  const auto person = LogIn(email_, password_);
  Call<v1::CreateRoleResponse>("CreateRole", kClerk, person.tokens().access_token(),
                               "PERMISSION_DENIED PERMISSION_MISSING access.manage");
  LeavesBy("ACCESS_DENIED", person)
      .Refused("PERMISSION_MISSING")
      .About("signet.v1.AccessService/CreateRole");
  Call<v1::CheckPermissionResponse>("CheckPermission", "permission: 'keys.read'",
                                    person.tokens().access_token());

  const auto admin = LogIn(kAdministrator, kPassword);
  const std::string bearer = admin.tokens().access_token();
  const auto leaves = [&](const std::string& action) -> AuditMark& {
    return Leaves(action).By(admin.user_id()).In(admin.session_id());
  };
  Call<v1::CreateRoleResponse>("CreateRole", kClerk, bearer);
  leaves("ROLE_CREATE").About("clerk");
  Call<v1::CreateRoleResponse>("CreateRole", kClerk, bearer, "ALREADY_EXISTS CONFLICT");
  leaves("ROLE_CREATE").Refused("CONFLICT").About("clerk");
  Call<v1::UpdateRoleResponse>(
      "UpdateRole", absl::StrCat(kClerk, "update_mask { paths: 'permissions' }"), bearer);
  leaves("ROLE_UPDATE").About("clerk");
  Call<v1::GetRoleResponse>("GetRole", "name: 'clerk'", bearer);
  Call<v1::ListRolesResponse>("ListRoles", "", bearer);

  const std::string account =
      Call<v1::CreateServiceAccountResponse>("CreateServiceAccount",
                                             "service_account { name: 'canary-jobs' }", bearer)
          .service_account()
          .service_account_id();
  leaves("SERVICE_ACCOUNT_CREATE").On(account).About("canary-jobs");
  Call<v1::GetServiceAccountResponse>("GetServiceAccount", Account(account), bearer);
  Call<v1::ListServiceAccountsResponse>("ListServiceAccounts", "", bearer);
  Call<v1::GrantRoleResponse>("GrantRole", Grant(admin.user_id(), "clerk"), bearer,
                              "PERMISSION_DENIED SELF_GRANT");
  leaves("ROLE_GRANT").Refused("SELF_GRANT").On(admin.user_id()).About("clerk");
  Call<v1::GrantRoleResponse>("GrantRole", Grant(account, "clerk"), bearer);
  leaves("ROLE_GRANT").On(account).About("clerk");
  Call<v1::DeleteRoleResponse>("DeleteRole", "name: 'clerk'", bearer,
                               "FAILED_PRECONDITION ROLE_IN_USE");
  leaves("ROLE_DELETE").Refused("ROLE_IN_USE").About("clerk");
  Call<v1::ListGrantsResponse>("ListGrants", "role: 'clerk'", bearer);
  UseApiKeys(admin, account);
  Call<v1::RevokeGrantResponse>("RevokeGrant", Grant(account, "clerk"), bearer);
  leaves("ROLE_REVOKE").On(account).About("clerk");
  Call<v1::RevokeGrantResponse>("RevokeGrant", Grant(account, "clerk"), bearer,
                                "NOT_FOUND GRANT_UNKNOWN");
  leaves("ROLE_REVOKE").Refused("GRANT_UNKNOWN").On(account).About("clerk");
  Call<v1::RevokeGrantResponse>("RevokeGrant", Grant(admin.user_id(), "admin"), bearer,
                                "FAILED_PRECONDITION LAST_ADMINISTRATOR");
  leaves("ROLE_REVOKE").Refused("LAST_ADMINISTRATOR").On(admin.user_id()).About("admin");
  Call<v1::DeleteRoleResponse>("DeleteRole", "name: 'clerk'", bearer);
  leaves("ROLE_DELETE").About("clerk");
  Call<v1::DisableServiceAccountResponse>("DisableServiceAccount", Account(account), bearer);
  leaves("SERVICE_ACCOUNT_DISABLE").On(account);
  Call<v1::EnableServiceAccountResponse>("EnableServiceAccount", Account(account), bearer);
  leaves("SERVICE_ACCOUNT_ENABLE").On(account);
  Call<v1::DeleteServiceAccountResponse>("DeleteServiceAccount", Account(account), bearer);
  leaves("SERVICE_ACCOUNT_DELETE").On(account);
  Call<v1::DeleteServiceAccountResponse>("DeleteServiceAccount", Account(account), bearer,
                                         "NOT_FOUND SERVICE_ACCOUNT_UNKNOWN");
  leaves("SERVICE_ACCOUNT_DELETE").Refused("SERVICE_ACCOUNT_UNKNOWN").On(account);
}

void Tour::UseApiKeys(const v1::LoginResponse& admin, const std::string& account) {
  const std::string bearer = admin.tokens().access_token();
  const auto leaves = [&](const std::string& action, const v1::ApiKey& key) -> AuditMark& {
    return Leaves(action).By(admin.user_id()).In(admin.session_id()).About(key.api_key_id());
  };
  const auto issue = [&](const std::string& secret, const std::string& status) {
    Call<v1::IssueServiceTokenResponse>("IssueServiceToken",
                                        absl::StrCat("api_key: '", secret, "'"), "", status);
  };
  const auto made = Call<v1::CreateApiKeyResponse>(
      "CreateApiKey", absl::StrCat(Account(account), "api_key { name: 'night run' }"), bearer);
  leaves("API_KEY_CREATE", made.api_key()).On(account);
  issue(made.secret(), "OK");
  Leaves("SERVICE_TOKEN").ByService(account).On(account).About(made.api_key().api_key_id());
  issue(kMadeUpToken, "UNAUTHENTICATED CREDENTIALS_INVALID");
  Leaves("SERVICE_TOKEN").Refused("MALFORMED");
  Call<v1::ListApiKeysResponse>("ListApiKeys", Account(account), bearer);

  const auto next = Call<v1::RotateApiKeyResponse>("RotateApiKey", Key(made.api_key()), bearer);
  leaves("API_KEY_ROTATE", made.api_key()).On(account);
  Call<v1::RotateApiKeyResponse>("RotateApiKey", Key(made.api_key()), bearer,
                                 "NOT_FOUND API_KEY_UNKNOWN");
  leaves("API_KEY_ROTATE", made.api_key()).Refused("API_KEY_UNKNOWN").On(account);
  for (const v1::ApiKey& key : {made.api_key(), next.api_key()}) {
    Call<v1::RevokeApiKeyResponse>("RevokeApiKey", Key(key), bearer);
    leaves("API_KEY_REVOKE", key);
  }
  issue(next.secret(), "UNAUTHENTICATED CREDENTIALS_INVALID");
  Leaves("SERVICE_TOKEN").Refused("REVOKED").About(next.api_key().api_key_id());
}

}  // namespace signet::contract
