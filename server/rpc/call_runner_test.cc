#include "server/rpc/call_runner.h"

#include <atomic>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <unistd.h>

#include "absl/synchronization/notification.h"
#include "client/base/error.h"
#include "client/base/fake_clock.h"
#include "client/token/token_fixture.h"
#include "client/token/verifier.h"
#include "server/domain/call_deadline.h"

namespace signet::rpc {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

class NobodyIsKnown final : public Authenticator {
 public:
  absl::StatusOr<domain::Caller> Authenticate(absl::string_view, absl::Time) const override {
    ++asked;
    return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "no");
  }
  mutable std::atomic<int> asked{0};
};

// Everybody is one user with the permission "users.read".
class OneUserIsKnown final : public Authenticator {
 public:
  absl::StatusOr<domain::Caller> Authenticate(absl::string_view, absl::Time) const override {
    token::AccessTokenClaims claims = token::SomeClaims();
    claims.subject = "0191e4a0-0000-7000-8000-000000000001";
    claims.session_id = "0191e4a0-0000-7000-8000-000000000002";
    claims.auth_time = token::At(1000);
    const auto token = token::SignClaims(token::TestKey(), "k", claims);
    return domain::Caller::From(verifier_.VerifyForIssuer(token, token::At(1100)).token());
  }

 private:
  base::Snapshot<token::KeySet> keys_{
      std::make_shared<const token::KeySet>(token::SetOf("k", token::TestKey()))};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<const token::RevocationSet>()};
  token::AccessTokenVerifier verifier_{{"https://id.example.com"}, keys_, revocations_};
};

// A call that no network brought.
class FakeCall final : public PendingCall {
 public:
  explicit FakeCall(Endpoint& endpoint) : endpoint_(endpoint) {}
  Endpoint& endpoint() const override { return endpoint_; }
  grpc::ServerContext& context() override { return context_; }
  const grpc::ServerContext& context() const override { return context_; }
  grpc::ByteBuffer& request() override { return request_; }
  bool cancelled() const override { return is_cancelled; }
  void Finish(const grpc::ByteBuffer&, const grpc::Status& answered) override {
    status = answered;
    if (++finishes == 1) done.Notify();
  }

  std::atomic<bool> is_cancelled{false};
  std::atomic<int> finishes{0};
  grpc::Status status;
  absl::Notification done;

 private:
  Endpoint& endpoint_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
};

class CallRunnerTest : public testing::Test {
 protected:
  static Lanes::Options SmallLanes() {
    Lanes::Options options;
    options.compute = options.database = options.hashing = Lanes::Size{1, 1};
    return options;
  }

  Endpoint& Make(const MethodRow& row, Handler handler) {
    rows_.push_back(row);
    Endpoint& endpoint = endpoints_.emplace_back();
    endpoint.row = &rows_.back();
    endpoint.handler = std::move(handler);
    endpoint.metrics = &metrics_.method(0);
    return endpoint;
  }

  static MethodRow Row(Lane lane, int max_in_flight = 100,
                       CallerRule::Kind kind = CallerRule::Kind::kAnyone) {
    return {"signet.v1.TokenService/Refresh", {kind, "keys.read"}, lane, max_in_flight, true};
  }

  // A handler that says when it runs and then waits to be let go.
  Handler Waiting() {
    return [this](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) {
      running_.Notify();
      let_go_.WaitForNotification();
      return absl::OkStatus();
    };
  }

  Handler Counting() {
    return [this](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) {
      ++ran_;
      return absl::OkStatus();
    };
  }

  uint64_t Refused(Lane lane, observe::LaneRefusal why) {
    return lane_metrics_.refused(LabelOf(lane), why);
  }

  base::FakeClock clock_{kNow};
  NobodyIsKnown nobody_;
  observe::LogWriter writer_{STDERR_FILENO};
  observe::Logger logger_{writer_, clock_, observe::LogLevel::kError};
  observe::GrpcMetrics metrics_{
      std::vector<observe::GrpcMetrics::Method>{{"signet.v1.TokenService", "Refresh"}}};
  observe::LaneMetrics lane_metrics_;
  std::deque<MethodRow> rows_;
  std::deque<Endpoint> endpoints_;
  absl::Notification running_;
  absl::Notification let_go_;
  std::atomic<int> ran_{0};
  Lanes lanes_{SmallLanes(), lane_metrics_};
  CallRunner runner_{CallRunner::Options(), clock_, nobody_, lanes_, logger_, lane_metrics_};
};

TEST_F(CallRunnerTest, AnInlineCallIsFinishedBeforeAcceptReturns) {
  FakeCall call(Make(Row(Lane::kInline), Counting()));
  runner_.Accept(call);
  EXPECT_EQ(call.finishes, 1);
  EXPECT_TRUE(call.status.ok());
  EXPECT_EQ(metrics_.method(0).started(), 1u);
  EXPECT_EQ(metrics_.method(0).handled(0), 1u);
}

