// What makes a refresh single-use under load and cheap: one winner over all servers, no deadlock
// between batches, heap-only updates.

#include <algorithm>
#include <atomic>
#include <barrier>
#include <thread>

#include <gmock/gmock.h>

#include "server/storage/postgres/stores/account_store_pg.h"
#include "server/storage/postgres/stores/session_store_pg.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/conformance/samples.h"

namespace signet::conformance {
namespace {

class RotationTest : public testing::Test {
 protected:
  RotationTest() {
    EXPECT_TRUE(storage::AccountStorePg(*pool_)
                    .Insert(ada_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
  }

  domain::NewSession Opened(char leaf = '0') {
    domain::NewSession session = Session(ada_);
    session.leaf_hash = Hash(leaf);
    storage::SessionStorePg store(*pool_);
    EXPECT_TRUE(store.Open(session, Audited(domain::AuditAction::kLogin)).value().has_value());
    return session;
  }

  const domain::NewAccount ada_ = Account("ada");
  tests::TestDatabase database_;
  storage::StorageObserver observer_;
  std::unique_ptr<storage::ConnectionPool> pool_ = Pool(database_.service_conninfo(), observer_);
};

// 64 clients, two servers, 200 times.
TEST_F(RotationTest, SixtyFourRefreshesOfOneTokenOnTwoServersHaveExactlyOneWinnerEveryTime) {
  constexpr int kRounds = 200;
  constexpr int kClients = 64;
  const auto other_pool = Pool(database_.service_conninfo(), observer_);
  storage::SessionStorePg here(*pool_);
  storage::SessionStorePg there(*other_pool);
  const domain::NewSession session = Opened('A');
  std::vector<std::atomic<int>> winners(kRounds);
  std::barrier<> round_begins(kClients);
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      for (int round = 0; round < kRounds; ++round) {
        round_begins.arrive_and_wait();
        const auto hash = [](int generation) {
          return Hash(static_cast<char>('A' + generation % 26));
        };
        const auto rotation = Rotate(session, round, hash(round), hash(round + 1), kNow);
        const auto grants = (c % 2 == 0 ? here : there).Rotate(absl::MakeConstSpan(&rotation, 1));
        ASSERT_TRUE(grants.ok()) << grants.status();
        winners[static_cast<size_t>(round)] += grants->front() ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  for (const auto& won : winners) EXPECT_EQ(won, 1);
  EXPECT_EQ(here.Read(Present(session, 0, "")).value()->generation, kRounds);
  EXPECT_EQ(
      Ask(database_.owner_conninfo(), "SELECT count(*) FROM signet.lineage_history WHERE kind = 2")
          .number(),
      kRounds);
}

// Two servers whose batches meet on many lineages lock them in one order.
TEST_F(RotationTest, BatchesOfTwoServersThatMeetNeverDeadlock) {
  constexpr int kRounds = 100;
  constexpr size_t kLineages = 64;
  const auto other_pool = Pool(database_.service_conninfo(), observer_);
  storage::SessionStorePg here(*pool_);
  storage::SessionStorePg there(*other_pool);
  std::vector<domain::NewSession> sessions;
  for (size_t i = 0; i < kLineages; ++i) sessions.push_back(Opened('A'));
  const auto hash = [](int generation) { return Hash(static_cast<char>('A' + generation % 26)); };
  std::vector<std::atomic<int>> winners(kRounds * kLineages);
  std::barrier<> round_begins(4);
  const auto serve = [&](storage::SessionStorePg& store, bool backwards) {
    for (int round = 0; round < kRounds; ++round) {
      std::vector<domain::Rotation> batch;
      for (const auto& session : sessions) {
        batch.push_back(Rotate(session, round, hash(round), hash(round + 1), kNow));
      }
      if (backwards) std::reverse(batch.begin(), batch.end());
      round_begins.arrive_and_wait();
      const auto grants = store.Rotate(batch);
      ASSERT_TRUE(grants.ok()) << grants.status();
      for (size_t i = 0; i < kLineages; ++i) {
        const size_t lineage = backwards ? kLineages - 1 - i : i;
        winners[static_cast<size_t>(round) * kLineages + lineage] += (*grants)[i] ? 1 : 0;
      }
      round_begins.arrive_and_wait();
    }
  };
  std::vector<std::thread> servers;
  for (const bool backwards : {false, true}) {
    servers.emplace_back([&, backwards] { serve(here, backwards); });
    servers.emplace_back([&, backwards] { serve(there, backwards); });
  }
  for (std::thread& server : servers) server.join();
  for (const auto& won : winners) EXPECT_EQ(won, 1);
}

// a refresh touches one heap page of the hot table and no index.
TEST_F(RotationTest, RotationsAreHeapOnlyUpdates) {
  const auto single = Pool(database_.service_conninfo(), observer_, 1);
  storage::SessionStorePg store(*single);
  std::vector<domain::NewSession> sessions;
  for (int i = 0; i < 40; ++i) sessions.push_back(Opened('A'));
  for (int generation = 0; generation < 25; ++generation) {
    for (const auto& session : sessions) {
      const char leaf = static_cast<char>('A' + generation);
      ASSERT_TRUE(RotateIn(store, Rotate(session, generation, Hash(leaf),
                                         Hash(static_cast<char>(leaf + 1)), kNow))
                      .has_value());
    }
  }
  static constexpr storage::Statement kFlush{"flush", "SELECT pg_stat_force_next_flush()"};
  ASSERT_TRUE(single->Execute(kFlush, {}).ok());
  ASSERT_TRUE(single->Execute({"next", "SELECT 1"}, {}).ok());
  const int64_t hot_percent =
      Ask(database_.owner_conninfo(),
          "SELECT (100 * n_tup_hot_upd / n_tup_upd)::bigint FROM pg_stat_user_tables"
          " WHERE schemaname = 'signet' AND relname = 'lineages' AND n_tup_upd = 1000")
          .number();
  EXPECT_GE(hot_percent, 95);
}

}  // namespace
}  // namespace signet::conformance
