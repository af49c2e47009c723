// PostgreSQL hangs, stops and crashes while every way of validating a token is under load: not one
// wrong answer (R-307, R-602). Each outage lasts SIGNET_OUTAGE_SECONDS (default 3).

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "envoy/service/auth/v3/external_auth.grpc.pb.h"
#include "tests/faults/deployment.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

using envoy::service::auth::v3::Authorization;
using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;

constexpr absl::Duration kRecovery = absl::Seconds(5);

absl::Duration OutageTime() {
  const char* asked = std::getenv("SIGNET_OUTAGE_SECONDS");
  int seconds = 0;
  return asked != nullptr && absl::SimpleAtoi(asked, &seconds) ? absl::Seconds(seconds)
                                                               : absl::Seconds(3);
}

// A process and all that it started.
void SignalFamily(pid_t pid, int signal) {
  std::ifstream children(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  kill(pid, signal);  // first: it starts no more of them
  for (pid_t child = 0; children >> child;) SignalFamily(child, signal);
}

// A token, and what every answer about it has to be.
struct Probe {
  enum class Kind { kGood, kRevoked, kForged } kind;
  std::string token;
};

std::vector<std::string> Parts(const std::string& token) { return absl::StrSplit(token, '.'); }

// Tokens that no issuer signed: parts of two good ones, and what was tried on other verifiers.
std::vector<std::string> ForgedFrom(const std::string& token, const std::string& other) {
  const auto a = Parts(token);
  const auto b = Parts(other);
  std::string flipped = token;
  char& one = flipped[flipped.size() - 10];
  one = one == 'A' ? 'B' : 'A';
  const std::string none = absl::WebSafeBase64Escape(R"({"alg":"none","typ":"at+jwt"})");
  return {flipped, absl::StrCat(a[0], ".", b[1], ".", a[2]), absl::StrCat(none, ".", a[1], "."),
          absl::StrCat(a[0], ".", a[1], "."), token.substr(0, token.size() - 1)};
}

// What is said about a token, and how old the knowledge is that it is said by.
struct Verdict {
  bool accepted = false;
  bool stale = false;  // refused for the age of that knowledge alone
  absl::Time as_of = absl::InfinitePast();
};

// Every way of asking, each on a connection of its own. Used by one thread.
class Doors {
 public:
  enum Door { kValidate, kBatch, kStream, kCheck, kAuthz, kCount };
  static constexpr std::array<const char*, kCount> kNames = {"Validate", "ValidateBatch",
                                                             "ValidateStream", "Check", "/authz"};

  explicit Doors(ServerProcess& server)
      : http_port_(server.http_port()),
        client_(server.grpc_address()),
        check_(Authorization::NewStub(
            grpc::CreateChannel(server.grpc_address(), grpc::InsecureChannelCredentials()))),
        stream_(client_.tokens().ValidateStream(&stream_context_)) {}
  ~Doors() {
    stream_context_.TryCancel();
    stream_->Finish();
  }

  Verdict Ask(Door door, const std::string& token) {
    switch (door) {
      case kValidate: {
        const auto reply = client_.Validate(token);
        EXPECT_TRUE(reply.ok()) << reply.status.error_message();
        return Read(reply.message);
      }
      case kBatch:
        return AskBatch(token);
      case kStream:
        return AskStream(token);
      case kCheck:
        return AskCheck(token);
      default:
        break;
    }
    const auto answer = HttpGet(
        http_port_, "/authz",
        {"X-Forwarded-Method: GET", "X-Forwarded-Uri: /api/x", "Authorization: Bearer " + token});
    EXPECT_TRUE(answer.status == 200 || answer.status == 401 || answer.status == 503)
        << answer.status;
    Verdict verdict{answer.status == 200, answer.status == 503};
    const auto as_of = answer.fields.find("x-signet-revocation-as-of");
    if (as_of != answer.fields.end()) verdict.as_of = TimeFrom(as_of->second);
    return verdict;
  }

  // The keys, at both doors.
  std::string Keys() {
    grpc::ClientContext context;
    v1::GetJwksResponse response;
    const grpc::Status status = client_.tokens().GetJwks(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    const auto answer = HttpGet(http_port_, "/.well-known/jwks.json");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, response.jwks_json());
    return answer.body;
  }

 private:
  static absl::Time TimeFrom(const std::string& text) {
    absl::Time time = absl::InfinitePast();
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) << text;
    return time;
  }
  static Verdict Read(const v1::ValidateResponse& response) {
    return {response.active(), response.reason() == v1::INACTIVE_REASON_REVOCATION_STALE,
            TimeOf(response.revocation_as_of())};
  }
  Verdict AskBatch(const std::string& token) {
    grpc::ClientContext context;
    v1::ValidateBatchRequest request;
    request.set_audience("signet");
    // Twice: the answers stand in the order of the questions.
    request.add_tokens(token);
    request.add_tokens("x");
    request.add_tokens(token);
    v1::ValidateBatchResponse response;
    const grpc::Status status = client_.tokens().ValidateBatch(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (response.results_size() != 3) return {};
    EXPECT_FALSE(response.results(1).active());
    EXPECT_EQ(response.results(0).active(), response.results(2).active());
    return {response.results(0).active(),
            response.results(0).reason() == v1::INACTIVE_REASON_REVOCATION_STALE,
            TimeOf(response.revocation_as_of())};
  }
  Verdict AskStream(const std::string& token) {
    v1::ValidateStreamRequest request;
    request.mutable_request()->set_token(token);
    request.mutable_request()->set_audience("signet");
    request.set_id(absl::StrCat(++asked_));
    v1::ValidateStreamResponse response;
    EXPECT_TRUE(stream_->Write(request) && stream_->Read(&response)) << "the stream has ended";
    EXPECT_EQ(response.id(), request.id());
    return Read(response.response());
  }
  Verdict AskCheck(const std::string& token) {
    CheckRequest request;
    auto& http = *request.mutable_attributes()->mutable_request()->mutable_http();
    http.set_method("GET");
    http.set_path("/api/x");
    (*http.mutable_headers())["authorization"] = "Bearer " + token;
    grpc::ClientContext context;
    CheckResponse response;
    const grpc::Status status = check_->Check(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    Verdict verdict;
    verdict.accepted = response.status().code() == 0 && response.has_ok_response();
    verdict.stale = response.denied_response().status().code() == 503;
    const auto& metadata = response.dynamic_metadata().fields();
    const auto as_of = metadata.find("revocation_as_of");
    if (as_of != metadata.end()) verdict.as_of = TimeFrom(as_of->second.string_value());
    return verdict;
  }

  const int http_port_;
  Client client_;
  const std::unique_ptr<Authorization::Stub> check_;
  grpc::ClientContext stream_context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ValidateStreamRequest, v1::ValidateStreamResponse>>
      stream_;
  int64_t asked_ = 0;
};

// A server with its tokens, and a thread of load for each door.
class Loaded {
 public:
  explicit Loaded(const ServerProcess::Settings& settings, bool may_be_stale)
      : may_be_stale_(may_be_stale), deployment_(1, settings) {
    const std::string first = deployment_.SignUp("ada@example.com").tokens().access_token();
    const std::string second = Login();
    probes_ = {{Probe::Kind::kGood, first}, {Probe::Kind::kGood, second}};
    for (std::string& forged : ForgedFrom(first, second)) {
      probes_.push_back({Probe::Kind::kForged, std::move(forged)});
    }
    for (int i = 0; i < 2; ++i) {
      const std::string token = Login();
      EXPECT_TRUE(deployment_.client(0).Logout(token).ok());
      EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return !Accepts(token); }));
      probes_.push_back({Probe::Kind::kRevoked, token});
    }
    keys_ = doors_.Keys();
    for (int door = 0; door < Doors::kCount; ++door) {
      threads_.emplace_back([this, door] { Run(static_cast<Doors::Door>(door)); });
    }
  }
  ~Loaded() { Stop(); }

  void Stop() {
    if (!stop_.HasBeenNotified()) stop_.Notify();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::string Login() { return deployment_.Login("ada@example.com").tokens().access_token(); }
  bool Accepts(const std::string& token) { return doors_.Ask(Doors::kValidate, token).accepted; }
  Verdict About(Doors::Door door) { return doors_.Ask(door, probes_[0].token); }
  Deployment& deployment() { return deployment_; }
  Doors& doors() { return doors_; }
  const std::string& keys() const { return keys_; }
  std::array<int64_t, Doors::kCount> answered() const {
    std::array<int64_t, Doors::kCount> counts{};
    for (int door = 0; door < Doors::kCount; ++door) counts[door] = answered_[door];
    return counts;
  }
  bool EachDoorAnswers(int more) {
    const auto before = answered();
    return Eventually(absl::Seconds(20), [&] {
      const auto now = answered();
      for (int door = 0; door < Doors::kCount; ++door) {
        if (now[door] < before[door] + more) return false;
      }
      return true;
    });
  }

 private:
  void Run(Doors::Door door) {
    Doors doors(deployment_.server(0));
    for (size_t i = 0; !stop_.HasBeenNotified(); ++i) {
      const Probe& probe = probes_[i % probes_.size()];
      const Verdict verdict = doors.Ask(door, probe.token);
      const bool good = probe.kind == Probe::Kind::kGood;
      // A good token is refused for stale knowledge where that was asked for, and only then; no
      // other one is ever called stale, which would mean that it is good.
      const bool right = good ? verdict.accepted || (may_be_stale_ && verdict.stale)
                              : !verdict.accepted && !verdict.stale;
      if (testing::Test::HasFailure()) return;
      if (!right) {
        ADD_FAILURE() << "wrong at " << Doors::kNames[door] << " about a token of kind "
                      << static_cast<int>(probe.kind) << ": accepted " << verdict.accepted
                      << ", stale " << verdict.stale;
        return;
      }
      ++answered_[door];
      stop_.WaitForNotificationWithTimeout(absl::Milliseconds(1));
    }
  }

  const bool may_be_stale_;
  Deployment deployment_;
  Doors doors_{deployment_.server(0)};
  std::vector<Probe> probes_;
  std::string keys_;
  absl::Notification stop_;
  std::array<std::atomic<int64_t>, Doors::kCount> answered_{};
  std::vector<std::thread> threads_;
};

