#include "server/passwords/hashing_executor.h"

#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/fake_clock.h"
#include "server/passwords/staged_functions.h"

namespace signet::passwords {
namespace {

using Check = domain::PasswordHasher::Check;

constexpr absl::Time kStart = absl::FromUnixSeconds(3600);
constexpr absl::Time kNoDeadline = absl::InfiniteFuture();
constexpr Argon2Params kParams{.memory_kib = 1024, .passes = 2, .lanes = 1};
constexpr char kBcrypt[] = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";  // U*U

// One thread and a queue of two, staged.
class StagedExecutorTest : public testing::Test {
 protected:
  StagedExecutorTest() {
    functions_.TakeCalls();
    observer_.TakeDone();
  }

  // A call in a thread of its own. The first one of a test occupies the worker, the others queue;
  // returns when it is where it belongs.
  std::thread Occupy(absl::Status& result) {
    functions_.Hold();
    observer_.Mark();
    std::thread caller([&] { result = Nobody(kNoDeadline); });
    observer_.AwaitDepth(0, 2);  // in, and taken up
    return caller;
  }
  std::thread Queue(absl::Status& result, size_t depth, absl::Time deadline) {
    observer_.Mark();
    std::thread caller([this, &result, deadline] { result = Nobody(deadline); });
    observer_.AwaitDepth(depth, 1);
    return caller;
  }
  absl::Status Nobody(absl::Time deadline) {
    return executor_->VerifyNobody(base::Secret("password"), deadline);
  }
  absl::Time In(int millis) const { return clock_.Now() + absl::Milliseconds(millis); }

