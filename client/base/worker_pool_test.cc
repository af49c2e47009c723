#include "client/base/worker_pool.h"

#include <array>
#include <atomic>
#include <memory>
#include <utility>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client/base/mutex.h"

namespace signet::base {
namespace {

// Opens once; whoever waits goes on.
class Gate {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void Wait() {
    MutexLock lock(mutex_);
    while (!open_) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST(WorkerPoolTest, OneThreadRunsTasksInTheirOrder) {
  std::vector<int> order;
  WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 100});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.TrySubmit([&order, i] { order.push_back(i); }));
  pool.Drain();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

TEST(WorkerPoolTest, AFullQueueRefusesAndLeavesTheTaskUntouched) {
  Gate started, release;
  WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 2});
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.Open();
    release.Wait();
  }));
  started.Wait();
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_EQ(pool.queued(), 2u);

  int runs = 0;
  WorkerPool::Task refused = [&runs, owned = std::make_unique<int>(7)] { runs += *owned; };
  EXPECT_FALSE(pool.TrySubmit(std::move(refused)));
  refused();  // NOLINT(bugprone-use-after-move): it still is the caller's
  EXPECT_EQ(runs, 7);
  release.Open();
}

TEST(WorkerPoolTest, DrainRunsWhatIsQueuedAndTakesNothingNew) {
  Gate started, release;
  std::atomic<int> done{0};
  WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 10});
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.Open();
    release.Wait();
  }));
  started.Wait();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pool.TrySubmit([&] { ++done; }));
  release.Open();
  pool.Drain();
  EXPECT_EQ(done, 10);
  EXPECT_FALSE(pool.TrySubmit([&] { ++done; }));
  pool.Drain();
  EXPECT_EQ(done, 10);
}

TEST(WorkerPoolTest, AsManyTasksRunTogetherAsThereAreThreads) {
  // Each task waits until all have begun: with fewer threads this would never end.
  constexpr int kThreads = 4;
  std::array<Gate, kThreads> begun;
  WorkerPool pool({.name = "test", .threads = kThreads, .queue_limit = kThreads});
  for (auto& mine : begun) {
    ASSERT_TRUE(pool.TrySubmit([&mine, &begun] {
      mine.Open();
      for (auto& other : begun) other.Wait();
    }));
  }
  pool.Drain();
}

TEST(WorkerPoolTest, ManySubmittersLoseNoTask) {
  constexpr int kSubmitters = 4, kTasks = 500;
  std::atomic<int> done{0};
  {
    WorkerPool pool({.name = "test", .threads = 2, .queue_limit = kSubmitters * kTasks});
    std::vector<std::thread> submitters;
    for (int i = 0; i < kSubmitters; ++i) {
      submitters.emplace_back([&] {
        for (int j = 0; j < kTasks; ++j) EXPECT_TRUE(pool.TrySubmit([&] { ++done; }));
      });
    }
    for (auto& submitter : submitters) submitter.join();
  }
  EXPECT_EQ(done, kSubmitters * kTasks);
}

TEST(WorkerPoolTest, ThreadsCarryTheirNameAndPriority) {
  struct Seen {
    std::array<char, 16> name{};
    int niceness = 0;
    int policy = 0;
  };
  const auto look = [](WorkerPool::Priority priority) {
    Seen seen;
    WorkerPool pool({.name = "a-name-that-is-too-long", .queue_limit = 1, .priority = priority});
    EXPECT_TRUE(pool.TrySubmit([&] {
      const auto thread = static_cast<pid_t>(syscall(SYS_gettid));
      pthread_getname_np(pthread_self(), seen.name.data(), seen.name.size());
      seen.niceness = getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
      seen.policy = sched_getscheduler(thread);
    }));
    pool.Drain();
    return seen;
  };
  const Seen normal = look(WorkerPool::Priority::kNormal);
  EXPECT_STREQ(normal.name.data(), "a-name-that-is-");
  EXPECT_EQ(normal.niceness, 0);
  EXPECT_EQ(normal.policy, SCHED_OTHER);
  const Seen low = look(WorkerPool::Priority::kLow);
  EXPECT_EQ(low.niceness, 10);
  EXPECT_EQ(low.policy, SCHED_OTHER);
  EXPECT_EQ(look(WorkerPool::Priority::kIdle).policy, SCHED_IDLE);
}

}  // namespace
}  // namespace signet::base