class DatabaseDownTest : public testing::Test {
 protected:
  ~DatabaseDownTest() override { SignalFamily(Cluster().pid(), SIGCONT); }

  ServerProcess::Settings With(ServerProcess::Settings more) const {
    more.emplace("revocation.poll", "100ms");
    more.emplace("authz.rules", rules_);
    return more;
  }

  // What holds from the moment that PostgreSQL is gone until it is back.
  void ExpectOutage(absl::Duration time) {
    const absl::Time until = absl::Now() + time;
    std::array<absl::Time, Doors::kCount> as_of{};
    for (int door = 0; door < Doors::kCount; ++door) {
      as_of[door] = patient_.About(static_cast<Doors::Door>(door)).as_of;
    }
    EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return strict_.About(Doors::kCheck).stale; }));
    for (int door = 0; door < Doors::kCount; ++door) {
      EXPECT_TRUE(strict_.About(static_cast<Doors::Door>(door)).stale) << Doors::kNames[door];
    }
    do {
      EXPECT_TRUE(patient_.EachDoorAnswers(20));
      EXPECT_TRUE(strict_.EachDoorAnswers(20));
      EXPECT_EQ(patient_.doors().Keys(), patient_.keys());
    } while (absl::Now() < until);
    // Nothing was heard, and each answer says so: its knowledge grows older.
    for (int door = 0; door < Doors::kCount; ++door) {
      EXPECT_EQ(patient_.About(static_cast<Doors::Door>(door)).as_of, as_of[door])
          << Doors::kNames[door];
      EXPECT_LT(as_of[door], until - time + absl::Seconds(1)) << Doors::kNames[door];
    }
    EXPECT_GT(
        Metric(patient_.deployment().server(0).http_port(), "signet_revocation_as_of_age_seconds"),
        absl::ToDoubleSeconds(time) - 1);
  }

  // Every door knows what has happened since `back`, and accepts where it refused for not knowing.
  bool HasRecovered(absl::Time back) {
    for (int door = 0; door < Doors::kCount; ++door) {
      if (!strict_.About(static_cast<Doors::Door>(door)).accepted) return false;
      if (patient_.About(static_cast<Doors::Door>(door)).as_of < back) return false;
    }
    return true;
  }

  // And what is revoked now is heard of.
  void ExpectRecovery(const char* outage) {
    const absl::Time back = absl::Now();
    EXPECT_TRUE(Eventually(absl::Seconds(30), [&] { return HasRecovered(back); })) << outage;
    const absl::Duration took = absl::Now() - back;
    EXPECT_LT(took, kRecovery) << outage;
    std::printf("[ MEASURED ] %s: every door has recovered %s after PostgreSQL was back\n", outage,
                absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(1))).c_str());
    const std::string token = patient_.Login();
    EXPECT_TRUE(patient_.Accepts(token));
    EXPECT_TRUE(patient_.deployment().client(0).Logout(token).ok());
    EXPECT_TRUE(Eventually(kRecovery, [&] { return !patient_.Accepts(token); })) << outage;
  }

  const ScratchDirectory scratch_;
  const std::string rules_ = scratch_.Write("authz.yaml", "\"/api/\":\n  audience: signet\n");
  Loaded patient_{With({}), false};
  Loaded strict_{With({{"revocation.when_stale", "refuse"}, {"revocation.max_staleness", "2s"}}),
                 true};
};