  base::FakeClock clock_{kStart};
  StagedFunctions functions_{clock_};
  RecordingObserver observer_;
  const HashingExecutor::Options options_{.argon2 = kParams,
                                          .threads = 1,
                                          .queue_limit = 2,
                                          .memory_budget_bytes = uint64_t{4} << 20,
                                          .priority = base::WorkerPool::Priority::kNormal};
  const std::unique_ptr<HashingExecutor> executor_ =
      HashingExecutor::Create(options_, clock_, functions_, observer_).value();
};

void ExpectOverloaded(const absl::Status& status, absl::Duration retry_after) {
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::ErrorReason(status), "OVERLOADED");
  EXPECT_EQ(base::RetryAfter(status), retry_after);
}

TEST_F(StagedExecutorTest, AFullQueueRefusesAtOnceAndSaysWhenToRetry) {
  absl::Status first, second, third;
  std::thread a = Occupy(first);
  std::thread b = Queue(second, 1, kNoDeadline);
  std::thread c = Queue(third, 2, kNoDeadline);
  // Answers while the one worker stands still: refused at once, not after its turn.
  ExpectOverloaded(Nobody(kNoDeadline), 3 * kService);
  EXPECT_EQ(observer_.shed(), std::vector{Shed::kQueueFull});
  functions_.Release();
  for (auto* thread : {&a, &b, &c}) thread->join();
  EXPECT_TRUE(first.ok() && second.ok() && third.ok());
  EXPECT_TRUE(Nobody(kNoDeadline).ok());
}

TEST_F(StagedExecutorTest, WhatCannotBeDoneBeforeItsDeadlineIsRefusedAtOnce) {
  absl::Status first, second;
  std::thread a = Occupy(first);
  ExpectOverloaded(Nobody(In(19)), kService);
  std::thread b = Queue(second, 1, In(20));
  ExpectOverloaded(Nobody(In(29)), 2 * kService);
  functions_.Release();
  a.join();
  b.join();
  EXPECT_TRUE(first.ok());
  EXPECT_TRUE(second.ok());
  EXPECT_EQ(observer_.shed(), (std::vector{Shed::kDeadline, Shed::kDeadline}));
}

// Whoever asks first has what Verify() would say, and no place taken from others.
TEST_F(StagedExecutorTest, AskingForRoomTakesNone) {
  absl::Status first, second;
  std::thread a = Occupy(first);
  ExpectOverloaded(executor_->CheckRoom(In(19)), kService);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(executor_->CheckRoom(In(20)).ok());
  std::thread b = Queue(second, 1, In(20));
  ExpectOverloaded(executor_->CheckRoom(In(29)), 2 * kService);
  functions_.Release();
  a.join();
  b.join();
  EXPECT_TRUE(second.ok());
  EXPECT_EQ(observer_.shed(), (std::vector{Shed::kDeadline, Shed::kDeadline}));
}

TEST_F(StagedExecutorTest, ADeadlineThatPassesInTheQueueCostsNoWork) {
  absl::Status first, second;
  std::thread a = Occupy(first);
  std::thread b = Queue(second, 1, In(25));
  clock_.Advance(absl::Milliseconds(20));  // the running one takes longer than estimated
  functions_.Release();
  a.join();
  b.join();
  EXPECT_TRUE(first.ok());
  ExpectOverloaded(second, absl::Milliseconds(30));
  EXPECT_EQ(functions_.TakeCalls().size(), 1u);
  EXPECT_EQ(observer_.shed(), std::vector{Shed::kDeadline});
}

TEST_F(StagedExecutorTest, WaitAndServiceAreReported) {
  absl::Status first, second;
  std::thread a = Occupy(first);
  std::thread b = Queue(second, 1, kNoDeadline);
  functions_.Release();
  a.join();
  b.join();
  using Reported = std::pair<absl::Duration, absl::Duration>;
  EXPECT_EQ(observer_.TakeDone(),
            (std::vector<Reported>{{absl::ZeroDuration(), kService}, {kService, kService}}));
  EXPECT_EQ(observer_.shed(), std::vector<Shed>());
}

TEST_F(StagedExecutorTest, DrainAnswersWhatWasLetInAndRefusesTheRest) {
  absl::Status first, second;
  std::thread a = Occupy(first);
  std::thread b = Queue(second, 1, kNoDeadline);
  std::thread drain([this] { executor_->Drain(); });
  functions_.Release();
  for (auto* thread : {&a, &b, &drain}) thread->join();
  EXPECT_TRUE(first.ok());
  EXPECT_TRUE(second.ok());
  ExpectOverloaded(Nobody(kNoDeadline), absl::Seconds(1));
  EXPECT_EQ(observer_.shed(), std::vector{Shed::kDraining});
  executor_->Drain();
}

TEST_F(StagedExecutorTest, APassedDeadlineIsRefusedWithoutWork) {
  EXPECT_EQ(base::ErrorReason(Nobody(clock_.Now())), "OVERLOADED");
  EXPECT_TRUE(functions_.TakeCalls().empty());
}

TEST_F(StagedExecutorTest, NoMemoryIsOverloadAndNotAMismatch) {
  const std::string stored = *executor_->Hash(base::Secret("right"), kNoDeadline);
  functions_.out_of_memory = true;
  EXPECT_EQ(base::ErrorReason(executor_->Hash(base::Secret("x"), kNoDeadline).status()),
            "OVERLOADED");
  EXPECT_EQ(
      base::ErrorReason(executor_->Verify(base::Secret("right"), stored, kNoDeadline).status()),
      "OVERLOADED");
  EXPECT_EQ(observer_.shed(), (std::vector{Shed::kMemory, Shed::kMemory}));
}

// an unknown account costs what a wrong password costs.
TEST_F(StagedExecutorTest, NobodyCostsExactlyWhatAFreshHashCosts) {
  const std::string stored = *executor_->Hash(base::Secret("right"), kNoDeadline);
  functions_.TakeCalls();
  EXPECT_FALSE(executor_->Verify(base::Secret("wrong"), stored, kNoDeadline)->matches);
  const auto wrong_password = functions_.TakeCalls();
  EXPECT_TRUE(Nobody(kNoDeadline).ok());
  EXPECT_EQ(functions_.TakeCalls(), wrong_password);
  EXPECT_EQ(wrong_password, (std::vector<StagedFunctions::Call>{{kParams, 16, 32}}));
}

// out of bounds is never computed. R-105: and yet takes as long as any other failure.
TEST_F(StagedExecutorTest, WhatMustNotBeComputedDoesNotMatchAfterEqualWork) {
  for (const char* stored : {
           "",
           "plain text",
           "$argon2id$v=19$m=262145,t=2,p=1$c29tZXNhbHQ$"
           "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
           "$argon2id$v=19$m=1024,t=11,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
           // Within the bounds, but beyond this executor's memory alone.
           "$argon2id$v=19$m=4097,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
           "$2a$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
           "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
       }) {
    const auto check = executor_->Verify(base::Secret("U*U"), stored, kNoDeadline);
    ASSERT_TRUE(check.ok()) << stored;
    EXPECT_FALSE(check->matches) << stored;
    EXPECT_FALSE(check->needs_rehash) << stored;
    EXPECT_EQ(functions_.TakeCalls(), (std::vector<StagedFunctions::Call>{{kParams, 16, 32}}))
        << stored;
  }
}

TEST_F(StagedExecutorTest, ALargeImportedHashRunsWithinTheMemoryBudget) {
  const char* const stored =
      "$argon2id$v=19$m=4096,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  ASSERT_TRUE(executor_->Verify(base::Secret("x"), stored, kNoDeadline).ok());
  const auto calls = functions_.TakeCalls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].params.memory_kib, 4096u);
}

