// The batch lane: calls that wait together run together, and each still ends by itself.

#include <deque>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>

#include "server/rpc/call_runner_fixture.h"

namespace signet::rpc {
namespace {

using CallBatchTest = CallRunnerTest;

TEST_F(CallBatchTest, CallsThatWaitInTheBatchLaneRunTogetherUntilTheLatestOfTheirDeadlines) {
  Endpoint& endpoint = MakeBatch(Row(Lane::kBatch), HeldBatches());
  FakeCall first(endpoint);
  runner_.Accept(first);
  running_.WaitForNotification();
  std::deque<FakeCall> calls;
  for (int i = 0; i < 3; ++i) runner_.Accept(calls.emplace_back(endpoint));
  clock_.Advance(absl::Seconds(1));
  runner_.Accept(calls.emplace_back(endpoint));
  let_go_.Notify();
  for (FakeCall& call : calls) call.done.WaitForNotification();
  EXPECT_THAT(batches_, testing::ElementsAre(1u, 4u));
  EXPECT_EQ(batch_deadline_, kNow + absl::Seconds(11));
  for (FakeCall& call : calls) EXPECT_TRUE(call.status.ok());
  lanes_.Drain();
  for (FakeCall& call : calls) EXPECT_EQ(call.finishes, 1);
  EXPECT_EQ(endpoint.in_flight, 0);
}

TEST_F(CallBatchTest, WhoIsGoneOrTooLateIsTakenOutOfTheBatch) {
  Endpoint& endpoint = MakeBatch(Row(Lane::kBatch), HeldBatches());
  FakeCall first(endpoint);
  runner_.Accept(first);
  running_.WaitForNotification();
  FakeCall expired(endpoint);
  runner_.Accept(expired);
  clock_.Advance(absl::Seconds(10));
  FakeCall cancelled(endpoint);
  FakeCall served(endpoint);
  FakeCall beside(endpoint);
  FakeCall refused(endpoint);
  for (FakeCall* call : {&cancelled, &served, &beside, &refused}) runner_.Accept(*call);
  cancelled.is_cancelled = true;
  let_go_.Notify();
  beside.done.WaitForNotification();
  EXPECT_TRUE(served.status.ok());
  EXPECT_TRUE(beside.status.ok());
  EXPECT_EQ(expired.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(cancelled.status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_NE(refused.status.error_details().find("OVERLOADED"), std::string::npos);
  EXPECT_THAT(batches_, testing::ElementsAre(1u, 2u));
  EXPECT_EQ(Refused(Lane::kBatch, observe::LaneRefusal::kExpired), 1u);
  EXPECT_EQ(Refused(Lane::kBatch, observe::LaneRefusal::kCancelled), 1u);
  EXPECT_EQ(Refused(Lane::kBatch, observe::LaneRefusal::kQueueFull), 1u);
}

TEST_F(CallBatchTest, EachMethodOfTheBatchLaneGetsItsOwnCallsAlone) {
  Endpoint& one = MakeBatch(Row(Lane::kBatch), HeldBatches());
  Endpoint& other = MakeBatch(Row(Lane::kBatch), HeldBatches());
  FakeCall first(one);
  runner_.Accept(first);
  running_.WaitForNotification();
  std::deque<FakeCall> calls;
  for (Endpoint* endpoint : {&one, &other, &one}) runner_.Accept(calls.emplace_back(*endpoint));
  let_go_.Notify();
  for (FakeCall& call : calls) call.done.WaitForNotification();
  lanes_.Drain();
  EXPECT_THAT(batches_, testing::ElementsAre(1u, 2u, 1u));
}

TEST_F(CallBatchTest, WhomABatchHandlerLeavesUnansweredIsInternalAndTheOthersHaveTheirAnswer) {
  bool throws = false;
  Endpoint& endpoint = MakeBatch(Row(Lane::kBatch), [&](absl::Span<BatchedCall* const> calls) {
    if (throws) throw std::runtime_error("password=hunter2");
    for (size_t i = 1; i < calls.size(); ++i) calls[i]->Answer({}, absl::OkStatus());
  });
  for (int i = 0; i < 2; ++i) {
    FakeCall call(endpoint);
    runner_.Accept(call);
    call.done.WaitForNotification();
    EXPECT_EQ(call.status.error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_EQ(call.status.error_message(), "internal error");
    throws = true;
  }
}

// what would have to be waited for is carried elsewhere, and holds up nobody.
TEST_F(CallBatchTest, WhatIsNotAtHandIsCarriedByTheBatchHandler) {
  for (const Lane lane : {Lane::kInline, Lane::kCompute}) {
    Endpoint& endpoint = Make(
        Row(lane), [](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) { return NotAtHand(); });
    absl::Time deadline;
    endpoint.batch_handler = [&](absl::Span<BatchedCall* const> calls) {
      deadline = domain::ScopedCallDeadline::Current();
      for (BatchedCall* call : calls) call->Answer({}, absl::OkStatus());
    };
    FakeCall call(endpoint);
    runner_.Accept(call);
    call.done.WaitForNotification();
    EXPECT_TRUE(call.status.ok()) << call.status.error_message();
    EXPECT_EQ(deadline, kNow + absl::Seconds(10)) << "an inline call has none until it must wait";
  }
}

}  // namespace
}  // namespace signet::rpc
