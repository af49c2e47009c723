#pragma once

#include <string>

#include "client/base/secret.h"
#include "server/domain/abuse/unlock_account.h"
#include "server/domain/people/close_account.h"
#include "server/domain/people/import_users.h"
#include "server/domain/people/personal_data.h"
#include "server/domain/people/read_users.h"
#include "server/domain/people/update_user.h"
#include "server/rpc/service.h"
#include "server/rpc/user_page_token.h"

namespace signet::rpc {

// signet.v1.UserService over the use cases. What each method promises stands in its proto file.
class UserService final : public Service {
 public:
  // What it calls; all of it outlives the service.
  struct Uses {
    domain::ReadUsers& read;
    domain::UpdateUser& update;
    domain::CloseAccount& close;
    domain::UnlockAccount& unlock;
    domain::ImportUsers& import;
    domain::PersonalData& personal_data;
  };

  // `page_token_key`: at least 32 bytes, the same on every replica.
  UserService(const Uses& uses, base::Secret page_token_key)
      : uses_(uses), page_tokens_(std::move(page_token_key)) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  const Uses uses_;
  const UserPageTokens page_tokens_;
};

}  // namespace signet::rpc
