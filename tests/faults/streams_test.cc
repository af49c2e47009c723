// Streams under faults: a watcher misses no revocation, and no validation fails because of
// a rotation, whatever becomes of connections, processes and the database.

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/mutex.h"
#include "tests/faults/deployment.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

using Response = v1::WatchRevocationsResponse;

// A verifier that follows the log over one server after the other, as one with a list of addresses
// does: each connection is used for a while, or until it breaks.
class Follower {
 public:
  explicit Follower(Deployment& servers) : servers_(servers), thread_([this] { Run(); }) {}
  ~Follower() { Stop(); }

  void Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  size_t known() {
    base::MutexLock lock(mutex_);
    return by_sequence_.size();
  }
  std::map<int64_t, std::string> records() {
    base::MutexLock lock(mutex_);
    return by_sequence_;
  }
  int connections() const { return connections_; }
  // Of those that came after the first record.
  int snapshots() const { return snapshots_; }

 private:
  void Run() {
    for (size_t i = 0; !stop_; ++i) WatchOnce(i % 2);
  }

  void WatchOnce(size_t server) {
    const auto channel = grpc::CreateCustomChannel(servers_.server(server).grpc_address(),
                                                   grpc::InsecureChannelCredentials(), Alone());
    const auto stub = v1::TokenService::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Milliseconds(700)));
    v1::WatchRevocationsRequest request;
    if (last_) {
      request.set_resume_after(last_->sequence());
      *request.mutable_resume_record_time() = last_->record_time();
    }
    const auto reader = stub->WatchRevocations(&context, request);
    Response response;
    bool any = false;
    for (; !stop_ && reader->Read(&response); any = true) Take(response);
    if (any) ++connections_;
    context.TryCancel();
    reader->Finish();
  }

  void Take(const Response& response) {
    base::MutexLock lock(mutex_);
    if (last_ && response.kind() != Response::KIND_DELTA) ++snapshots_;
    for (const v1::Revocation& record : response.revocations()) {
      const bool next = !last_ || record.sequence() == last_->sequence() + 1;
      EXPECT_TRUE(next || response.kind() != Response::KIND_DELTA)
          << record.sequence() << " after " << last_->sequence();
      by_sequence_[record.sequence()] = record.subject();
      if (!last_ || record.sequence() > last_->sequence()) last_ = record;
    }
  }

  // No connection of another follower.
  static grpc::ChannelArguments Alone() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return arguments;
  }

  Deployment& servers_;
  base::Mutex mutex_;
  std::map<int64_t, std::string> by_sequence_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::Revocation> last_;
  std::atomic<int> connections_{0};
  std::atomic<int> snapshots_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last
};

// Access tokens of one session, `count` of them.
std::vector<std::string> AccessTokens(Deployment& servers, int count) {
  std::vector<std::string> tokens;
  std::string refresh = servers.SignUp("ada@example.com").tokens().refresh_token();
  for (int i = 0; i < count; ++i) {
    const auto reply = servers.client(0).Refresh(refresh);
    EXPECT_TRUE(reply.ok()) << ReasonOf(reply.status);
    refresh = reply.message.tokens().refresh_token();
    tokens.push_back(reply.message.tokens().access_token());
  }
  return tokens;
}

// the order of the log is the order of commits without a gap, so that a follower who goes on
// from where he was misses nothing; proven with revokers on two servers, of which one is killed.
TEST(StreamsTest, AFollowerOverTwoServersMissesNoneOfManyAtOnceThoughOneIsKilled) {
  constexpr size_t kThreads = 8;
  Deployment both(2);
  const std::vector<std::string> tokens = AccessTokens(both, 400);
  Follower follower(both);
  std::atomic<size_t> next{0};
  std::vector<std::thread> revokers;
  for (size_t t = 0; t < kThreads; ++t) {
    revokers.emplace_back([&, t] {
      for (size_t i = next++; i < tokens.size(); i = next++) {
        // The one that is killed loses calls: they are made at the other.
        if (!both.client(t % 2).Revoke(tokens[i]).ok()) {
          EXPECT_TRUE(both.client(0).Revoke(tokens[i]).ok());
        }
      }
    });
  }
  EXPECT_TRUE(Eventually(absl::Seconds(60), [&] { return next > tokens.size() / 2; }));
  both.server(1).Kill();
  both.server(1).Start();
  for (std::thread& revoker : revokers) revoker.join();

  const int64_t head = both.Number("SELECT last FROM signet.revocation_head");
  EXPECT_TRUE(
      Eventually(absl::Seconds(60), [&] { return follower.known() == static_cast<size_t>(head); }))
      << follower.known() << " of " << head;
  EXPECT_TRUE(Eventually(absl::Seconds(60), [&] { return follower.connections() >= 4; }));
  follower.Stop();
  int64_t expected = 1;
  std::set<std::string> subjects;
  for (const auto& [sequence, subject] : follower.records()) {
    EXPECT_EQ(sequence, expected++);
    subjects.insert(subject);
  }
  EXPECT_EQ(subjects.size(), tokens.size());
  EXPECT_EQ(follower.snapshots(), 0) << "it goes on from where it was, each time";
  EXPECT_EQ(both.Violations(), "");
}

