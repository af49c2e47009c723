// over two servers, a key waits for every verifier, and no validation fails because of a
// rotation.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "client/base/mutex.h"
#include "tests/faults/deployment.h"
#include "tests/faults/key_set_verifier.h"

namespace signet::tests {
namespace {

const ServerProcess::Settings kQuickKeys = {{"keys.publish_lead", "1s"},
                                            {"keys.jwks_max_age", "1s"}};

TEST(RotationTest, AKeyWaitsForAVerifierThatWatchesAnotherReplica) {
  Deployment both(2, kQuickKeys);
  const std::string admin = both.Administrator().tokens().access_token();
  KeySetVerifier verifier(both.client(1), "elsewhere");
  ASSERT_TRUE(Eventually(absl::Seconds(20), [&] {
    return both.Number("SELECT count(*) FROM signet.key_set_verifiers") == 1;
  }));
  const std::string kid = both.client(0).PrepareKey(admin).message.key().kid();
  std::string reason;
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] {
    reason = ReasonOf(both.client(0).ActivateKey(admin, kid).status);
    return reason != "KEY_TOO_FRESH";
  }));
  EXPECT_EQ(reason, "VERIFIERS_LAG");
  verifier.Hold();
  EXPECT_TRUE(
      Eventually(absl::Seconds(20), [&] { return both.client(0).ActivateKey(admin, kid).ok(); }));
}

// planned rotations under load.
TEST(RotationTest, RotationsThatWaitForVerifiersFailNoValidationAnywhere) {
  Deployment both(2, kQuickKeys);
  auto admin = both.Administrator();
  KeySetVerifier verifier(both.client(1), "gateway");
  verifier.Hold();
  base::Mutex mutex;
  std::vector<std::string> tokens = {both.SignUp("ada@example.com").tokens().access_token()};
  std::atomic<bool> done{false};
  std::atomic<int> judged{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  for (size_t t = 0; t < 4; ++t) {
    callers.emplace_back([&, t] {
      for (size_t i = 0; !done; ++i) {
        std::string token;
        {
          base::MutexLock lock(mutex);
          token = i % 2 == 0 ? tokens.back() : tokens[i / 2 % tokens.size()];
        }
        const auto reply = both.client(t % 2).Validate(token);
        ++judged;
        if (!reply.ok() || !reply.message.active()) ++failed;
      }
    });
  }
  for (int rotation = 0; rotation < 3; ++rotation) {
    const std::string& bearer = admin.tokens().access_token();
    const std::string kid = both.client(0).PrepareKey(bearer).message.key().kid();
    EXPECT_TRUE(Eventually(absl::Seconds(30),
                           [&] { return both.client(0).ActivateKey(bearer, kid).ok(); }));
    const std::string token = both.Login("ada@example.com").tokens().access_token();
    base::MutexLock lock(mutex);
    tokens.push_back(token);
  }
  EXPECT_TRUE(Eventually(absl::Seconds(30),
                         [&, before = judged.load()] { return judged > before + 1000; }));
  done = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0) << "of " << judged;
}

}  // namespace
}  // namespace signet::tests
