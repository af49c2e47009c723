// The pool and the change feed when PostgreSQL is slow, full, restarted or gone.

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/base/error.h"
#include "server/domain/call_deadline.h"
#include "server/storage/postgres/stores/change_feed_pg.h"
#include "server/storage/postgres/stores/revocation_store_pg.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/conformance/samples.h"

namespace signet::conformance {
namespace {

constexpr storage::Statement kOne{"one", "SELECT 1"};
constexpr storage::Statement kSleep{"sleep", "SELECT pg_sleep(60)"};
constexpr storage::Statement kLock{"lock", "SELECT pg_advisory_lock(7)"};
constexpr storage::Statement kPid{"pid", "SELECT pg_backend_pid()"};

class PoolTest : public testing::Test {
 protected:
  bool Answers() { return pool_->Execute(kOne, {}).ok(); }

  tests::TestDatabase database_;
  storage::StorageObserver observer_;
  std::unique_ptr<storage::ConnectionPool> pool_ = Pool(database_.service_conninfo(), observer_, 1);
};

TEST_F(PoolTest, ItsObserverHearsWhatIsInUseAndWhatIsIdle) {
  struct Recording final : storage::StorageObserver {
    void OnLease(absl::Duration, Connections now) override { heard.push_back(now); }
    void OnRelease(Connections now) override { heard.push_back(now); }
    std::vector<Connections> heard;
  } recording;
  const auto pool = Pool(database_.service_conninfo(), recording, 1);
  ASSERT_TRUE(pool->Execute(kOne, {}).ok());
  ASSERT_EQ(recording.heard.size(), 2u);
  EXPECT_EQ(recording.heard[0].in_use, 1);
  EXPECT_EQ(recording.heard[0].idle, 0);
  EXPECT_EQ(recording.heard[1].in_use, 0);
  EXPECT_EQ(recording.heard[1].idle, 1);
}

// Its connection goes with it: the cancellation travels on its own, and could hit the next caller.
TEST_F(PoolTest, AStatementPastTheCallsDeadlineIsCancelled) {
  const int64_t pid = pool_->Execute(kPid, {})->Int64(0, 0);
  const absl::Time start = absl::Now();
  {
    const domain::ScopedCallDeadline deadline(start + absl::Milliseconds(50));
    EXPECT_EQ(pool_->Execute(kSleep, {}).status().code(), absl::StatusCode::kDeadlineExceeded);
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(30));
  EXPECT_NE(pool_->Execute(kPid, {})->Int64(0, 0), pid);
}

TEST_F(PoolTest, ACallWhoseDeadlinePassedCostsNoStatement) {
  const domain::ScopedCallDeadline deadline(absl::Now() - absl::Milliseconds(1));
  EXPECT_EQ(pool_->Execute(kOne, {}).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(PoolTest, WithEveryConnectionTakenACallIsRefusedWithATimeToRetry) {
  storage::ConnectionPool::Options options;
  options.conninfo = database_.service_conninfo();
  options.size = 1;
  options.lease_timeout = absl::Milliseconds(20);
  const auto small = *storage::ConnectionPool::Create(options, observer_);
  auto blocker = *storage::Connection::Open(database_.service_conninfo());
  std::string sqlstate;
  ASSERT_TRUE(blocker->Execute(kLock, {}, sqlstate).ok());
  std::thread taker([&] { EXPECT_TRUE(small->Execute(kLock, {}).ok()); });
  while (small->in_use() == 0) std::this_thread::yield();
  const absl::Status refused = small->Execute(kOne, {}).status();
  EXPECT_EQ(base::ErrorReason(refused), "STORAGE_UNAVAILABLE");
  EXPECT_TRUE(base::RetryAfter(refused).has_value());
  blocker.reset();  // lets the taker have the lock
  taker.join();
  EXPECT_TRUE(small->Execute(kOne, {}).ok());
}

TEST_F(PoolTest, AKilledIdleConnectionIsReplacedWithoutAnError) {
  const int64_t pid = pool_->Execute(kPid, {})->Int64(0, 0);
  const std::string victim = std::to_string(pid);
  Ask(database_.owner_conninfo(), "SELECT pg_terminate_backend(" + victim + ", 10000)");
  const auto next = pool_->Execute(kPid, {});
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_NE(next->Int64(0, 0), pid);
  EXPECT_TRUE(pool_->healthy());
}

TEST_F(PoolTest, AConnectionKilledUnderAStatementIsNotUsedAgain) {
  const int64_t pid = pool_->Execute(kPid, {})->Int64(0, 0);
  // OFFSET 0 keeps the termination from being tried on other sessions.
  const std::string kill =
      "SELECT pg_terminate_backend(pid)::int FROM (SELECT pid FROM pg_stat_activity WHERE pid = " +
      std::to_string(pid) + " AND wait_event = 'PgSleep' OFFSET 0) AS asleep";
  std::thread killer([&] {
    while (Ask(database_.owner_conninfo(), kill).number() != 1) {
    }
  });
  const auto killed = pool_->Execute(kSleep, {});
  killer.join();
  EXPECT_EQ(base::ErrorReason(killed.status()), "STORAGE_UNAVAILABLE");
  EXPECT_TRUE(Answers());
}

TEST_F(PoolTest, WithoutADatabaseCallsAreRefusedAtOnceAndItRecoversByItself) {
  ASSERT_TRUE(Answers());
  ASSERT_TRUE(tests::Cluster().Crash().ok());
  for (int i = 0; i < 100; ++i) {
    const absl::Status refused = pool_->Execute(kOne, {}).status();
    EXPECT_EQ(base::ErrorReason(refused), "STORAGE_UNAVAILABLE");
    EXPECT_TRUE(base::RetryAfter(refused).has_value());
  }
  EXPECT_FALSE(pool_->healthy());
  ASSERT_TRUE(tests::Cluster().Restart().ok());
  const absl::Time patience = absl::Now() + absl::Seconds(60);
  while (!pool_->healthy() && absl::Now() < patience) std::this_thread::yield();
  EXPECT_TRUE(Answers());
}

TEST_F(PoolTest, APoolWithoutADatabaseStartsClosed) {
  const auto pool = Pool("host=/nonexistent dbname=none", observer_);
  EXPECT_EQ(base::ErrorReason(pool->Execute(kOne, {}).status()), "STORAGE_UNAVAILABLE");
  EXPECT_FALSE(pool->healthy());
}

// A NUL would cut the value on its way: "admin\0x" must never be looked up as "admin".
TEST_F(PoolTest, ATextWithANulByteIsRefused) {
  const storage::Statement echo{"echo", "SELECT $1::text"};
  storage::Params params;
  params.Add(absl::string_view("admin\0x", 7));
  EXPECT_EQ(base::ErrorReason(pool_->Execute(echo, params).status()), "FIELD_INVALID");
}

// As standbys say of themselves when a client connects.
std::string TwoThatOnlyRead(const std::string& conninfo) {
  const std::vector<std::string> parts = absl::StrSplit(conninfo, '\'');  // host='…' and more
  return absl::StrCat(conninfo, " host='", parts[1], ",", parts[1],
                      "' options='-c default_transaction_read_only=on'");
}

//
TEST_F(PoolTest, OfSeveralHostsNoneThatOnlyReadsIsTaken) {
  const std::string two = TwoThatOnlyRead(database_.service_conninfo());
  EXPECT_EQ(base::ErrorReason(Pool(two, observer_)->Execute(kOne, {}).status()),
            "STORAGE_UNAVAILABLE");
  EXPECT_TRUE(Pool(two + " target_session_attrs=any", observer_)->Execute(kOne, {}).ok());
  const auto feed = *storage::ChangeFeedPg::Create(two);
  EXPECT_FALSE(feed->Wait(absl::ZeroDuration()).ok());
}

// the next statement may get another connection, which knows nothing of this one's.
TEST_F(PoolTest, BehindAPoolerNothingIsPreparedAndNoSettingIsSent) {
  constexpr storage::Statement prepared{"count", "SELECT count(*) FROM pg_prepared_statements"};
  constexpr storage::Statement setting{"setting", "SELECT current_setting('enable_seqscan')"};
  EXPECT_GT(pool_->Execute(prepared, {})->Int64(0, 0), 0);
  EXPECT_EQ(pool_->Execute(setting, {})->String(0, 0), "off");
  storage::ConnectionPool::Options options;
  options.conninfo = database_.service_conninfo();
  options.size = 1;
  options.transaction_pooler = true;
  const auto pooled = *storage::ConnectionPool::Create(options, observer_);
  EXPECT_EQ(pooled->Execute(prepared, {})->Int64(0, 0), 0);
  EXPECT_EQ(pooled->Execute(setting, {})->String(0, 0), "on");
  const storage::Statement echo{"echo", "SELECT $1::text, $2::text"};
  storage::Params params;
  params.Add(absl::string_view("it's")).AddNull();
  const auto echoed = pooled->Execute(echo, params);
  ASSERT_TRUE(echoed.ok()) << echoed.status();
  EXPECT_EQ(echoed->String(0, 0), "it's");
  EXPECT_TRUE(echoed->IsNull(0, 1));
}

// credentials that end are replaced under calls, and no call notices.
TEST_F(PoolTest, AnotherLoginIsUsedByNewConnectionsAndTheOldOnesEnd) {
  constexpr storage::Statement who{"who", "SELECT session_user::text"};
  const std::string before = pool_->Execute(who, {})->String(0, 0);
  Ask(database_.owner_conninfo(),
      "CREATE ROLE leased LOGIN PASSWORD 'it''s' IN ROLE signet_service");
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!stop) failed += pool_->Execute(kOne, {}).ok() ? 0 : 1;
    });
  }
  EXPECT_TRUE(pool_->LogInAs("leased", base::Secret("it's")).ok());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(pool_->Execute(who, {})->String(0, 0), "leased");
  // Whoever cannot log in replaces nobody.
  EXPECT_EQ(base::ErrorReason(pool_->LogInAs("nobody-there", base::Secret("x"))),
            "STORAGE_UNAVAILABLE");
  EXPECT_EQ(pool_->Execute(who, {})->String(0, 0), "leased");
  EXPECT_TRUE(pool_->LogInAs(before, base::Secret()).ok());
  EXPECT_EQ(pool_->Execute(who, {})->String(0, 0), before);
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0);
  EXPECT_TRUE(pool_->healthy());
  while (Ask(database_.owner_conninfo(),
             "SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'leased'")
             .number() != 0) {
  }
  Ask(database_.owner_conninfo(), "DROP ROLE leased");
}

