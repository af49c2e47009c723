#include "server/rpc/status_mapping.h"

#include <string>

#include <gtest/gtest.h>

#include "client/base/error.h"
#include "client/base/quota_error.h"
#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace signet::rpc {
namespace {

// All details of an answer, in order, one line each.
std::string Details(const absl::Status& status) {
  google::rpc::Status wire;
  if (!wire.ParseFromString(ToPublicError(status).status.error_details())) return "unreadable";
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetExpandAny(true);
  std::string text;
  printer.PrintToString(wire, &text);
  return text;
}

grpc::StatusCode CodeOf(const absl::Status& status) {
  return ToPublicError(status).status.error_code();
}

TEST(PublicError, AlwaysCarriesOneErrorInfo) {
  const auto status = base::MakeError(absl::StatusCode::kUnauthenticated, "CREDENTIALS_INVALID",
                                      "e-mail or password is wrong");
  EXPECT_EQ(CodeOf(status), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Details(status),
            "code: 16 message: \"e-mail or password is wrong\" details { "
            "[type.googleapis.com/google.rpc.ErrorInfo] { reason: \"CREDENTIALS_INVALID\" "
            "domain: \"signet\" } } ");
  EXPECT_EQ(ToPublicError(status).reason, "CREDENTIALS_INVALID");
}

// errors say which field and why.
TEST(PublicError, NamesTheRefusedField) {
  EXPECT_EQ(Details(base::FieldError("scopes[2]", "is longer than 64 bytes")),
            "code: 3 message: \"scopes[2]: is longer than 64 bytes\" details { "
            "[type.googleapis.com/google.rpc.ErrorInfo] { reason: \"FIELD_INVALID\" domain: "
            "\"signet\" } } details { [type.googleapis.com/google.rpc.BadRequest] { "
            "field_violations { field: \"scopes[2]\" description: \"is longer than 64 bytes\" } } "
            "} ");
}

TEST(PublicError, TellsWhenToRetryWhateverIsUnavailableOrExhausted) {
  EXPECT_EQ(Details(base::Overloaded("full", absl::Milliseconds(1500))),
            "code: 14 message: \"full\" details { [type.googleapis.com/google.rpc.ErrorInfo] { "
            "reason: \"OVERLOADED\" domain: \"signet\" } } details { "
            "[type.googleapis.com/google.rpc.RetryInfo] { retry_delay { seconds: 1 nanos: "
            "500000000 } } } ");
  const auto bare =
      base::MakeError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED", "too many");
  EXPECT_NE(Details(bare).find("RetryInfo"), std::string::npos);
  const auto signing =
      base::MakeError(absl::StatusCode::kUnavailable, "SIGNING_UNAVAILABLE", "no key");
  EXPECT_NE(Details(signing).find("RetryInfo"), std::string::npos);
}

//
TEST(PublicError, NamesTheLimitThatWasMet) {
  EXPECT_EQ(Details(base::RateLimited("login/address", "logins", absl::Seconds(2))),
            "code: 8 message: \"too many: logins\" details { "
            "[type.googleapis.com/google.rpc.ErrorInfo] { reason: \"RATE_LIMITED\" domain: "
            "\"signet\" } } details { [type.googleapis.com/google.rpc.QuotaFailure] { violations { "
            "subject: \"login/address\" description: \"logins\" } } } details { "
            "[type.googleapis.com/google.rpc.RetryInfo] { retry_delay { seconds: 2 } } } ");
}

TEST(PublicError, NamesTheMissingPermissionForMachines) {
  EXPECT_EQ(Details(base::PermissionMissing("keys.manage")),
            "code: 7 message: \"needs the permission keys.manage\" details { "
            "[type.googleapis.com/google.rpc.ErrorInfo] { reason: \"PERMISSION_MISSING\" domain: "
            "\"signet\" metadata { key: \"permission\" value: \"keys.manage\" } } } ");
}

// R-112, RFC 9470: which authentication would do.
TEST(PublicError, SaysWhichAuthenticationIsDemanded) {
  const std::string details = Details(base::StepUpRequired("2", absl::Minutes(15)));
  EXPECT_NE(details.find("code: 9"), std::string::npos);
  EXPECT_NE(details.find("metadata { key: \"acr_values\" value: \"2\" }"), std::string::npos);
  EXPECT_NE(details.find("metadata { key: \"max_age\" value: \"900\" }"), std::string::npos);
}

// what was not made to be shown is not shown.
TEST(PublicError, HidesEverythingWithoutAReasonOfOurs) {
  const auto leak = absl::NotFoundError("relation \"accounts\" where email = a@example.com");
  EXPECT_EQ(CodeOf(leak), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(
      Details(leak),
      "code: 13 message: \"internal error\" details { "
      "[type.googleapis.com/google.rpc.ErrorInfo] { reason: \"INTERNAL\" domain: \"signet\" } "
      "} ");
  EXPECT_EQ(Details(base::MakeError(absl::StatusCode::kNotFound, "NOT_IN_THE_ENUM", "secret")),
            Details(leak));
}

TEST(PublicError, KeepsDeadlineAndCancellationOfALibraryWithAConstantMessage) {
  EXPECT_EQ(CodeOf(absl::DeadlineExceededError("statement 7")),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ToPublicError(absl::DeadlineExceededError("statement 7")).status.error_message(),
            "the deadline passed");
  EXPECT_EQ(ToPublicError(absl::CancelledError("x")).reason, "CANCELLED");
}

}  // namespace
}  // namespace signet::rpc
