// what only the database can promise: that no statement gets past the last administrator,
// and that grants which have expired are cleared away.

#include "server/storage/postgres/stores/access_store_pg.h"
#include "server/storage/postgres/stores/account_store_pg.h"
#include "server/storage/postgres/stores/api_key_uses_pg.h"
#include "server/storage/postgres/stores/service_account_store_pg.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/conformance/samples.h"

namespace signet::conformance {
namespace {

class AccessRowsTest : public testing::Test {
 protected:
  domain::NewAccount Inserted(const std::string& name, std::vector<std::string> roles) {
    domain::NewAccount account = Account(name);
    account.roles = std::move(roles);
    EXPECT_TRUE(accounts_
                    .Insert(account, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
    return account;
  }
  std::string Sqlstate(const std::string& sql) {
    return Ask(database_.service_conninfo(), sql).sqlstate;
  }
  std::string Owner(const std::string& sql) { return Ask(database_.owner_conninfo(), sql).text(); }

  tests::TestDatabase database_;
  storage::StorageObserver observer_;
  std::unique_ptr<storage::ConnectionPool> pool_ = Pool(database_.service_conninfo(), observer_);
  storage::AccountStorePg accounts_{*pool_};
  storage::AccessStorePg access_{*pool_};
};

TEST_F(AccessRowsTest, NoStatementRemovesTheLastAdministrator) {
  const auto root = Inserted("root", {"admin"});
  const std::string id = root.user_id.ToString();
  EXPECT_EQ(Sqlstate("UPDATE signet.users SET status = 2"), "SG001");
  EXPECT_EQ(Sqlstate("UPDATE signet.users SET roles = '{auditor}'"), "SG001");
  EXPECT_EQ(Ask(database_.owner_conninfo(), "DELETE FROM signet.password_credentials").sqlstate,
            "");
  EXPECT_EQ(Ask(database_.owner_conninfo(), "DELETE FROM signet.users").sqlstate, "SG001");
  EXPECT_EQ(Sqlstate("UPDATE signet.users SET not_before = now(), roles = '{admin,auditor}'"), "");
  Inserted("other", {"admin"});
  EXPECT_EQ(Sqlstate("UPDATE signet.users SET status = 2 WHERE id = '" + id + "'"), "");
}

TEST_F(AccessRowsTest, ExpiredGrantsAreClearedAway) {
  const auto root = Inserted("root", {"admin"});
  const auto ada = Inserted("ada", {});
  const domain::SubjectId subject(ada.user_id.uuid());
  const domain::Authority by{root.user_id, kNow, {"access.manage"}};
  ASSERT_EQ(access_
                .Grant(by, {subject, "auditor", kNow + absl::Hours(1)}, {}, kNow, kExpires,
                       Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            domain::AccessOutcome::kDone);
  ASSERT_EQ(access_
                .Grant(by, {subject, "admin", kNow + absl::Hours(3)}, {}, kNow, kExpires,
                       Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            domain::AccessOutcome::kDone);
  const auto clear = [&](absl::Time now) {
    return Ask(database_.service_conninfo(),
               "SELECT signet.remove_expired_grants('" + storage::TimestampText(now) + "', 10)")
        .number();
  };
  EXPECT_EQ(clear(kNow), 0);
  EXPECT_EQ(clear(kNow + absl::Hours(1)), 1);
  EXPECT_EQ(Owner("SELECT roles FROM signet.users WHERE id = '" + ada.user_id.ToString() + "'"),
            "{admin}");
  EXPECT_EQ(clear(kNow + absl::Hours(3)), 1);
  EXPECT_EQ(clear(kNow + absl::Hours(3)), 0);
  EXPECT_EQ(Owner("SELECT roles FROM signet.users WHERE id = '" + ada.user_id.ToString() + "'"),
            "{}");
  EXPECT_EQ(Owner("SELECT count(*) FROM signet.role_grants"), "0");
}

// lazily, and no row more than once a minute.
TEST_F(AccessRowsTest, TheUseOfAKeyIsWrittenOnceAMinute) {
  const auto root = Inserted("root", {"admin"});
  const domain::Authority by{root.user_id, kNow, {}};
  storage::ServiceAccountStorePg store(*pool_);
  domain::ServiceAccount account;
  account.id = domain::ServiceAccountId::New(kNow);
  account.name = "billing";
  account.created_at = kNow;
  ASSERT_TRUE(store.CreateAccount(by, account, Audited(domain::AuditAction::kRoleGrant)).ok());
  domain::ApiKeyRecord key;
  key.id = domain::ApiKeyId::New(kNow);
  key.account = account.id;
  key.created_at = kNow;
  ASSERT_TRUE(store.CreateKey(by, key, Hash('k'), Audited(domain::AuditAction::kRoleGrant)).ok());
  storage::ApiKeyUsesPg uses(*pool_);
  const auto used_at = [&](absl::Duration after) {
    uses.Note(key.id, kNow + after);
    uses.Note(domain::ApiKeyId::New(kNow), kNow);  // of a key that is gone
    EXPECT_TRUE(uses.Flush().ok());
    return store.FindKey(key.id).value()->last_used_at;
  };
  EXPECT_EQ(used_at(absl::ZeroDuration()), kNow);
  EXPECT_EQ(used_at(absl::Seconds(59)), kNow);
  EXPECT_EQ(used_at(absl::Seconds(61)), kNow + absl::Seconds(61));
  EXPECT_EQ(used_at(absl::Seconds(-60)), kNow + absl::Seconds(61));
}

// The version before this one writes the first administrator without a grant.
TEST_F(AccessRowsTest, AnAdministratorOfBeforeCounts) {
  domain::NewAccount root = Account("root");
  root.roles = {"admin"};
  ASSERT_TRUE(
      accounts_
          .InsertFirstAdministrator(root, Audited(domain::AuditAction::kBootstrapAdministrator))
          .value());
  EXPECT_EQ(Sqlstate("UPDATE signet.users SET status = 2"), "SG001");
  const auto held = access_.ReadAccess(domain::SubjectId(root.user_id.uuid())).value();
  ASSERT_EQ(held->held.size(), 1u);
  EXPECT_EQ(held->held[0].expires_at, absl::InfiniteFuture());
}

}  // namespace
}  // namespace signet::conformance