class ChangeFeedTest : public PoolTest {
 protected:
  ChangeFeedTest() { EXPECT_TRUE(feed_->Wait(absl::ZeroDuration()).ok()); }  // connects

  void Append() {
    token::RevocationRecord record;
    record.subject = "jti";
    record.recorded_at = kNow;
    record.expires_at = kExpires;
    ASSERT_TRUE(storage::RevocationStorePg(*pool_).Append(record).ok());
  }

  std::unique_ptr<storage::ChangeFeedPg> feed_ =
      *storage::ChangeFeedPg::Create(database_.service_conninfo());
};

//
TEST_F(ChangeFeedTest, ACommittedRevocationEndsTheWait) {
  Append();
  const absl::Time start = absl::Now();
  EXPECT_TRUE(feed_->Wait(absl::Minutes(5)).ok());
  EXPECT_LT(absl::Now() - start, absl::Minutes(1));
}

TEST_F(ChangeFeedTest, AnInterruptEndsTheWaitThatIsOrTheNextOne) {
  feed_->Interrupt();
  EXPECT_TRUE(feed_->Wait(absl::Minutes(5)).ok());
  std::thread other([&] { feed_->Interrupt(); });
  EXPECT_TRUE(feed_->Wait(absl::Minutes(5)).ok());
  other.join();
}

