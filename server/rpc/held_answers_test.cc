#include "server/rpc/held_answers.h"

#include <vector>

#include <gmock/gmock.h>

#include "absl/synchronization/notification.h"
#include "client/base/error.h"
#include "client/base/fake_clock.h"
#include "server/rpc/call_runner_fixture.h"

namespace signet::rpc {
namespace {

using ::testing::ElementsAre;

class HeldAnswersTest : public testing::Test {
 protected:
  HeldAnswers::Answer Giving(int number) {
    return [this, number] { given_.push_back(number); };
  }
  // Returns when everything that is due has been given.
  void GiveWhatIsDue() {
    absl::Notification done;
    held_.Hold(clock_.Now(), [&done] { done.Notify(); });
    done.WaitForNotification();
  }

  base::FakeClock clock_{kNow};
  std::vector<int> given_;
  HeldAnswers held_{clock_};
};

TEST_F(HeldAnswersTest, GivesEachWhenItsTimeHasComeAndNotBefore) {
  held_.Hold(kNow + absl::Hours(2), Giving(2));
  held_.Hold(kNow + absl::Hours(1), Giving(1));
  held_.Hold(kNow + absl::Hours(3), Giving(3));
  GiveWhatIsDue();
  EXPECT_THAT(given_, ElementsAre());
  clock_.Advance(absl::Hours(2));
  GiveWhatIsDue();
  EXPECT_THAT(given_, ElementsAre(1, 2));
}

TEST_F(HeldAnswersTest, WhoseTimeHasPassedIsGivenAtOnce) {
  absl::Notification given;
  held_.Hold(kNow - absl::Hours(1), [&given] { given.Notify(); });
  given.WaitForNotification();
}

TEST_F(HeldAnswersTest, ADrainGivesEverythingAndHoldsNothingMore) {
  held_.Hold(kNow + absl::Hours(2), Giving(2));
  held_.Hold(kNow + absl::Hours(1), Giving(1));
  held_.Drain();
  EXPECT_THAT(given_, ElementsAre(1, 2));
  held_.Hold(kNow + absl::Hours(1), Giving(3));
  EXPECT_THAT(given_, ElementsAre(1, 2, 3));
}

// how long a refusal took must not tell whether there is an account, or what its hash is.
class EvenRefusalTest : public CallRunnerTest {
 protected:
  static CallRunner::Options Evenly() {
    CallRunner::Options options;
    options.refusal_time = absl::Milliseconds(300);
    return options;
  }
  Endpoint& Refusing(absl::string_view reason, EvenTime time) {
    MethodRow row = Row(Lane::kInline);
    row.even_time = time;
    return Make(row, [reason](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) {
      return base::MakeError(absl::StatusCode::kUnauthenticated, reason, "no");
    });
  }

  CallRunner even_{Evenly(), clock_, nobody_, lanes_, logger_, lane_metrics_};
};

TEST_F(EvenRefusalTest, ARefusedCredentialIsAnsweredAtItsTimeWhateverWasDoneMeanwhile) {
  Endpoint& endpoint = Refusing("CREDENTIALS_INVALID", EvenTime::kRefusals);
  FakeCall call(endpoint);
  even_.Accept(call);
  clock_.Advance(absl::Milliseconds(299));
  EXPECT_EQ(call.finishes, 0);
  clock_.Advance(absl::Milliseconds(1));
  FakeCall next(endpoint);
  even_.Accept(next);
  call.done.WaitForNotification();
  EXPECT_EQ(call.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(next.finishes, 0);
  even_.ReleaseHeld();
  EXPECT_EQ(next.finishes, 1);
  EXPECT_EQ(endpoint.in_flight, 0);
}

TEST_F(EvenRefusalTest, AnythingElseIsAnsweredAtOnce) {
  FakeCall limited(Refusing("RATE_LIMITED", EvenTime::kRefusals));
  even_.Accept(limited);
  EXPECT_EQ(limited.finishes, 1);
  FakeCall elsewhere(Refusing("CREDENTIALS_INVALID", EvenTime::kNone));
  even_.Accept(elsewhere);
  EXPECT_EQ(elsewhere.finishes, 1);
}

// a reset that was asked for an address that nobody has is answered like any other.
TEST_F(EvenRefusalTest, WhereTheRowSaysSoWhatIsAcceptedIsAnsweredAtItsTimeToo) {
  MethodRow row = Row(Lane::kInline);
  row.even_time = EvenTime::kAccepted;
  Endpoint& accepting = Make(row, [](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer& answer) {
    const grpc::Slice slice("accepted");
    answer = grpc::ByteBuffer(&slice, 1);
    return absl::OkStatus();
  });
  FakeCall call(accepting);
  even_.Accept(call);
  clock_.Advance(absl::Milliseconds(299));
  EXPECT_EQ(call.finishes, 0);
  clock_.Advance(absl::Milliseconds(1));
  call.done.WaitForNotification();
  EXPECT_TRUE(call.status.ok());
  FakeCall refused(Refusing("FIELD_INVALID", EvenTime::kAccepted));
  even_.Accept(refused);
  EXPECT_EQ(refused.finishes, 1);
}

TEST(MethodTable, WhatIsAcceptedForEveryAddressTakesTheSameTime) {
  for (const MethodRow& row : MethodTable()) {
    const bool tells_nobody =
        row.method() == "RequestPasswordReset" || row.method() == "ResendVerification";
    EXPECT_EQ(row.even_time == EvenTime::kAccepted, tells_nobody) << row.full_name;
  }
}

// Whether a method checks a password that somebody has, and does not only take a new one.
bool ChecksAPassword(const MethodRow& row) {
  if (row.method() == "Register") return false;
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      std::string(row.service()));
  const auto* request = service->FindMethodByName(std::string(row.method()))->input_type();
  return request->FindFieldByName("password") != nullptr ||
         request->FindFieldByName("current_password") != nullptr;
}

TEST(MethodTable, EveryRefusedPasswordTakesTheSameTime) {
  for (const MethodRow& row : MethodTable()) {
    if (!ChecksAPassword(row)) continue;
    EXPECT_EQ(row.even_time, EvenTime::kRefusals) << row.full_name;
  }
}

}  // namespace
}  // namespace signet::rpc
