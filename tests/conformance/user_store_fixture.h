#pragma once

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/conformance/stores.h"

namespace signet::conformance {

inline domain::UserStore::Closing ClosingTo(domain::AccountStatus status) {
  return {status,
          status == domain::AccountStatus::kDeleted ? domain::EndReason::kAccountDeleted
                                                    : domain::EndReason::kAccountDisabled,
          kNow, kNow + absl::Seconds(1), kExpires};
}

template <typename Stores>
class PeopleStoreTest : public testing::Test {
 protected:
  domain::NewAccount Inserted(const std::string& name, absl::Time created = kNow,
                              std::vector<std::string> roles = {}) {
    domain::NewAccount account = Account(name);
    account.user_id = base::UserId::New(created);
    account.created_at = created;
    account.roles = std::move(roles);
    EXPECT_TRUE(stores_.accounts
                    .Insert(account, Audited(domain::AuditAction::kRegister, account.user_id),
                            Audited(domain::AuditAction::kRegister))
                    .value());
    return account;
  }
  domain::AccountClosing Close(const domain::NewAccount& account, domain::AccountStatus status) {
    return stores_.users
        .Close(account.user_id, ClosingTo(status), Audited(domain::AuditAction::kDisableUser))
        .value();
  }
  std::vector<std::string> Names(const domain::UserFilter& filter, int limit = 100,
                                 const std::optional<domain::UserPosition>& after = {}) {
    std::vector<std::string> names;
    const std::vector<domain::User> users = stores_.users.List(filter, after, limit).value();
    for (const domain::User& user : users) {
      names.push_back(user.email.substr(0, user.email.find('@')));
    }
    return names;
  }
  std::vector<domain::SessionSummary> Live(const domain::NewAccount& account) {
    return stores_.sessions.List(account.user_id, std::nullopt, 100, kNow, kNoneIdle).value();
  }

  Stores stores_;
};
}  // namespace signet::conformance
