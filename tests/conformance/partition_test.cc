#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "server/storage/postgres/partition_maintenance.h"
#include "server/storage/postgres/stores/account_store_pg.h"
#include "server/storage/postgres/stores/revocation_store_pg.h"
#include "server/storage/postgres/stores/session_store_pg.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/conformance/samples.h"

namespace signet::conformance {
namespace {

constexpr char kNames[] =
    "SELECT coalesce(string_agg(inhrelid::regclass::text, ' ' ORDER BY inhrelid::regclass::text),"
    "                '') FROM pg_inherits WHERE inhparent = 'signet.lineage_history'::regclass";

class PartitionTest : public testing::Test {
 protected:
  std::string Partitions() { return Ask(database_.owner_conninfo(), kNames).text(); }

  tests::TestDatabase database_;
  storage::StorageObserver observer_;
  std::unique_ptr<storage::ConnectionPool> pool_ = Pool(database_.service_conninfo(), observer_);
  storage::PartitionMaintenance maintenance_{*pool_, {}};
};

// kNow lies in November 2026.
TEST_F(PartitionTest, TheServiceMakesTheNextPartitionsAheadOfTimeAndOnce) {
  const auto first = maintenance_.Run(kNow);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->led);
  EXPECT_EQ(first->made, 3 + 8);
  EXPECT_EQ(Partitions(),
            "signet.lineage_history_default signet.lineage_history_p202611 "
            "signet.lineage_history_p202612 signet.lineage_history_p202701");
  EXPECT_EQ(maintenance_.Run(kNow)->made, 0);
}

TEST_F(PartitionTest, RowsThatCameTooEarlyMoveIntoTheirPartition) {
  const domain::NewAccount ada = Account("ada");
  ASSERT_TRUE(storage::AccountStorePg(*pool_)
                  .Insert(ada, Audited(domain::AuditAction::kRegister),
                          Audited(domain::AuditAction::kRegister))
                  .value());
  storage::SessionStorePg sessions(*pool_);
  const domain::NewSession session = Session(ada);
  ASSERT_TRUE(sessions.Open(session, Audited(domain::AuditAction::kLogin)).value().has_value());
  EXPECT_EQ(Ask(database_.owner_conninfo(), "SELECT count(*) FROM signet.lineage_history_default")
                .number(),
            1);
  ASSERT_TRUE(maintenance_.Run(kNow).ok());
  EXPECT_EQ(Ask(database_.owner_conninfo(), "SELECT count(*) FROM signet.lineage_history_p202611")
                .number(),
            1);
  EXPECT_EQ(sessions.History(ada.user_id, session.session_id).value()->events.size(), 1u);
}

TEST_F(PartitionTest, OldHistoryLeavesAsAWholeMonthAndRecentStays) {
  ASSERT_TRUE(maintenance_.Run(kNow).ok());
  const auto later = maintenance_.Run(kNow + absl::Hours(24 * 125));  // March 2027
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->dropped, 1 + 8);
  EXPECT_THAT(Partitions(), testing::Not(testing::HasSubstr("p202611")));
  EXPECT_THAT(Partitions(), testing::HasSubstr("p202612"));
}

