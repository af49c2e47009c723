#include "server/rpc/call_runner.h"

#include <deque>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/test/server_context_test_spouse.h>

#include "server/rpc/call_runner_fixture.h"
#include "server/rpc/fake_rates.h"

namespace signet::rpc {
namespace {

TEST_F(CallRunnerTest, AnInlineCallIsFinishedBeforeAcceptReturns) {
  FakeCall call(Make(Row(Lane::kInline), Counting()));
  runner_.Accept(call);
  EXPECT_EQ(call.finishes, 1);
  EXPECT_TRUE(call.status.ok());
  EXPECT_EQ(metrics_.method(0).started(), 1u);
  EXPECT_EQ(metrics_.method(0).handled(0), 1u);
}

//
TEST_F(CallRunnerTest, ALimitedMethodWithoutATokenDoesNotRun) {
  EmptyRates rates;
  CallRunner::Options options;
  options.rates = &rates;
  CallRunner limited(options, clock_, nobody_, lanes_, logger_, lane_metrics_);
  MethodRow row = Row(Lane::kDatabase);
  row.limited = domain::LimitedAction::kRefresh;
  Endpoint& endpoint = Make(row, Counting());
  FakeCall refused(endpoint);
  limited.Accept(refused);
  refused.done.WaitForNotification();
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(rates.taken, 1);  // whom the address refuses takes nothing from the rest
  EXPECT_EQ(ran_, 0);
  rates.scope = domain::LimitScope::kAccount;
  FakeCall through(endpoint);
  limited.Accept(through);
  through.done.WaitForNotification();
  EXPECT_TRUE(through.status.ok());
  EXPECT_EQ(ran_, 1);
}

// A thief's calls are not the owner's.
TEST_F(CallRunnerTest, AMethodOfASessionIsLimitedByTheSession) {
  EmptyRates rates;
  rates.scope = domain::LimitScope::kAccount;
  CallRunner::Options options;
  options.rates = &rates;
  const OneUserIsKnown known;
  CallRunner limited(options, clock_, known, lanes_, logger_, lane_metrics_);
  MethodRow row = Row(Lane::kDatabase, 100, CallerRule::Kind::kUser);
  row.limited = domain::LimitedAction::kLogin;
  FakeCall call(Make(row, Counting()));
  limited.Accept(call);
  call.done.WaitForNotification();
  EXPECT_EQ(call.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(rates.last, "0191e4a0-0000-7000-8000-000000000002");
  EXPECT_EQ(ran_, 0);
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

// a storm of logins costs no worker. Other lanes hash nothing.
TEST_F(CallRunnerTest, WithoutRoomForAPasswordNoWorkerIsAskedForOne) {
  CallRunner::Options options;
  absl::Time asked_until;
  options.hashing_room = [&](absl::Time deadline) {
    asked_until = deadline;
    return base::Overloaded("no capacity", absl::Seconds(3));
  };
  CallRunner runner(options, clock_, nobody_, lanes_, logger_, lane_metrics_);
  FakeCall refused(Make(Row(Lane::kHashing), Counting()));
  runner.Accept(refused);
  EXPECT_EQ(refused.finishes, 1);  // before Accept returned
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(refused.status.error_details().find("OVERLOADED"), std::string::npos);
  EXPECT_NE(refused.status.error_details().find("RetryInfo"), std::string::npos);
  EXPECT_EQ(ran_, 0);
  EXPECT_EQ(asked_until, kNow + options.default_deadline);
  FakeCall other(Make(Row(Lane::kDatabase), Counting()));
  runner.Accept(other);
  other.done.WaitForNotification();
  EXPECT_TRUE(other.status.ok());
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
  for (Endpoint* endpoint :
       {&Make(Row(Lane::kDatabase), Counting()), &MakeBatch(Row(Lane::kBatch), HeldBatches())}) {
    FakeCall call(*endpoint);
    runner_.Accept(call);
    EXPECT_EQ(call.status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_NE(call.status.error_details().find("SHUTTING_DOWN"), std::string::npos);
    EXPECT_NE(call.status.error_details().find("RetryInfo"), std::string::npos);
  }
  EXPECT_EQ(ran_, 0);
  EXPECT_TRUE(batches_.empty());
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

// Knows one session token, which is OneUserIsKnown's.
class OneSessionIsKnown final : public Authenticator {
 public:
  absl::StatusOr<domain::Caller> Authenticate(absl::string_view, absl::Time) const override {
    return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "no");
  }
  absl::StatusOr<domain::Caller> AuthenticateSession(absl::string_view token, Reading reading,
                                                     absl::Time now) const override {
    ++asked;
    last = reading;
    if (token != "sgs_known") {
      return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "no");
    }
    return user_.Authenticate("", now);
  }
  mutable std::atomic<int> asked{0};
  mutable std::atomic<Reading> last{Reading::kAtHand};

 private:
  OneUserIsKnown user_;
};

class SessionCallerTest : public CallRunnerTest {
 protected:
  grpc::Status CallAs(const std::string& bearer, MethodRow row) {
    return CallAs(bearer, Make(row, Counting()), sessions_runner_);
  }
  static grpc::Status CallAs(const std::string& bearer, Endpoint& endpoint, CallRunner& runner) {
    FakeCall call(endpoint);
    grpc::testing::ServerContextTestSpouse context(&call.context());
    context.AddClientMetadata("authorization", "Bearer " + bearer);
    runner.Accept(call);
    call.done.WaitForNotification();
    return call.status;
  }
  OneSessionIsKnown sessions_;
  CallRunner sessions_runner_{CallRunner::Options(), clock_, sessions_, lanes_, logger_,
                              lane_metrics_};
};

// an old client's only credential, wherever the user's is asked for.
TEST_F(SessionCallerTest, ASessionTokenIsTheUserWhereAWorkerRunsTheCall) {
  EXPECT_TRUE(CallAs("sgs_known", Row(Lane::kDatabase, 100, CallerRule::Kind::kUser)).ok());
  EXPECT_EQ(ran_, 1);
  EXPECT_EQ(sessions_.last, Authenticator::Reading::kAtHand);
  EXPECT_FALSE(CallAs("sgs_other", Row(Lane::kDatabase, 100, CallerRule::Kind::kUser)).ok());
  // The permission of the row is not among the user's.
  EXPECT_FALSE(CallAs("sgs_known", Row(Lane::kDatabase, 100, CallerRule::Kind::kPermission)).ok());
  EXPECT_EQ(ran_, 1);
}

// Where no worker would judge it, it is nothing.
TEST_F(SessionCallerTest, ASessionTokenIsNobodyWhereNoWorkerRunsTheCall) {
  EXPECT_FALSE(CallAs("sgs_known", Row(Lane::kInline, 100, CallerRule::Kind::kUser)).ok());
  Endpoint& batch = MakeBatch(Row(Lane::kBatch, 100, CallerRule::Kind::kUser), HeldBatches());
  EXPECT_FALSE(CallAs("sgs_known", batch, sessions_runner_).ok());
  EXPECT_EQ(sessions_.asked, 0);
}

// as a session with an access token is.
TEST_F(SessionCallerTest, ItsSessionIsLimited) {
  EmptyRates rates;
  rates.scope = domain::LimitScope::kAccount;
  CallRunner::Options options;
  options.rates = &rates;
  CallRunner limited(options, clock_, sessions_, lanes_, logger_, lane_metrics_);
  MethodRow row = Row(Lane::kDatabase, 100, CallerRule::Kind::kUser);
  row.limited = domain::LimitedAction::kLogin;
  EXPECT_EQ(CallAs("sgs_known", Make(row, Counting()), limited).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(rates.last, "0191e4a0-0000-7000-8000-000000000002");
  EXPECT_EQ(ran_, 0);
}

// It may have stepped up on another server just now.
TEST_F(SessionCallerTest, AStepUpIsReadAnew) {
  MethodRow row = Row(Lane::kDatabase, 100, CallerRule::Kind::kUser);
  row.step_up = StepUp::kRecent;
  (void)CallAs("sgs_known", row);
  EXPECT_EQ(sessions_.last, Authenticator::Reading::kAnew);
}

}  // namespace
}  // namespace signet::rpc
