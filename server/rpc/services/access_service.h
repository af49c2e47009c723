#pragma once

#include <string>
#include <utility>

#include "client/base/secret.h"
#include "server/domain/access/check_permission.h"
#include "server/domain/access/grants.h"
#include "server/domain/access/roles.h"
#include "server/domain/access/service_accounts.h"
#include "server/rpc/page_token.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// signet.v1.AccessService over the use cases. What each method promises stands in its proto file.
class AccessService final : public Service {
 public:
  struct Uses {  // all outlive the service
    domain::Roles& roles;
    domain::Grants& grants;
    domain::CheckPermission& check_permission;
    domain::ServiceAccounts& service_accounts;
    domain::ApiKeys& api_keys;
  };
  // `page_token_key`: at least 32 bytes, the same on every replica.
  AccessService(const Uses& uses, base::Secret page_token_key)
      : uses_(uses), page_tokens_(std::move(page_token_key)) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  void RegisterRoles(MethodRegistry& registry);
  void RegisterGrants(MethodRegistry& registry);
  void RegisterServiceAccounts(MethodRegistry& registry);
  void RegisterApiKeys(MethodRegistry& registry);

  const Uses uses_;
  const PageTokens page_tokens_;
};

}  // namespace signet::rpc
