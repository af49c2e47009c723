// over two servers, a key waits for every verifier, and no validation fails because of a
// rotation.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "client/base/mutex.h"
#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

// A verifier of one replica is one of all: what the other is asked to activate waits for it.
class Verifier {
 public:
  Verifier(Client& client, const std::string& id) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(2)));
    stream_ = client.tokens().WatchKeySet(&context_);
    v1::WatchKeySetRequest request;
    request.set_verifier_id(id);
    request.set_verifier_name("faults/" + id);
    EXPECT_TRUE(stream_->Write(request));
    thread_ = std::thread([this] { Run(); });
  }
  ~Verifier() {
    context_.TryCancel();
    thread_.join();
  }
  // From now on it answers what it is told, and what it was told before.
  void Hold() {
    base::MutexLock lock(mutex_);
    holds_ = true;
    Answer();
  }

 private:
  void Run() {
    v1::WatchKeySetResponse response;
    while (stream_->Read(&response)) {
      if (response.jwks_json().empty()) continue;
      base::MutexLock lock(mutex_);
      told_ = response.key_set_version();
      if (holds_) Answer();
    }
  }
  void Answer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    v1::WatchKeySetRequest request;
    request.set_key_set_version(told_);
    stream_->Write(request);
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WatchKeySetRequest, v1::WatchKeySetResponse>>
      stream_;
  base::Mutex mutex_;
  bool holds_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t told_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

const ServerProcess::Settings kQuickKeys = {{"keys.publish_lead", "1s"},
                                            {"keys.jwks_max_age", "1s"}};

TEST(RotationTest, AKeyWaitsForAVerifierThatWatchesAnotherReplica) {
  Deployment both(2, kQuickKeys);
  const std::string admin = both.Administrator().tokens().access_token();
  Verifier verifier(both.client(1), "elsewhere");
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
  Verifier verifier(both.client(1), "gateway");
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
