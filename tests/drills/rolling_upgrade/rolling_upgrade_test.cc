// replicas are replaced one by one, by another version and back, while people log in,
// refresh and validate: no validation fails, no refresh is lost, and nothing else is answered than
// what a client tries again. SIGNET_PREVIOUS_SIGNETD names the version to begin with; without it
// each is replaced by its own like.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/mutex.h"
#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

constexpr size_t kReplicas = 3;
constexpr size_t kOfEachKind = 3;

// What a client tries again, elsewhere: the server said that it goes, or the connection broke
// before the call had reached it.
bool Again(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         (status.error_code() == grpc::StatusCode::CANCELLED && ReasonOf(status).empty());
}

// People at work, each over a connection that knows all replicas and begins with another one.
class Load {
 public:
  Load(std::vector<std::string> addresses, const std::vector<v1::LoginResponse>& sessions)
      : addresses_(std::move(addresses)) {
    for (size_t i = 0; i < addresses_.size(); ++i) clients_.push_back(Connect(i));
    for (size_t i = 0; i < sessions.size(); ++i) {
      Know(sessions[i].tokens().access_token());
      threads_.emplace_back(
          [this, i, token = sessions[i].tokens().refresh_token()] { RefreshFrom(i, token); });
      threads_.emplace_back([this, i] { Validate(i); });
      threads_.emplace_back([this, i] { FollowKeys(i); });
    }
    threads_.emplace_back([this] { LogIn(); });
  }
  ~Load() { Stop(); }