TEST_F(CallRunnerTest, ABlockingCallRunsOnAWorkerUnderItsDeadline) {
  std::thread::id worker;
  absl::Time deadline;
  FakeCall call(Make(Row(Lane::kDatabase), [&](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) {
    worker = std::this_thread::get_id();
    deadline = domain::ScopedCallDeadline::Current();
    return absl::OkStatus();
  }));
  runner_.Accept(call);
  call.done.WaitForNotification();
  EXPECT_NE(worker, std::this_thread::get_id());
  EXPECT_EQ(deadline, kNow + absl::Seconds(10));  // the configured one: the caller set none
}

// what cannot be served is refused at once with a retry time.
TEST_F(CallRunnerTest, AFullQueueIsRefusedAtOnceAndTheOthersGoOn) {
  Endpoint& endpoint = Make(Row(Lane::kDatabase), Waiting());
  FakeCall first(endpoint);
  runner_.Accept(first);
  running_.WaitForNotification();
  FakeCall waiting(Make(Row(Lane::kDatabase), Counting()));
  FakeCall refused(endpoint);
  runner_.Accept(waiting);
  runner_.Accept(refused);
  EXPECT_EQ(refused.finishes, 1);
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(refused.status.error_details().find("OVERLOADED"), std::string::npos);
  EXPECT_NE(refused.status.error_details().find("RetryInfo"), std::string::npos);
  EXPECT_EQ(Refused(Lane::kDatabase, observe::LaneRefusal::kQueueFull), 1u);
  // Another lane has its own worker and queue.
  FakeCall other(Make(Row(Lane::kHashing), Counting()));
  runner_.Accept(other);
  other.done.WaitForNotification();
  EXPECT_TRUE(other.status.ok());
  let_go_.Notify();
  waiting.done.WaitForNotification();
  EXPECT_TRUE(waiting.status.ok());
}

TEST_F(CallRunnerTest, NoMoreCallsOfAMethodRunAtOnceThanItsRowSays) {
  Endpoint& endpoint = Make(Row(Lane::kDatabase, 1), Waiting());
  FakeCall first(endpoint);
  runner_.Accept(first);
  running_.WaitForNotification();
  FakeCall second(endpoint);
  runner_.Accept(second);
  EXPECT_EQ(second.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Refused(Lane::kDatabase, observe::LaneRefusal::kInFlightLimit), 1u);
  let_go_.Notify();
  first.done.WaitForNotification();
  EXPECT_EQ(endpoint.in_flight, 0);
}

