#include "client/base/error.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace signet::base {
namespace {

constexpr absl::string_view kReason = "signet/reason";
constexpr absl::string_view kRetryMillis = "signet/retry-millis";
constexpr absl::string_view kField = "signet/field";
constexpr absl::string_view kPermission = "signet/permission";
constexpr absl::string_view kStepUp = "signet/step-up";

}  // namespace

absl::Status MakeError(absl::StatusCode code, absl::string_view reason, absl::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kReason, absl::Cord(reason));
  return status;
}

absl::Status FieldError(absl::string_view field, absl::string_view description) {
  absl::Status status = MakeError(absl::StatusCode::kInvalidArgument, "FIELD_INVALID",
                                  absl::StrCat(field, ": ", description));
  status.SetPayload(kField, absl::Cord(absl::StrCat(field, "\n", description)));
  return status;
}

absl::Status PermissionMissing(absl::string_view permission) {
  absl::Status status = MakeError(absl::StatusCode::kPermissionDenied, "PERMISSION_MISSING",
                                  absl::StrCat("needs the permission ", permission));
  status.SetPayload(kPermission, absl::Cord(permission));
  return status;
}

absl::Status StepUpRequired(absl::string_view acr, absl::Duration max_age) {
  const int64_t seconds = absl::ToInt64Seconds(max_age);
  absl::Status status = MakeError(absl::StatusCode::kFailedPrecondition, "STEP_UP_REQUIRED",
                                  absl::StrCat("needs an authentication of the last ", seconds,
                                               " s: step up, then call again"));
  status.SetPayload(kStepUp, absl::Cord(absl::StrCat(seconds, "\n", acr)));
  return status;
}

absl::Status Overloaded(absl::string_view message, absl::Duration retry_after) {
  return WithRetryAfter(MakeError(absl::StatusCode::kUnavailable, "OVERLOADED", message),
                        retry_after);
}

absl::Status StorageUnavailable(absl::Duration retry_after) {
  return WithRetryAfter(MakeError(absl::StatusCode::kUnavailable, "STORAGE_UNAVAILABLE",
                                  "the database does not answer"),
                        retry_after);
}

absl::Status WithRetryAfter(absl::Status status, absl::Duration retry_after) {
  status.SetPayload(kRetryMillis, absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(retry_after))));
  return status;
}

std::string ErrorReason(const absl::Status& status) {
  const auto payload = status.GetPayload(kReason);
  return payload ? std::string(*payload) : std::string();
}

std::optional<absl::Duration> RetryAfter(const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryMillis);
  int64_t millis = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &millis)) return std::nullopt;
  return absl::Milliseconds(millis);
}

std::vector<FieldViolation> FieldViolations(const absl::Status& status) {
  const auto payload = status.GetPayload(kField);
  if (!payload) return {};
  const std::vector<std::string> parts =
      absl::StrSplit(std::string(*payload), absl::MaxSplits('\n', 1));
  return {FieldViolation{parts[0], parts.size() > 1 ? parts[1] : ""}};
}

std::string MissingPermission(const absl::Status& status) {
  const auto payload = status.GetPayload(kPermission);
  return payload ? std::string(*payload) : std::string();
}

std::optional<StepUpDemand> DemandedStepUp(const absl::Status& status) {
  const auto payload = status.GetPayload(kStepUp);
  if (!payload) return std::nullopt;
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(std::string(*payload), absl::MaxSplits('\n', 1));
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(parts.first, &seconds)) return std::nullopt;
  return StepUpDemand{parts.second, absl::Seconds(seconds)};
}

}  // namespace signet::base
