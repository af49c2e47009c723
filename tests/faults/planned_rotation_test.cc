// two servers replace signing keys by themselves, each step once, and nobody notices.

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/mutex.h"
#include "tests/faults/deployment.h"
#include "tests/faults/key_set_verifier.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

class PlannedRotationTest : public testing::Test {
 protected:
  // As though the key had come into its state so much earlier.
  void Age(const char* state, const char* since, const char* by) {
    Sql(both_.database(), absl::StrCat("UPDATE signet.signing_keys SET ", since, " = ", since,
                                       " - interval '", by, "' WHERE state = ", state));
  }
  int64_t Keys(const char* where) {
    return both_.Number(absl::StrCat("SELECT count(*) FROM signet.signing_keys WHERE ", where));
  }
  // Of the server itself in the audit log.
  int64_t Acts(const char* action) {
    return both_.Number(absl::StrCat(
        "SELECT count(*) FROM signet.audit_events WHERE actor IS NULL AND action = ", action));
  }
  std::string ActiveKid() {
    return Sql(both_.database(), "SELECT kid FROM signet.signing_keys WHERE state = 3");
  }
  double Steps(const char* step) {
    double sum = 0;
    for (size_t i = 0; i < 2; ++i) {
      sum += MetricSum(both_.server(i).http_port(), "signet_key_rotation_steps_total",
                       absl::StrCat("step=\"", step, "\""));
    }
    return sum;
  }
  static bool Soon(const std::function<bool()>& condition) {
    return Eventually(absl::Seconds(60), condition);
  }

  Deployment both_{
      2,
      {{"keys.publish_lead", "1s"}, {"keys.jwks_max_age", "1s"}, {"keys.rotation_check", "100ms"}}};
};

TEST_F(PlannedRotationTest, EachStepIsTakenOnceByOneOfThemAndNoValidationFails) {
  const auto login = both_.SignUp("ada@example.com");
  base::Mutex mutex;
  std::vector<std::string> tokens = {login.tokens().access_token()};
  std::atomic<bool> done{false};
  std::atomic<int> judged{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  for (size_t t = 0; t < 2; ++t) {
    callers.emplace_back([&, t] {
      for (size_t i = 0; !done; ++i) {
        std::string token;
        {
          base::MutexLock lock(mutex);
          token = tokens[i % tokens.size()];
        }
        const auto reply = both_.client(t).Validate(token);
        ++judged;
        if (!reply.ok() || !reply.message.active()) ++failed;
      }
    });
  }
  constexpr int kRotations = 4;
  for (int rotation = 1; rotation <= kRotations; ++rotation) {
    const std::string before = ActiveKid();
    Age("3", "activated_at", "90 days");
    EXPECT_TRUE(Soon([&] { return ActiveKid() != before; }));
    const std::string token = both_.Login("ada@example.com", 1).tokens().access_token();
    base::MutexLock lock(mutex);
    tokens.push_back(token);
  }
  EXPECT_TRUE(Soon([&, before = judged.load()] { return judged > before + 200; }));
  done = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0) << "of " << judged;
  EXPECT_EQ(Keys("true"), kRotations + 1) << "a step was taken twice";
  EXPECT_EQ(Keys("state = 4"), kRotations);
  // The first key was made, and let sign, by the start.
  EXPECT_EQ(Acts("601"), kRotations + 1);
  EXPECT_EQ(Acts("602"), kRotations + 1);
  EXPECT_EQ(Steps("prepared"), kRotations);
  EXPECT_EQ(Steps("activated"), kRotations);

  // A day after the last of their tokens they leave, and 30 days later nobody can sign with them.
  Age("4", "retiring_at", "2 days");
  EXPECT_TRUE(Soon([&] { return Keys("state = 5") == kRotations; }));
  EXPECT_EQ(Keys("state = 5 AND sealed_private = ''"), 0);
  Age("5", "retired_at", "30 days");
  EXPECT_TRUE(Soon([&] { return Keys("state = 5 AND sealed_private = ''") == kRotations; }));
  EXPECT_EQ(Acts("604"), kRotations);
  EXPECT_EQ(Acts("606"), kRotations);
  EXPECT_EQ(Keys("state = 3 AND sealed_private <> ''"), 1);
}

TEST_F(PlannedRotationTest, AKeyThatIsDueWaitsForAVerifierThatLags) {
  const std::string before = ActiveKid();
  KeySetVerifier verifier(both_.client(1), "elsewhere");
  ASSERT_TRUE(
      Soon([&] { return both_.Number("SELECT count(*) FROM signet.key_set_verifiers") == 1; }));
  Age("3", "activated_at", "91 days");
  EXPECT_TRUE(Soon([&] {
    return MetricSum(both_.server(0).http_port(), "signet_key_rotation_waiting", "") == 1;
  }));
  EXPECT_EQ(ActiveKid(), before);
  EXPECT_EQ(Keys("state = 2"), 1);
  verifier.Hold();
  EXPECT_TRUE(Soon([&] { return ActiveKid() != before; }));
  EXPECT_EQ(Keys("true"), 2);
  EXPECT_TRUE(Soon([&] {
    return MetricSum(both_.server(0).http_port(), "signet_key_rotation_waiting", "") == 0;
  }));
}

}  // namespace
}  // namespace signet::tests