class ExpiredSessionTest : public PartitionTest {
 protected:
  ExpiredSessionTest() {
    EXPECT_TRUE(storage::AccountStorePg(*pool_)
                    .Insert(ada_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
  }

  // Its lineage expires `after` kNow.
  domain::NewSession Open(absl::Duration after) {
    domain::NewSession session = Session(ada_);
    session.lineage_expires_at = kNow + after;
    EXPECT_TRUE(sessions_.Open(session, Audited(domain::AuditAction::kLogin)).value().has_value());
    return session;
  }
  bool IsThere(const domain::NewSession& session) {
    const std::string id = absl::StrCat("'", session.session_id.ToString(), "'");
    const int64_t rows =
        Ask(database_.owner_conninfo(),
            absl::StrCat("SELECT (SELECT count(*) FROM signet.sessions WHERE id = ", id,
                         ") + (SELECT count(*) FROM signet.lineages WHERE session_id = ", id, ")"))
            .number();
    EXPECT_TRUE(rows == 0 || rows == 2) << rows;
    return rows == 2;
  }

  const domain::NewAccount ada_ = Account("ada");
  storage::SessionStorePg sessions_{*pool_};
};

TEST_F(ExpiredSessionTest, LeavesWhenItsHistoryHasGoneAndNotBefore) {
  const auto first = Open(absl::Hours(1));
  const auto second = Open(absl::Hours(2));
  const absl::Time first_leaves = kNow + absl::Hours(1 + 24 * (90 + 31));
  EXPECT_EQ(maintenance_.Run(first_leaves)->removed_sessions, 0);
  EXPECT_TRUE(IsThere(first));
  EXPECT_EQ(maintenance_.Run(first_leaves + absl::Microseconds(1))->removed_sessions, 1);
  EXPECT_FALSE(IsThere(first));
  EXPECT_TRUE(IsThere(second));
}

TEST_F(ExpiredSessionTest, ARunRemovesInSmallStatementsAndStopsAtItsLimit) {
  for (int i = 0; i < 7; ++i) Open(absl::Hours(1));
  storage::PartitionMaintenance small(*pool_, {.sessions_per_statement = 2, .sessions_per_run = 4});
  const absl::Time later = kNow + absl::Hours(24 * 150);
  EXPECT_EQ(small.Run(later)->removed_sessions, 4);
  EXPECT_EQ(small.Run(later)->removed_sessions, 3);
  EXPECT_EQ(small.Run(later)->removed_sessions, 0);
}

TEST_F(ExpiredSessionTest, WhatAnotherReplicaHoldsIsPassedOver) {
  const auto held = Open(absl::Hours(1));
  const auto free = Open(absl::Hours(2));
  auto other = *storage::Connection::Open(database_.owner_conninfo());
  std::string sqlstate;
  const storage::Statement begin{"begin", "BEGIN"};
  ASSERT_TRUE(other->Execute(begin, {}, sqlstate).ok());
  const storage::Statement lock{"lock",
                                "SELECT FROM signet.lineages WHERE session_id = $1 FOR UPDATE"};
  ASSERT_TRUE(other->Execute(lock, storage::Params().Add(held.session_id), sqlstate).ok());
  EXPECT_EQ(maintenance_.Run(kNow + absl::Hours(24 * 150))->removed_sessions, 1);
  EXPECT_TRUE(IsThere(held));
  EXPECT_FALSE(IsThere(free));
}

// Asked to forget everything, the owner's function keeps who is alive, and 31 days more.
TEST_F(ExpiredSessionTest, TheServiceCannotRemoveALiveOne) {
  const auto session = Open(absl::Hours(1));
  const auto remove = [&](absl::string_view now) {
    return Ask(database_.service_conninfo(),
               absl::StrCat("SELECT signet.remove_expired_sessions('", now, "', 'infinity', 10)"))
        .number();
  };
  EXPECT_EQ(remove(absl::FormatTime(kNow + absl::Hours(1 + 24 * 31), absl::UTCTimeZone())), 0);
  EXPECT_EQ(Ask(database_.service_conninfo(), "DELETE FROM signet.sessions").sqlstate, "42501");
  EXPECT_TRUE(IsThere(session));
  EXPECT_EQ(remove(absl::FormatTime(kNow + absl::Hours(2 + 24 * 31), absl::UTCTimeZone())), 1);
}

TEST_F(PartitionTest, RevocationsInForceAreKeptHoweverOld) {
  ASSERT_TRUE(maintenance_.Run(kNow).ok());
  storage::RevocationStorePg revocations(*pool_);
  token::RevocationRecord record;
  record.kind = token::RevocationKind::kKey;
  record.subject = "kid";
  record.recorded_at = kNow;
  record.expires_at = kNow + absl::Hours(24 * 20);
  ASSERT_TRUE(revocations.Append(record).ok());
  const absl::Time later = kNow + absl::Hours(24 * 10);
  ASSERT_EQ(maintenance_.Run(later)->dropped, 7);
  EXPECT_EQ(revocations.ReadAfter(0, later, 10).value().records.size(), 1u);
}

// Asked to forget everything, the owner's function keeps what reuse detection needs.
TEST_F(PartitionTest, TheServiceCannotDropRecentHistory) {
  ASSERT_TRUE(maintenance_.Run(kNow).ok());
  const Answer dropped = Ask(database_.service_conninfo(),
                             "SELECT signet.drop_expired_partitions("
                             "'2026-12-15 00:00+00', 'infinity', 'infinity')");
  EXPECT_EQ(dropped.sqlstate, "");
  EXPECT_THAT(Partitions(), testing::HasSubstr("p202611"));
}

TEST_F(PartitionTest, OneReplicaAtATimeDoesTheWork) {
  auto leader = *storage::Connection::Open(database_.service_conninfo());
  const storage::Statement lead{
      "lead", "SELECT pg_advisory_lock(hashtextextended('signet.partitions', 0))"};
  std::string sqlstate;
  ASSERT_TRUE(leader->Execute(lead, {}, sqlstate).ok());
  const auto result = maintenance_.Run(kNow);
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->led);
  EXPECT_EQ(result->made, 0);
}

}  // namespace
}  // namespace signet::conformance