  void Stop() {
    done_ = true;
    {
      base::MutexLock lock(mutex_);
      for (grpc::ClientContext* stream : streams_) stream->TryCancel();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  // Until everybody has got on well for a while.
  bool Progresses() const {
    const int validations = validations_, refreshes = refreshes_, logins = logins_;
    return Eventually(absl::Seconds(120), [&] {
      return validations_ > validations + 200 && refreshes_ > refreshes + 30 &&
             logins_ > logins + 2;
    });
  }
  std::string Problems() {
    base::MutexLock lock(mutex_);
    return absl::StrJoin(problems_, "\n");
  }
  std::string Summary() const {
    return absl::StrCat(validations_.load(), " validations, ", refreshes_.load(), " refreshes, ",
                        logins_.load(), " logins, ", resumed_.load(), " streams resumed, ",
                        again_.load(), " calls tried again");
  }
  int resumed() const { return resumed_; }

 private:
  std::unique_ptr<Client> Connect(size_t first) const {
    std::vector<std::string> order;
    for (size_t i = 0; i < addresses_.size(); ++i) {
      order.push_back(addresses_[(first + i) % addresses_.size()]);
    }
    return std::make_unique<Client>(absl::StrCat("ipv4:", absl::StrJoin(order, ",")));
  }
  void Know(const std::string& token) {
    base::MutexLock lock(mutex_);
    tokens_.push_back(token);
  }
  void Problem(const std::string& what, const grpc::Status& status) {
    base::MutexLock lock(mutex_);
    problems_.push_back(absl::StrCat(what, ": ", status.error_code(), " ", ReasonOf(status), " ",
                                     status.error_message()));
  }
  // The answer to a call that is tried again, at another replica, where that is right: who is told
  // that a server shuts down and asks it once more is told so once more.
  template <typename Call>
  auto Ask(const char* what, size_t& first, const Call& call) {
    for (int tries = 0;; ++tries) {
      auto reply = call(*clients_[first]);
      if (reply.ok()) return reply;
      if (!Again(reply.status) || tries == 100) {
        Problem(what, reply.status);
        return reply;
      }
      ++again_;
      first = (first + 1) % clients_.size();
    }
  }

  void RefreshFrom(size_t first, std::string token) {
    while (!done_) {
      const auto reply =
          Ask("refresh", first, [&](Client& client) { return client.Refresh(token); });
      if (!reply.ok()) return;
      token = reply.message.tokens().refresh_token();
      Know(reply.message.tokens().access_token());
      ++refreshes_;
    }
  }
  void Validate(size_t first) {
    for (size_t i = 0; !done_; ++i) {
      std::string token;
      {
        base::MutexLock lock(mutex_);
        token = i % 2 == 0 ? tokens_.back() : tokens_[i * 7919 % tokens_.size()];
      }
      const auto reply =
          Ask("validate", first, [&](Client& client) { return client.Validate(token); });
      if (reply.ok() && !reply.message.active()) {
        Problem(absl::StrCat("a good token is refused, reason ", reply.message.reason()),
                reply.status);
      }
      ++validations_;
    }
  }
  void LogIn() {
    size_t first = 1;
    while (!done_) {
      const auto reply = Ask("login", first, [&](Client& client) {
        return client.Login("ada@example.com", kPassword);
      });
      if (!reply.ok()) return;
      Know(reply.message.tokens().access_token());
      ++logins_;
    }
  }
  // A stream ends when its server goes, says so, and is taken up elsewhere.
  void FollowKeys(size_t first) {
    const auto client = Connect(first);
    while (!done_) {
      grpc::ClientContext context;
      context.set_wait_for_ready(true);
      {
        base::MutexLock lock(mutex_);
        if (done_) return;
        streams_.push_back(&context);
      }
      const auto stream = client->tokens().WatchKeySet(&context);
      v1::WatchKeySetRequest request;
      request.set_verifier_id(absl::StrCat("drill-", first));
      request.set_verifier_name("drill");
      bool open = stream->Write(request);
      v1::WatchKeySetResponse response;
      while (open && stream->Read(&response)) {
        if (response.jwks_json().empty()) continue;
        v1::WatchKeySetRequest holds;
        holds.set_key_set_version(response.key_set_version());
        open = stream->Write(holds);
      }
      const grpc::Status end = stream->Finish();
      base::MutexLock lock(mutex_);
      streams_.erase(std::find(streams_.begin(), streams_.end(), &context));
      if (done_) return;
      ++resumed_;
      if (!Again(end)) {
        problems_.push_back(absl::StrCat("a stream ended with ", end.error_code(), " ",
                                         ReasonOf(end), " ", end.error_message()));
      }
    }
  }

  const std::vector<std::string> addresses_;
  std::vector<std::unique_ptr<Client>> clients_;  // each begins with another replica
  std::atomic<bool> done_{false};
  std::atomic<int> validations_{0}, refreshes_{0}, logins_{0}, again_{0}, resumed_{0};
  base::Mutex mutex_;
  std::vector<std::string> tokens_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> problems_ ABSL_GUARDED_BY(mutex_);
  std::vector<grpc::ClientContext*> streams_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

class RollingUpgradeTest : public testing::Test {
 protected:
  void RollTo(size_t replica, const std::string& signetd) {
    ServerProcess& server = replicas_.server(replica);
    EXPECT_EQ(server.Terminate(), 0);
    server.RunAs(signetd);
    server.Start();
  }

  const char* const previous_ = std::getenv("SIGNET_PREVIOUS_SIGNETD");
  const std::string before_ = previous_ != nullptr ? previous_ : SignetdPath();
  Deployment replicas_{
      kReplicas,
      {{"keys.publish_lead", "1s"}, {"keys.jwks_max_age", "1s"}, {"limits.drain_timeout", "20s"}}};
};

TEST_F(RollingUpgradeTest, ForthAndBackUnderLoadNothingIsLost) {
  const std::string admin = replicas_.Administrator().tokens().access_token();
  std::vector<v1::LoginResponse> sessions = {replicas_.SignUp("ada@example.com")};
  while (sessions.size() < kOfEachKind) sessions.push_back(replicas_.Login("ada@example.com"));
  std::vector<std::string> addresses;
  for (size_t i = 0; i < kReplicas; ++i) {
    addresses.push_back(replicas_.server(i).grpc_address());
    RollTo(i, before_);
  }

  Load load(addresses, sessions);
  EXPECT_TRUE(load.Progresses()) << load.Problems();
  for (size_t i = 0; i < kReplicas; ++i) {
    RollTo(i, SignetdPath());
    EXPECT_TRUE(load.Progresses()) << load.Problems();
    if (i > 0) continue;
    // One is new, the others are old: a key that either makes is a key of all.
    const std::string kid = replicas_.client(0).PrepareKey(admin).message.key().kid();
    EXPECT_TRUE(Eventually(absl::Seconds(60),
                           [&] { return replicas_.client(1).ActivateKey(admin, kid).ok(); }));
    EXPECT_TRUE(load.Progresses()) << load.Problems();
  }
  for (size_t i = kReplicas; i-- > 0;) {
    RollTo(i, before_);
    EXPECT_TRUE(load.Progresses()) << load.Problems();
  }
  load.Stop();
  EXPECT_EQ(load.Problems(), "");
  EXPECT_GT(load.resumed(), 0);
  EXPECT_EQ(replicas_.Violations(), "");
  std::printf("%s\n", load.Summary().c_str());
}

}  // namespace
}  // namespace signet::tests