// the connection that listens is replaced too, and what came meanwhile is looked for.
TEST_F(ChangeFeedTest, ANewLoginEndsTheWaitAndListensAnew) {
  std::thread other([&] { feed_->LogInAs("signet_unknown", base::Secret()); });
  EXPECT_TRUE(feed_->Wait(absl::Minutes(5)).ok());
  other.join();
  EXPECT_FALSE(feed_->Wait(absl::ZeroDuration()).ok()) << "it listens as nobody";
}

// where only a pooler leads to PostgreSQL.
TEST_F(ChangeFeedTest, WhoListensNowhereWaitsForTheTimeOrAnInterrupt) {
  const auto deaf = *storage::ChangeFeedPg::Create("");
  const absl::Time start = absl::Now();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(deaf->Wait(absl::Milliseconds(20)).ok());
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(40));
  deaf->Interrupt();
  EXPECT_TRUE(deaf->Wait(absl::Minutes(5)).ok());
  EXPECT_LT(absl::Now() - start, absl::Minutes(1));
}

TEST_F(ChangeFeedTest, ALostConnectionIsAnErrorOnceAndTheNextWaitTriesANewOne) {
  Ask(database_.owner_conninfo(),
      "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
      " WHERE application_name = 'signetd changes'");
  EXPECT_FALSE(feed_->Wait(absl::Minutes(5)).ok());
  EXPECT_TRUE(feed_->Wait(absl::Minutes(5)).ok())
      << "returns at once: changes may have been missed";
  Append();
  EXPECT_TRUE(feed_->Wait(absl::Minutes(5)).ok());
}

}  // namespace
}  // namespace signet::conformance
