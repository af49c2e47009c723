// what each operation costs the database, counted by the database (pg_stat_statements).

#include "server/storage/postgres/stores/account_store_pg.h"
#include "server/storage/postgres/stores/attempt_store_pg.h"
#include "server/storage/postgres/stores/revocation_store_pg.h"
#include "server/storage/postgres/stores/session_store_pg.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/conformance/samples.h"

namespace signet::conformance {
namespace {

class StatementCountTest : public testing::Test {
 protected:
  StatementCountTest() {
    EXPECT_EQ(Ask(database_.owner_conninfo(), "CREATE EXTENSION pg_stat_statements").sqlstate, "");
    EXPECT_TRUE(accounts_
                    .Insert(ada_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
    EXPECT_TRUE(sessions_.Open(session_, Audited(domain::AuditAction::kLogin)).value().has_value());
  }

  // Statements of the service in this database while `operation` runs.
  template <typename Operation>
  int64_t Statements(Operation operation) {
    const int64_t before = Count();
    operation();
    return Count() - before;
  }

  int64_t Count() {
    return Ask(database_.owner_conninfo(),
               "SELECT coalesce(sum(s.calls), 0)::bigint FROM pg_stat_statements AS s"
               "  JOIN pg_database AS d ON d.oid = s.dbid AND d.datname = current_database()"
               " WHERE s.userid = 'signet_service'::regrole")
        .number();
  }

  const domain::NewAccount ada_ = Account("ada");
  const domain::NewSession session_ = Session(ada_);
  tests::TestDatabase database_;
  storage::StorageObserver observer_;
  std::unique_ptr<storage::ConnectionPool> pool_ = Pool(database_.service_conninfo(), observer_);
  storage::AccountStorePg accounts_{*pool_};
  storage::AttemptStorePg attempts_{*pool_};
  storage::SessionStorePg sessions_{*pool_};
  storage::RevocationStorePg revocations_{*pool_};
};

TEST_F(StatementCountTest, ALoginIsTwo) {
  EXPECT_EQ(
      Statements([&] {
        const domain::LoginAttempt attempt{"ada@example.com", {}, std::nullopt, false, kNow};
        const auto admission = attempts_.Admit(attempt, domain::GuardPolicy());
        ASSERT_TRUE(admission.ok() && admission->account);
        domain::NewSession session = Session(ada_);
        session.door = admission->key;
        session.attempts_settled = 1;
        ASSERT_TRUE(
            sessions_.Open(session, Audited(domain::AuditAction::kLogin)).value().has_value());
      }),
      2);
}

TEST_F(StatementCountTest, ARefreshIsOne) {
  EXPECT_EQ(Statements([&] {
              ASSERT_TRUE(
                  RotateIn(sessions_, Rotate(session_, 0, Hash('0'), Hash('1'), kNow)).has_value());
            }),
            1);
}

TEST_F(StatementCountTest, RefreshesThatWaitTogetherAreOneAndTheirReplaysTwoMore) {
  const domain::NewSession other = Session(ada_);
  ASSERT_TRUE(sessions_.Open(other, Audited(domain::AuditAction::kLogin)).value().has_value());
  const std::vector<domain::Rotation> together = {Rotate(session_, 0, Hash('0'), Hash('1'), kNow),
                                                  Rotate(other, 0, Hash('0'), Hash('1'), kNow),
                                                  Rotate(other, 0, Hash('0'), Hash('1'), kNow)};
  EXPECT_EQ(Statements([&] { ASSERT_TRUE(sessions_.Rotate(together).ok()); }), 1);
  const std::vector<domain::Presented> presented = {together[1].presented, together[2].presented};
  EXPECT_EQ(
      Statements([&] {
        ASSERT_TRUE(sessions_.ReadAll(presented).ok());
        ASSERT_TRUE(
            sessions_.RecordReplays({{presented[0], {}, kNow}, {presented[1], {}, kNow}}).ok());
      }),
      2);
}

TEST_F(StatementCountTest, ALogoutIsOne) {
  EXPECT_EQ(
      Statements([&] {
        ASSERT_TRUE(sessions_
                        .End(ada_.user_id, session_.session_id, domain::EndReason::kLogout, {},
                             kNow, kExpires, std::nullopt, Audited(domain::AuditAction::kLogout))
                        .value());
      }),
      1);
}

TEST_F(StatementCountTest, ALogoutOfEverythingIsOne) {
  EXPECT_EQ(Statements([&] {
              ASSERT_EQ(sessions_
                            .EndAll(ada_.user_id, domain::EndReason::kLogoutAll, kNow, kNow,
                                    kExpires, Audited(domain::AuditAction::kLogoutAll))
                            .value(),
                        1);
            }),
            1);
}

TEST_F(StatementCountTest, CatchingUpWithRevocationsIsOne) {
  EXPECT_EQ(Statements([&] { ASSERT_TRUE(revocations_.ReadAfter(0, kNow, 100).ok()); }), 1);
}

}  // namespace
}  // namespace signet::conformance