TEST_F(DatabaseDownTest, NoDoorGivesAWrongAnswerAndAllRecover) {
  const absl::Duration time = OutageTime();
  ASSERT_TRUE(patient_.EachDoorAnswers(20));
  const struct {
    const char* name;
    std::function<void()> begin;
    std::function<void()> end;
  } kOutages[] = {
      {"hanging", [] { SignalFamily(Cluster().pid(), SIGSTOP); },
       [] { SignalFamily(Cluster().pid(), SIGCONT); }},
      {"stopped", [] { EXPECT_TRUE(Cluster().Stop().ok()); },
       [] { ASSERT_TRUE(Cluster().Restart().ok()); }},
      {"crashed", [] { EXPECT_TRUE(Cluster().Crash().ok()); },
       [] { ASSERT_TRUE(Cluster().Restart().ok()); }},
  };
  for (const auto& outage : kOutages) {
    SCOPED_TRACE(outage.name);
    outage.begin();
    ExpectOutage(time);
    outage.end();
    ExpectRecovery(outage.name);
    if (HasFailure()) break;
  }
  patient_.Stop();
  strict_.Stop();
  for (int door = 0; door < Doors::kCount; ++door) {
    std::printf("[ MEASURED ] %s: %lld answers, none wrong\n", Doors::kNames[door],
                static_cast<long long>(patient_.answered()[door] + strict_.answered()[door]));
  }
}

}  // namespace
}  // namespace signet::tests
