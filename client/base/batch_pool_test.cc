#include "client/base/batch_pool.h"

#include <atomic>
#include <memory>
#include <numeric>

#include <gmock/gmock.h>

namespace signet::base {
namespace {

// Carries batches one after the other as the test lets it, and remembers them.
class BatchPoolTest : public testing::Test {
 protected:
  BatchPool<int>::Run Held() {
    return [this](absl::Span<const int> batch) {
      MutexLock lock(mutex_);
      batches_.emplace_back(batch.begin(), batch.end());
      changed_.NotifyAll();
      while (held_) changed_.Wait(mutex_);
    };
  }
  void AwaitBatches(size_t count) {
    MutexLock lock(mutex_);
    while (batches_.size() < count) changed_.Wait(mutex_);
  }
  void LetGo() {
    MutexLock lock(mutex_);
    held_ = false;
    changed_.NotifyAll();
  }
  std::vector<std::vector<int>> batches() {
    MutexLock lock(mutex_);
    return batches_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool held_ ABSL_GUARDED_BY(mutex_) = true;
  std::vector<std::vector<int>> batches_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(BatchPoolTest, WhoFindsAThreadFreeGoesAloneAndTheOthersGoTogetherInTheirOrder) {
  BatchPool<int> pool({.name = "test", .queue_limit = 100, .max_batch = 4}, Held());
  ASSERT_TRUE(pool.TrySubmit(0));
  AwaitBatches(1);
  for (int i = 1; i <= 6; ++i) ASSERT_TRUE(pool.TrySubmit(i));
  EXPECT_EQ(pool.queued(), 6u);
  LetGo();
  pool.Drain();
  EXPECT_THAT(batches(),
              testing::ElementsAre(std::vector{0}, std::vector{1, 2, 3, 4}, std::vector{5, 6}));
}

TEST_F(BatchPoolTest, AFullQueueRefusesAtOnce) {
  BatchPool<int> pool({.name = "test", .queue_limit = 2, .max_batch = 8}, Held());
  ASSERT_TRUE(pool.TrySubmit(0));
  AwaitBatches(1);
  EXPECT_TRUE(pool.TrySubmit(1));
  EXPECT_TRUE(pool.TrySubmit(2));
  EXPECT_FALSE(pool.TrySubmit(3));
  LetGo();
}

TEST_F(BatchPoolTest, DrainRunsWhatIsQueuedAndTakesNothingNew) {
  BatchPool<int> pool({.name = "test", .queue_limit = 10, .max_batch = 3}, Held());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pool.TrySubmit(i));
  LetGo();
  pool.Drain();
  std::vector<int> all;
  for (const auto& batch : batches()) all.insert(all.end(), batch.begin(), batch.end());
  std::vector<int> expected(10);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
  EXPECT_FALSE(pool.TrySubmit(10));
  pool.Drain();
}

TEST_F(BatchPoolTest, WhileOneBatchRunsAnotherThreadTakesTheNext) {
  BatchPool<int> pool({.name = "test", .threads = 2, .queue_limit = 10, .max_batch = 3}, Held());
  ASSERT_TRUE(pool.TrySubmit(1));
  AwaitBatches(1);
  ASSERT_TRUE(pool.TrySubmit(2));
  AwaitBatches(2);  // the first one has not ended
  LetGo();
}

TEST(BatchPoolManyTest, ManySubmittersLoseNothing) {
  constexpr int kSubmitters = 4, kItems = 2000;
  std::atomic<int> sum{0};
  std::atomic<size_t> largest{0};
  {
    BatchPool<std::shared_ptr<int>> pool(
        {.name = "test", .threads = 2, .queue_limit = kSubmitters * kItems, .max_batch = 64},
        [&](absl::Span<const std::shared_ptr<int>> batch) {
          for (const auto& item : batch) sum += *item;
          size_t before = largest;
          while (before < batch.size() && !largest.compare_exchange_weak(before, batch.size())) {
          }
        });
    std::vector<std::thread> submitters;
    for (int i = 0; i < kSubmitters; ++i) {
      submitters.emplace_back([&] {
        for (int j = 0; j < kItems; ++j) EXPECT_TRUE(pool.TrySubmit(std::make_shared<int>(1)));
      });
    }
    for (auto& submitter : submitters) submitter.join();
  }
  EXPECT_EQ(sum, kSubmitters * kItems);
  EXPECT_LE(largest, 64u);
}

}  // namespace
}  // namespace signet::base