// The database is gone: watchers hear so, by a time that stands still, and lose nothing.
TEST(StreamsTest, HeartbeatsGoOnWithoutTheDatabaseAndTheirTimeStandsStill) {
  Deployment one(1);
  const std::vector<std::string> tokens = AccessTokens(one, 1);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(2)));
  const auto reader = one.client(0).tokens().WatchRevocations(&context, {});
  Response response;
  const auto next = [&] {
    EXPECT_TRUE(reader->Read(&response));
    return TimeOf(response.as_of());
  };
  next();
  ASSERT_TRUE(Cluster().Stop().ok());
  absl::Time as_of = next();
  int standing = 0;
  while (standing < 3 && !testing::Test::HasFailure()) {
    const absl::Time now = next();
    standing = now == as_of ? standing + 1 : 0;
    as_of = now;
  }
  ASSERT_TRUE(Cluster().Restart().ok());
  EXPECT_TRUE(Eventually(absl::Seconds(60), [&] { return one.client(0).Revoke(tokens[0]).ok(); }));
  while (response.revocations_size() == 0 && !testing::Test::HasFailure()) next();
  EXPECT_EQ(response.revocations_size(), 1);
  EXPECT_GT(TimeOf(response.as_of()), as_of);
  context.TryCancel();
}

// Many streams over some connections, read by one thread.
class Crowd {
 public:
  Crowd(const std::string& address, size_t connections, size_t streams) {
    grpc::ChannelArguments alone;
    alone.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    for (size_t i = 0; i < connections; ++i) {
      stubs_.push_back(v1::TokenService::NewStub(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), alone)));
    }
    for (size_t i = 0; i < streams; ++i) {
      auto& stream = streams_.emplace_back(std::make_unique<Stream>());
      stream->reader = stubs_[i % connections]->AsyncWatchRevocations(&stream->context, {}, &queue_,
                                                                      stream.get());
    }
    thread_ = std::thread([this] { Run(); });
  }
  ~Crowd() {
    for (auto& stream : streams_) stream->context.TryCancel();
    {
      base::MutexLock lock(mutex_);
      stopping_ = true;  // nothing may be begun on a queue that is shut down
      queue_.Shutdown();
    }
    thread_.join();
  }

  // How many have their snapshot, and how many have heard of sequence `sequence`.
  size_t ready() const { return ready_; }
  size_t heard(int64_t sequence) {
    base::MutexLock lock(mutex_);
    return heard_[sequence].size();
  }
  // When each heard of it.
  std::vector<absl::Time> times(int64_t sequence) {
    base::MutexLock lock(mutex_);
    return heard_[sequence];
  }

 private:
  struct Stream {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncReader<Response>> reader;
    Response response;
    bool reading = false;
  };

  void Run() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      auto* stream = static_cast<Stream*>(tag);
      if (!ok) continue;
      if (stream->reading) Take(*stream);
      stream->reading = true;
      base::MutexLock lock(mutex_);
      if (!stopping_) stream->reader->Read(&stream->response, stream);
    }
  }
  void Take(const Stream& stream) {
    if (stream.response.kind() == Response::KIND_SNAPSHOT_END) ++ready_;
    if (stream.response.revocations().empty()) return;
    const absl::Time now = absl::Now();
    base::MutexLock lock(mutex_);
    for (const auto& record : stream.response.revocations()) {
      heard_[record.sequence()].push_back(now);
    }
  }

  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<v1::TokenService::Stub>> stubs_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::atomic<size_t> ready_{0};
  base::Mutex mutex_;
  std::map<int64_t, std::vector<absl::Time>> heard_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// promised within a second; the figure is in the test's output.
TEST(StreamsTest, AThousandWatchersOfOneProcessHearOfARevocationWithinASecond) {
  constexpr size_t kWatchers = 1000;
  Deployment one(1);
  const std::vector<std::string> tokens = AccessTokens(one, 20);
  Crowd crowd(one.server(0).grpc_address(), 20, kWatchers);
  ASSERT_TRUE(Eventually(absl::Seconds(60), [&] { return crowd.ready() == kWatchers; }));
  EXPECT_EQ(Metric(one.server(0).http_port(),
                   "signet_grpc_streams_open{grpc_method=\"WatchRevocations\"}"),
            kWatchers);
  std::vector<absl::Duration> lags;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const absl::Time began = absl::Now();
    ASSERT_TRUE(one.client(0).Revoke(tokens[i]).ok());
    const auto sequence = static_cast<int64_t>(i) + 1;
    ASSERT_TRUE(Eventually(absl::Seconds(20), [&] { return crowd.heard(sequence) == kWatchers; }));
    for (const absl::Time heard : crowd.times(sequence)) lags.push_back(heard - began);
  }
  std::sort(lags.begin(), lags.end());
  const absl::Duration median = lags[lags.size() / 2];
  const absl::Duration p99 = lags[lags.size() * 99 / 100];
  std::printf("from the call of Revoke to %zu watchers: median %s, p99 %s, longest %s\n", kWatchers,
              absl::FormatDuration(median).c_str(), absl::FormatDuration(p99).c_str(),
              absl::FormatDuration(lags.back()).c_str());
  EXPECT_LT(p99, absl::Seconds(1));
}

}  // namespace
}  // namespace signet::tests
