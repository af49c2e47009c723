// What makes a refresh single-use under load and cheap: one winner over all servers, shared
// statements, heap-only updates.

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

struct CountingBatches final : storage::StorageObserver {
  void OnRotationBatch(int size) override {
    base::MutexLock lock(mutex);
    sizes.push_back(size);
  }
  base::Mutex mutex;
  std::vector<int> sizes;
};

class RotationTest : public testing::Test {
 protected:
  RotationTest() { EXPECT_TRUE(storage::AccountStorePg(*pool_).Insert(ada_).value()); }

  domain::NewSession Opened(char leaf = '0') {
    domain::NewSession session = Session(ada_);
    session.leaf_hash = Hash(leaf);
    storage::SessionStorePg store(*pool_, observer_);
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
  storage::SessionStorePg here(*pool_, observer_);
  storage::SessionStorePg there(*other_pool, observer_);
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
        const auto grant = (c % 2 == 0 ? here : there).Rotate(rotation);
        ASSERT_TRUE(grant.ok()) << grant.status();
        winners[static_cast<size_t>(round)] += grant->has_value() ? 1 : 0;
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

TEST_F(RotationTest, WhatWaitsTogetherSharesOneStatement) {
  CountingBatches observer;
  storage::RotationBatcher batcher(*pool_, observer, {.max_parallel = 1, .max_batch = 256});
  const domain::NewSession locked = Opened();
  std::vector<domain::NewSession> others;
  for (int i = 0; i < 10; ++i) others.push_back(Opened());

  auto blocker = *storage::Connection::Open(database_.owner_conninfo());
  const storage::Statement begin{"begin", "BEGIN"};
  const storage::Statement lock{"lock",
                                "SELECT FROM signet.lineages WHERE session_id = $1 FOR UPDATE"};
  const storage::Statement commit{"commit", "COMMIT"};
  std::string sqlstate;
  ASSERT_TRUE(blocker->Execute(begin, {}, sqlstate).ok());
  ASSERT_TRUE(blocker->Execute(lock, storage::Params().Add(locked.session_id), sqlstate).ok());

  std::atomic<int> granted = 0;
  std::vector<std::thread> clients;
  const auto refresh = [&](const domain::NewSession& session) {
    const auto grant = batcher.Rotate(Rotate(session, 0, Hash('0'), Hash('1'), kNow));
    ASSERT_TRUE(grant.ok() && grant->has_value());
    EXPECT_EQ((*grant)->session_id, session.session_id);
    ++granted;
  };
  clients.emplace_back([&] { refresh(locked); });
  while (true) {  // until the first statement waits for the blocker
    base::MutexLock guard(observer.mutex);
    if (!observer.sizes.empty()) break;
    std::this_thread::yield();
  }
  for (const auto& session : others) clients.emplace_back([&] { refresh(session); });
  while (batcher.waiting() < others.size()) std::this_thread::yield();
  ASSERT_TRUE(blocker->Execute(commit, {}, sqlstate).ok());
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(granted, 11);
  EXPECT_THAT(observer.sizes, testing::ElementsAre(1, 10));
}

TEST_F(RotationTest, OfOneTokenPresentedTwiceInOneStatementTheFirstIsGranted) {
  CountingBatches observer;
  storage::RotationBatcher batcher(*pool_, observer, {.max_parallel = 1, .max_batch = 256});
  std::atomic<int> granted = 0;
  const domain::NewSession session = Opened();
  std::vector<std::thread> clients;
  for (int i = 0; i < 32; ++i) {
    clients.emplace_back([&] {
      granted +=
          batcher.Rotate(Rotate(session, 0, Hash('0'), Hash('1'), kNow))->has_value() ? 1 : 0;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(granted, 1);
}

TEST_F(RotationTest, AWrongGuessBesideTheRightTokenDoesNotSpoilIt) {
  storage::RotationBatcher batcher(*pool_, observer_, {});
  for (int round = 0; round < 20; ++round) {
    const domain::NewSession session = Opened();
    bool right = false;
    bool wrong = false;
    std::thread guess([&] {
      wrong = batcher.Rotate(Rotate(session, 0, Hash('!'), Hash('?'), kNow))->has_value();
    });
    right = batcher.Rotate(Rotate(session, 0, Hash('0'), Hash('1'), kNow))->has_value();
    guess.join();
    EXPECT_TRUE(right);
    EXPECT_FALSE(wrong);
  }
}

// a refresh touches one heap page of the hot table and no index.
TEST_F(RotationTest, RotationsAreHeapOnlyUpdates) {
  const auto single = Pool(database_.service_conninfo(), observer_, 1);
  storage::SessionStorePg store(*single, observer_);
  std::vector<domain::NewSession> sessions;
  for (int i = 0; i < 40; ++i) sessions.push_back(Opened('A'));
  for (int generation = 0; generation < 25; ++generation) {
    for (const auto& session : sessions) {
      const char leaf = static_cast<char>('A' + generation);
      ASSERT_TRUE(store
                      .Rotate(Rotate(session, generation, Hash(leaf),
                                     Hash(static_cast<char>(leaf + 1)), kNow))
                      ->has_value());
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
