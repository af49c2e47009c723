#include "server/rpc/outside_call.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "server/rpc/call_runner_fixture.h"
#include "server/rpc/typed_handler.h"
#include "signet/v1/token_service.pb.h"

namespace signet::rpc {
namespace {

using Header = domain::TrustedProxies::Header;

class OutsideCallTest : public CallRunnerTest {
 protected:
  // Carries it and returns what the port is given.
  OutsideAnswer Carry(CallRunner& runner, Endpoint& endpoint, OutsideRequest request) {
    std::optional<OutsideAnswer> given;
    absl::Notification done;
    runner.Accept(*new OutsideCall(endpoint, std::move(request), [&](OutsideAnswer answer) {
      given = std::move(answer);
      done.Notify();
    }));
    done.WaitForNotification();
    return *std::move(given);
  }

  // Answers a Refresh with the token that it brought, and remembers the call.
  Handler Echoing() {
    return TypedHandler<v1::RefreshRequest, v1::RefreshResponse>(
        [this](const Call& call, v1::RefreshRequest& request, v1::RefreshResponse& response) {
          info_ = call.info;
          response.mutable_tokens()->set_refresh_token(request.refresh_token());
          return absl::OkStatus();
        });
  }

  static OutsideRequest Asking() {
    v1::RefreshRequest message;
    message.set_refresh_token("one");
    return {.message = message.SerializeAsString(), .caller = "192.0.2.1"};
  }

  domain::CallInfo info_;
};

TEST_F(OutsideCallTest, BytesGoInAndComeOut) {
  Endpoint& endpoint = Make(Row(Lane::kDatabase), Echoing());
  const OutsideAnswer answer = Carry(runner_, endpoint, Asking());
  ASSERT_TRUE(answer.status.ok());
  v1::RefreshResponse message;
  ASSERT_TRUE(message.ParseFromString(answer.message));
  EXPECT_EQ(message.tokens().refresh_token(), "one");
}

// who is counted is said by the port, never by what the caller sent, even where everybody's
// word about that is taken.
TEST_F(OutsideCallTest, TheCallerIsWhomThePortNamesWhateverWasSent) {
  CallRunner::Options options;
  options.trusted_proxies =
      domain::TrustedProxies::Parse("0.0.0.0/0, ::/0, unix", Header::kXForwardedFor).value();
  CallRunner believing(options, clock_, nobody_, lanes_, logger_, lane_metrics_);
  Endpoint& endpoint = Make(Row(Lane::kDatabase), Echoing());
  OutsideRequest request = Asking();
  request.fields = {{"x-forwarded-for", "203.0.113.9"}, {"forwarded", "for=203.0.113.9"}};
  EXPECT_TRUE(Carry(believing, endpoint, std::move(request)).status.ok());
  EXPECT_EQ(info_.peer.address, "192.0.2.1");
}

TEST_F(OutsideCallTest, WhatCameWithItIsReadAsOverGrpc) {
  Endpoint& endpoint = Make(Row(Lane::kDatabase), Echoing());
  OutsideRequest request = Asking();
  request.fields = {{"user-agent", "curl/8"},
                    {"x-request-id", "r-1"},
                    {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};
  request.deadline = kNow + absl::Seconds(3);
  const OutsideAnswer answer = Carry(runner_, endpoint, std::move(request));
  EXPECT_EQ(info_.peer.user_agent, "curl/8");
  EXPECT_EQ(info_.trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(info_.deadline, kNow + absl::Seconds(3));
  EXPECT_THAT(answer.fields, testing::ElementsAre(testing::Pair("x-request-id", "r-1")));
}

// Of the inline lane, too, which reads nothing else of what came with a call.
TEST_F(OutsideCallTest, ASampledCallIsTheExemplarOfItsMethodAtTheTimeOfItsEnd) {
  for (const Lane lane : {Lane::kInline, Lane::kDatabase}) {
    Endpoint& endpoint = Make(Row(lane), Echoing());
    OutsideRequest request = Asking();
    request.fields = {
        {"traceparent", absl::StrCat("00-0af7651916cd43dd8448eb211c80319", static_cast<int>(lane),
                                     "-b7ad6b7169203331-01")}};
    Carry(runner_, endpoint, std::move(request));
    std::vector<std::string> found;
    const observe::FamilyExemplars exemplars = metrics_.CollectExemplars();
    for (const auto& exemplar : exemplars.metrics[0]) {
      if (!exemplar) continue;
      found.emplace_back(exemplar->trace_id.data(), exemplar->trace_id.size());
      EXPECT_EQ(exemplar->time, kNow + absl::Nanoseconds(exemplar->nanos));
    }
    EXPECT_THAT(found, testing::Contains(absl::StrCat("0af7651916cd43dd8448eb211c80319",
                                                      static_cast<int>(lane))));
  }
}

// the same door, the same refusals.
TEST_F(OutsideCallTest, WithoutATokenWhereOneIsNeededItIsRefusedUnheard) {
  Endpoint& endpoint = Make(Row(Lane::kDatabase, 100, CallerRule::Kind::kUser), Counting());
  const OutsideAnswer answer = Carry(runner_, endpoint, Asking());
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_FALSE(answer.status.error_details().empty());
  EXPECT_EQ(answer.message, "");
  EXPECT_EQ(ran_, 0);
}

TEST_F(OutsideCallTest, ADeadlineThatHasPassedIsAnsweredAndNothingRuns) {
  Endpoint& endpoint = Make(Row(Lane::kDatabase), Counting());
  OutsideRequest request = Asking();
  request.deadline = kNow;
  EXPECT_EQ(Carry(runner_, endpoint, std::move(request)).status.error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ran_, 0);
}

TEST_F(OutsideCallTest, InABatchItIsOneOfThem) {
  let_go_.Notify();
  Endpoint& endpoint = MakeBatch(Row(Lane::kBatch), HeldBatches());
  EXPECT_TRUE(Carry(runner_, endpoint, Asking()).status.ok());
  EXPECT_EQ(batches_, std::vector<size_t>{1});
}

}  // namespace
}  // namespace signet::rpc
