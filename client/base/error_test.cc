#include "client/base/error.h"

#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "client/base/status_macros.h"

namespace signet::base {
namespace {

TEST(ErrorTest, CarriesCodeReasonAndMessage) {
  const absl::Status status =
      MakeError(absl::StatusCode::kUnauthenticated, "CREDENTIALS_INVALID", "wrong");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(status.message(), "wrong");
  EXPECT_EQ(ErrorReason(status), "CREDENTIALS_INVALID");
  EXPECT_EQ(RetryAfter(status), std::nullopt);
  EXPECT_TRUE(FieldViolations(status).empty());
}

TEST(ErrorTest, AFieldErrorNamesTheField) {
  const absl::Status status = FieldError("user.email", "is not an address\nat all");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(status), "FIELD_INVALID");
  const auto violations = FieldViolations(status);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "user.email");
  EXPECT_EQ(violations[0].description, "is not an address\nat all");
}

TEST(ErrorTest, OverloadAndStorageSayWhenToRetry) {
  const absl::Status overloaded = Overloaded("full", absl::Milliseconds(1500));
  EXPECT_EQ(overloaded.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(overloaded), "OVERLOADED");
  EXPECT_EQ(RetryAfter(overloaded), absl::Milliseconds(1500));

  const absl::Status storage = StorageUnavailable(absl::Seconds(2));
  EXPECT_EQ(storage.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(storage), "STORAGE_UNAVAILABLE");
  EXPECT_EQ(RetryAfter(storage), absl::Seconds(2));
}

TEST(ErrorTest, RetryAfterCanBeAddedAndReplaced) {
  absl::Status status = MakeError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED", "slow");
  status = WithRetryAfter(status, absl::Seconds(1));
  status = WithRetryAfter(status, absl::Seconds(3));
  EXPECT_EQ(RetryAfter(status), absl::Seconds(3));
  EXPECT_EQ(ErrorReason(status), "RATE_LIMITED");
}

TEST(ErrorTest, AStatusFromElsewhereHasNothingToSay) {
  for (const absl::Status& status : {absl::OkStatus(), absl::InternalError("x")}) {
    EXPECT_EQ(ErrorReason(status), "");
    EXPECT_EQ(RetryAfter(status), std::nullopt);
    EXPECT_TRUE(FieldViolations(status).empty());
  }
}

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return MakeError(absl::StatusCode::kOutOfRange, "ODD", "odd");
  return value / 2;
}

absl::StatusOr<int> Quarter(int value) {
  SIGNET_ASSIGN_OR_RETURN(const int half, Half(value));
  SIGNET_RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

TEST(StatusMacrosTest, PassValuesOnAndReturnErrorsWithTheirPayload) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(ErrorReason(Quarter(7).status()), "ODD");
  EXPECT_EQ(ErrorReason(Quarter(6).status()), "ODD");
}

}  // namespace
}  // namespace signet::base