TEST_F(CallRunnerTest, ACallThatExpiresInTheQueueNeverRuns) {
  FakeCall first(Make(Row(Lane::kDatabase), Waiting()));
  runner_.Accept(first);
  running_.WaitForNotification();
  FakeCall expired(Make(Row(Lane::kDatabase), Counting()));
  runner_.Accept(expired);
  clock_.Advance(absl::Seconds(10));
  let_go_.Notify();
  expired.done.WaitForNotification();
  EXPECT_EQ(expired.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_NE(expired.status.error_details().find("DEADLINE_EXCEEDED"), std::string::npos);
  EXPECT_EQ(ran_, 0);
  EXPECT_EQ(Refused(Lane::kDatabase, observe::LaneRefusal::kExpired), 1u);
}

TEST_F(CallRunnerTest, ACallThatIsCancelledInTheQueueNeverRuns) {
  FakeCall first(Make(Row(Lane::kDatabase), Waiting()));
  runner_.Accept(first);
  running_.WaitForNotification();
  FakeCall cancelled(Make(Row(Lane::kDatabase), Counting()));
  runner_.Accept(cancelled);
  cancelled.is_cancelled = true;
  let_go_.Notify();
  cancelled.done.WaitForNotification();
  EXPECT_EQ(cancelled.status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(ran_, 0);
}

TEST_F(CallRunnerTest, AfterTheWorkersStoppedABlockingCallIsSentElsewhere) {
  lanes_.Drain();
  FakeCall call(Make(Row(Lane::kDatabase), Counting()));
  runner_.Accept(call);
  EXPECT_EQ(call.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(call.status.error_details().find("SHUTTING_DOWN"), std::string::npos);
  EXPECT_NE(call.status.error_details().find("RetryInfo"), std::string::npos);
  EXPECT_EQ(ran_, 0);
}

// a caller who comes during the drain is told, in any lane; who came before is served.
TEST_F(CallRunnerTest, WhileTheServerDrainsANewCallIsSentElsewhere) {
  FakeCall running(Make(Row(Lane::kDatabase), Waiting()));
  runner_.Accept(running);
  running_.WaitForNotification();
  runner_.RefuseNewCalls();
  for (const Lane lane : {Lane::kInline, Lane::kDatabase}) {
    Endpoint& endpoint = Make(Row(lane), Counting());
    FakeCall call(endpoint);
    runner_.Accept(call);
    EXPECT_EQ(call.status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_NE(call.status.error_details().find("SHUTTING_DOWN"), std::string::npos);
    EXPECT_NE(call.status.error_details().find("RetryInfo"), std::string::npos);
    EXPECT_EQ(Refused(lane, observe::LaneRefusal::kShuttingDown), 1u);
    EXPECT_EQ(endpoint.in_flight, 0);
  }
  let_go_.Notify();
  running.done.WaitForNotification();
  EXPECT_TRUE(running.status.ok());
  EXPECT_EQ(ran_, 0);
}

TEST_F(CallRunnerTest, WithoutAValidCredentialNothingRuns) {
  for (const auto kind : {CallerRule::Kind::kUser, CallerRule::Kind::kPermission}) {
    FakeCall call(Make(Row(Lane::kInline, 100, kind), Counting()));
    runner_.Accept(call);
    EXPECT_EQ(call.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_NE(call.status.error_details().find("TOKEN_INVALID"), std::string::npos);
  }
  EXPECT_EQ(nobody_.asked, 2);
  EXPECT_EQ(ran_, 0);
}

TEST_F(CallRunnerTest, APermissionIsDemandedWhereTheRowNamesOne) {
  const OneUserIsKnown one;
  CallRunner runner(CallRunner::Options(), clock_, one, lanes_, logger_, lane_metrics_);
  MethodRow row = Row(Lane::kInline, 100, CallerRule::Kind::kPermission);
  FakeCall refused(Make(row, Counting()));
  runner.Accept(refused);
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_NE(refused.status.error_details().find("keys.read"), std::string::npos);
  EXPECT_EQ(ran_, 0);
  row.caller.permission = "users.read";
  FakeCall permitted(Make(row, [&](const Call& call, grpc::ByteBuffer&, grpc::ByteBuffer&) {
    EXPECT_EQ(call.caller->user_id().ToString(), "0191e4a0-0000-7000-8000-000000000001");
    return absl::OkStatus();
  }));
  runner.Accept(permitted);
  EXPECT_TRUE(permitted.status.ok());
}

//
TEST_F(CallRunnerTest, ARecentAuthenticationIsDemandedWhereTheRowSaysSo) {
  const OneUserIsKnown one;
  MethodRow row = Row(Lane::kInline, 100, CallerRule::Kind::kUser);
  row.step_up = StepUp::kRecent;
  base::FakeClock clock(token::At(1000) + absl::Minutes(15));
  CallRunner runner(CallRunner::Options(), clock, one, lanes_, logger_, lane_metrics_);
  FakeCall fresh(Make(row, Counting()));
  runner.Accept(fresh);
  EXPECT_TRUE(fresh.status.ok());
  clock.Advance(absl::Seconds(1));
  FakeCall old(Make(row, Counting()));
  runner.Accept(old);
  EXPECT_EQ(old.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  for (const char* said : {"STEP_UP_REQUIRED", "max_age", "900"}) {
    EXPECT_NE(old.status.error_details().find(said), std::string::npos) << said;
  }
  row.step_up = StepUp::kNone;
  FakeCall other(Make(row, Counting()));
  runner.Accept(other);
  EXPECT_TRUE(other.status.ok());
  EXPECT_EQ(ran_, 2);
}

TEST_F(CallRunnerTest, ACredentialIsNotEvenLookedAtWhereAnyoneMayCall) {
  FakeCall call(Make(Row(Lane::kInline), Counting()));
  runner_.Accept(call);
  EXPECT_EQ(nobody_.asked, 0);
  EXPECT_EQ(ran_, 1);
}

TEST_F(CallRunnerTest, AHandlerThatThrowsIsAnInternalErrorWithoutItsText) {
  FakeCall call(Make(Row(Lane::kInline),
                     [](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) -> absl::Status {
                       throw std::runtime_error("password=hunter2");
                     }));
  runner_.Accept(call);
  EXPECT_EQ(call.status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(call.status.error_message(), "internal error");
}

TEST_F(CallRunnerTest, EveryOneOf64ParallelCallersIsFinishedExactlyOnce) {
  Endpoint& endpoint = Make(Row(Lane::kDatabase, 8), Counting());
  std::deque<FakeCall> calls;
  for (int i = 0; i < 64; ++i) calls.emplace_back(endpoint);
  std::vector<std::thread> threads;
  for (FakeCall& call : calls) threads.emplace_back([&] { runner_.Accept(call); });
  for (auto& thread : threads) thread.join();
  lanes_.Drain();
  int served = 0;
  for (FakeCall& call : calls) {
    EXPECT_EQ(call.finishes, 1);
    if (call.status.ok()) ++served;
  }
  EXPECT_EQ(served, ran_);
  EXPECT_EQ(endpoint.in_flight, 0);
  EXPECT_EQ(metrics_.method(0).started(), 64u);
  EXPECT_EQ(metrics_.method(0).handled(0) + metrics_.method(0).handled(14), 64u);
}

}  // namespace
}  // namespace signet::rpc
