#include "client/crypto/context_pool.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace signet::crypto {
namespace {

std::atomic<int> alive{0};
struct Context {
  Context() { ++alive; }
  ~Context() { --alive; }
  std::atomic<bool> in_use{false};
};
using Pool = ContextPool<std::unique_ptr<Context>>;

TEST(ContextPool, GivesBackWhatWasPutAndNothingTwice) {
  Pool pool;
  EXPECT_EQ(pool.Take(), nullptr);
  auto context = std::make_unique<Context>();
  const Context* const put = context.get();
  pool.Put(std::move(context));
  EXPECT_EQ(pool.Take().get(), put);
  EXPECT_EQ(pool.Take(), nullptr);
}

TEST(ContextPool, FreesWhatItHoldsAndWhatItHasNoRoomFor) {
  {
    Pool pool;
    for (int i = 0; i < 100; ++i) pool.Put(std::make_unique<Context>());
    EXPECT_LT(alive, 100);
    EXPECT_GT(alive, 0);
  }
  EXPECT_EQ(alive, 0);
}

TEST(ContextPool, NeverGivesOneContextToTwoThreads) {
  Pool pool;
  std::atomic<int> shared{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        auto context = pool.Take();
        if (!context) context = std::make_unique<Context>();
        if (context->in_use.exchange(true)) ++shared;
        context->in_use = false;
        pool.Put(std::move(context));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared, 0);
}

}  // namespace
}  // namespace signet::crypto
