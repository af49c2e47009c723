// What threads of ours meet in, without gRPC, whose packaged build ThreadSanitizer cannot look
// into.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/clock.h"
#include "client/token/token_fixture.h"
#include "client/verifier/judge.h"
#include "client/verifier/knowledge.h"
#include "client/verifier/repeating_thread.h"

namespace signet::verifier {
namespace {

using token::RevocationRecord;

class Hints final : public KeyHints {
 public:
  bool KnowsAllKeys(absl::Time) override { return true; }
};

// whoever has seen a revocation in force is never again given the token.
TEST(ConcurrencyTest, RevocationsTakeEffectWhileManyJudge) {
  const base::SystemClock clock;
  Knowledge knowledge(Knowledge::Needs::kKeysAndRevocations);
  Hints hints;
  const Judge judge({.issuer = "https://id.example.com", .audience = "api"}, knowledge, clock,
                    hints, nullptr, nullptr);
  constexpr int kTokens = 50;
  std::vector<std::string> tokens;
  for (int i = 0; i < kTokens; ++i) {
    token::AccessTokenClaims claims = token::SomeClaims();
    claims.issued_at = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
    claims.expires_at = claims.issued_at + absl::Minutes(15);
    claims.token_id = absl::StrCat("jti-", i);
    tokens.push_back(token::SignClaims(token::TestKey(), "k", claims));
  }
  std::atomic<int> revoked{0};  // tokens below this are revoked, in force
  std::atomic<bool> stop{false};
  std::vector<std::thread> judges;
  for (int i = 0; i < 4; ++i) {
    judges.emplace_back([&] {
      ASSERT_TRUE(knowledge.AwaitReady(absl::Seconds(60)));
      while (!stop) {
        for (int t = 0; t < kTokens; ++t) {
          const bool must_be_refused = t < revoked.load();
          const bool accepted = judge.Verify(tokens[static_cast<size_t>(t)]).ok();
          EXPECT_FALSE(must_be_refused && accepted) << t;
        }
      }
    });
  }
  knowledge.PutKeys(std::make_shared<const token::KeySet>(token::SetOf("k", token::TestKey())), 1,
                    absl::Now());
  knowledge.PutRevocations(token::RevocationSet().With({}, absl::Now(), absl::Now()));
  int64_t sequence = 0;
  {
    // One writes, as a feed does, in steps of a thread that repeats.
    RepeatingThread feed(
        "feed",
        [&] {
          const RevocationRecord record{.sequence = ++sequence,
                                        .subject = absl::StrCat("jti-", sequence - 1),
                                        .expires_at = absl::InfiniteFuture()};
          knowledge.PutRevocations(
              knowledge.revocations().Share()->With({record}, absl::Now(), absl::Now()));
          knowledge.KeysWereCurrentAt(absl::Now());
          ++revoked;
          return absl::Milliseconds(1);
        },
        [] {});
    while (revoked < kTokens) feed.Wake();
  }
  stop = true;
  for (std::thread& judge_thread : judges) judge_thread.join();
}

TEST(ConcurrencyTest, AStopInterruptsTheStepAndTheWait) {
  std::atomic<bool> interrupted{false};
  std::atomic<int> steps{0};
  {
    RepeatingThread busy(
        "busy",
        [&] {
          ++steps;
          while (!interrupted) std::this_thread::yield();
          return absl::Hours(1);
        },
        [&] { interrupted = true; });
    while (steps == 0) std::this_thread::yield();
  }
  EXPECT_EQ(steps, 1);
  std::atomic<int> waits{0};
  RepeatingThread waiting(
      "waiting", [&] { return ++waits, absl::Hours(1); }, [] {});
  while (waits == 0) std::this_thread::yield();
  waiting.Wake();
  while (waits == 1) std::this_thread::yield();
  waiting.Stop();
  waiting.Stop();
  EXPECT_EQ(waits, 2);
}

TEST(BackoffTest, GrowsToItsBoundByChanceAndStartsAgain) {
  Backoff backoff(absl::Milliseconds(200), absl::Seconds(2));
  absl::Duration longest;
  for (int i = 0; i < 500; ++i) {
    const absl::Duration pause = backoff.Next();
    EXPECT_GE(pause, absl::ZeroDuration());
    EXPECT_LE(pause, absl::Seconds(2));
    longest = std::max(longest, pause);
  }
  EXPECT_GT(longest, absl::Seconds(1.5));
  backoff.Worked();
  EXPECT_LE(backoff.Next(), absl::Milliseconds(200));
}

}  // namespace
}  // namespace signet::verifier
