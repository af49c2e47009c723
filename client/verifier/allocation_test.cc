// A program of its own: it counts every allocation of the process, and every mutex that is locked.
#include <memory>
#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include "client/base/fake_clock.h"
#include "client/token/counted_allocations.h"
#include "client/token/token_fixture.h"
#include "client/verifier/judge.h"

namespace {

thread_local size_t locks = 0;

}  // namespace

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) {
  using Lock = int (*)(pthread_mutex_t*);
  static const auto lock = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  ++locks;
  return lock(mutex);
}

namespace signet::verifier {
namespace {

class Hints final : public KeyHints {
 public:
  bool KnowsAllKeys(absl::Time) override { return true; }
};

//
TEST(AllocationTest, ATokenThatIsKnownGoodIsAcceptedWithoutAllocatingOrLocking) {
  base::FakeClock clock(token::At(1100));
  Knowledge knowledge(Knowledge::Needs::kKeysAndRevocations);
  knowledge.PutKeys(std::make_shared<const token::KeySet>(token::SetOf("k", token::TestKey())), 1,
                    clock.Now());
  knowledge.PutRevocations(token::RevocationSet().With(
      {{.sequence = 1, .subject = "another", .expires_at = token::At(5000)}}, clock.Now(),
      clock.Now()));
  Hints hints;
  VerifierObserver observer;
  const Judge judge({.issuer = "https://id.example.com", .audience = "api"}, knowledge, clock,
                    hints, nullptr, &observer);
  const std::string token = token::SignClaims(token::TestKey(), "k", token::SomeClaims());
  size_t before = allocations;
  size_t locks_before = locks;
  ASSERT_TRUE(judge.Verify(token).ok());
  EXPECT_GT(allocations, before) << "the first time counts: the counter works";
  EXPECT_GT(locks, locks_before);
  before = allocations;
  locks_before = locks;
  {
    const auto verified = judge.Verify(token);
    ASSERT_TRUE(verified.ok());
    EXPECT_EQ(verified->claims().subject, "user-1");
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(locks, locks_before);
}

}  // namespace
}  // namespace signet::verifier