TEST_F(StagedExecutorTest, OptionsOutOfRangeAreRefused) {
  const auto code = [&](auto change) {
    HashingExecutor::Options options = options_;
    change(options);
    return HashingExecutor::Create(options, clock_, functions_, observer_).status().code();
  };
  constexpr auto kRefused = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code([](auto& o) { o.threads = 0; }), kRefused);
  EXPECT_EQ(code([](auto& o) { o.threads = 257; }), kRefused);
  EXPECT_EQ(code([](auto& o) { o.queue_limit = 0; }), kRefused);
  EXPECT_EQ(code([](auto& o) { o.argon2.passes = 0; }), kRefused);
  EXPECT_EQ(code([](auto& o) { o.argon2.memory_kib = 1 << 19; }), kRefused);
  EXPECT_EQ(code([](auto& o) { o.memory_budget_bytes = (1 << 20) - 1; }), kRefused);
  functions_.out_of_memory = true;
  EXPECT_EQ(code([](auto&) {}), absl::StatusCode::kUnavailable);
}

// The true algorithms, at a cost that tests can afford.
class HashingExecutorTest : public testing::Test {
 protected:
  std::unique_ptr<HashingExecutor> Make(const Argon2Params& params, size_t threads = 1) {
    return HashingExecutor::Create({.argon2 = params, .threads = threads}, clock_, functions_,
                                   observer_)
        .value();
  }
  Check Verify(HashingExecutor& executor, absl::string_view password, absl::string_view stored) {
    return executor.Verify(base::Secret(password), stored, kNoDeadline).value();
  }

  static constexpr Argon2Params kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};
  base::SystemClock clock_;
  NativePasswordFunctions functions_;
  HashingObserver observer_;
};

// Argon2id.
TEST_F(HashingExecutorTest, AFreshHashMatchesItsPasswordAlone) {
  const auto executor = Make(kCheap);
  const std::string stored = *executor->Hash(base::Secret("right"), kNoDeadline);
  EXPECT_EQ(stored.substr(0, 29), "$argon2id$v=19$m=64,t=1,p=1$" + stored.substr(28, 1));
  const Check right = Verify(*executor, "right", stored);
  EXPECT_TRUE(right.matches);
  EXPECT_FALSE(right.needs_rehash);
  for (const absl::string_view wrong : {"", "Right", "right ", "righ", "rightright"}) {
    EXPECT_FALSE(Verify(*executor, wrong, stored).matches) << wrong;
  }
  EXPECT_FALSE(Verify(*executor, absl::string_view("right\0", 6), stored).matches);
}

TEST_F(HashingExecutorTest, TwoHashesOfOnePasswordDiffer) {
  const auto executor = Make(kCheap);
  EXPECT_NE(*executor->Hash(base::Secret("same"), kNoDeadline),
            *executor->Hash(base::Secret("same"), kNoDeadline));
}

// a raised cost rehashes at login; a lowered one does not weaken what is there.
TEST_F(HashingExecutorTest, OnlyACheaperHashNeedsARehash) {
  const std::string stored =
      *Make({.memory_kib = 128, .passes = 2, .lanes = 1})->Hash(base::Secret("right"), kNoDeadline);
  struct Case {
    Argon2Params configured;
    bool needs_rehash;
  };
  for (const Case& c : {Case{{.memory_kib = 128, .passes = 2, .lanes = 1}, false},
                        Case{{.memory_kib = 129, .passes = 2, .lanes = 1}, true},
                        Case{{.memory_kib = 128, .passes = 3, .lanes = 1}, true},
                        Case{{.memory_kib = 64, .passes = 1, .lanes = 1}, false}}) {
    const auto executor = Make(c.configured);
    const Check check = Verify(*executor, "right", stored);
    EXPECT_TRUE(check.matches);
    EXPECT_EQ(check.needs_rehash, c.needs_rehash) << c.configured.memory_kib;
    EXPECT_FALSE(Verify(*executor, "wrong", stored).needs_rehash);
  }
}

TEST_F(HashingExecutorTest, AShortSaltOrHashNeedsARehash) {
  const auto executor = Make(kCheap);
  for (const auto& [salt_bytes, hash_bytes] : {std::pair<size_t, size_t>{8, 32}, {16, 16}}) {
    Argon2idHash hash{.params = kCheap, .salt = std::string(salt_bytes, 's')};
    hash.hash = *functions_.Argon2id(base::Secret("right"), hash.salt, hash.params, hash_bytes);
    const Check check = Verify(*executor, "right", FormatArgon2id(hash));
    EXPECT_TRUE(check.matches);
    EXPECT_TRUE(check.needs_rehash);
  }
}

// imported bcrypt logs in, and is replaced.
TEST_F(HashingExecutorTest, AnImportedBcryptHashMatchesAndNeedsARehash) {
  const auto executor = Make(kCheap);
  const Check right = Verify(*executor, "U*U", kBcrypt);
  EXPECT_TRUE(right.matches);
  EXPECT_TRUE(right.needs_rehash);
  const Check wrong = Verify(*executor, "U*V", kBcrypt);
  EXPECT_FALSE(wrong.matches);
  EXPECT_FALSE(wrong.needs_rehash);
}

// For ThreadSanitizer: the true functions, more callers than threads, and a drain at the end.
TEST_F(HashingExecutorTest, ManyCallersEachGetTheirOwnAnswer) {
  const auto executor = Make(kCheap, 2);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 6; ++caller) {
    callers.emplace_back([&executor, caller] {
      const base::Secret mine(absl::StrCat("password of ", caller));
      for (int i = 0; i < 10; ++i) {
        const std::string stored = *executor->Hash(mine, kNoDeadline);
        EXPECT_TRUE(executor->Verify(mine, stored, kNoDeadline)->matches);
        EXPECT_FALSE(executor->Verify(base::Secret("other"), stored, kNoDeadline)->matches);
        EXPECT_TRUE(executor->VerifyNobody(mine, kNoDeadline).ok());
      }
    });
  }
  for (auto& caller : callers) caller.join();
  executor->Drain();
}

TEST_F(HashingExecutorTest, DefaultsAreOwaspsOnHalfTheCores) {
  const HashingExecutor::Options defaults;
  EXPECT_EQ(defaults.argon2, (Argon2Params{.memory_kib = 19456, .passes = 2, .lanes = 1}));
  EXPECT_GE(defaults.threads, 1u);
  EXPECT_LE(defaults.threads, 16u);
  EXPECT_EQ(defaults.priority, base::WorkerPool::Priority::kIdle);
  EXPECT_TRUE(HashingExecutor::Create(defaults, clock_, functions_, observer_).ok());
}

// a hash of another system is checked once, and replaced.
TEST_F(StagedExecutorTest, AnImportedHashIsCheckedAndWantsToBeReplaced) {
  for (const char* stored :
       {"$pbkdf2-sha256$i=29000$8PHy8/T19vf4+fr7/P3+/w$y5nE41FP/R2/UmxDUlEQsFP4Nx+Xu+w8mgq1Jg6CG+g",
        "$scrypt$ln=10,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
        "$argon2i$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$/AomWzXGuO56QhmXE3p9/0R81VDwTUaD1xQMkGw+IbQ"}) {
    const auto right = executor_->Verify(base::Secret("elsewhere"), stored, absl::InfiniteFuture());
    ASSERT_TRUE(right.ok()) << right.status();
    EXPECT_TRUE(right->matches && right->needs_rehash) << stored;
    const auto wrong = executor_->Verify(base::Secret("wrong"), stored, absl::InfiniteFuture());
    EXPECT_FALSE(wrong->matches || wrong->needs_rehash) << stored;
  }
}

}  // namespace
}  // namespace signet::passwords
