#include "server/rpc/status_mapping.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/base/error.h"
#include "client/base/quota_error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "signet/v1/errors.pb.h"

namespace signet::rpc {
namespace {

constexpr absl::Duration kDefaultRetry = absl::Seconds(1);

bool IsKnownReason(const std::string& reason) {
  signet::v1::ErrorReason value;
  return !reason.empty() &&
         signet::v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", reason), &value);
}

// What a status from elsewhere is shown as.
absl::Status Presentable(const absl::Status& status) {
  if (IsKnownReason(base::ErrorReason(status))) return status;
  if (absl::IsDeadlineExceeded(status)) {
    return base::MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                           "the deadline passed");
  }
  if (absl::IsCancelled(status)) {
    return base::MakeError(absl::StatusCode::kCancelled, "CANCELLED", "the call was cancelled");
  }
  return base::MakeError(absl::StatusCode::kInternal, "INTERNAL", "internal error");
}

std::optional<absl::Duration> RetryDelay(const absl::Status& status) {
  const auto given = base::RetryAfter(status);
  if (given) return std::max(*given, absl::ZeroDuration());
  if (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) return kDefaultRetry;
  return std::nullopt;
}

void AddErrorInfo(const absl::Status& status, google::rpc::Status& details) {
  google::rpc::ErrorInfo info;
  info.set_reason(base::ErrorReason(status));
  info.set_domain("signet");
  const std::string permission = base::MissingPermission(status);
  if (!permission.empty()) (*info.mutable_metadata())["permission"] = permission;
  if (const auto demand = base::DemandedStepUp(status)) {
    (*info.mutable_metadata())["acr_values"] = demand->acr;
    (*info.mutable_metadata())["max_age"] = absl::StrCat(absl::ToInt64Seconds(demand->max_age));
  }
  details.add_details()->PackFrom(info);
}

void AddBadRequest(const absl::Status& status, google::rpc::Status& details) {
  google::rpc::BadRequest bad_request;
  for (const base::FieldViolation& violation : base::FieldViolations(status)) {
    auto* field = bad_request.add_field_violations();
    field->set_field(violation.field);
    field->set_description(violation.description);
  }
  if (bad_request.field_violations_size() > 0) details.add_details()->PackFrom(bad_request);
}

void AddQuotaFailure(const absl::Status& status, google::rpc::Status& details) {
  const auto violation = base::QuotaViolationOf(status);
  if (!violation) return;
  google::rpc::QuotaFailure failure;
  failure.add_violations()->set_subject(violation->subject);
  failure.mutable_violations(0)->set_description(violation->description);
  details.add_details()->PackFrom(failure);
}

void AddRetryInfo(const absl::Status& status, google::rpc::Status& details) {
  const auto delay = RetryDelay(status);
  if (!delay) return;
  google::rpc::RetryInfo retry;
  absl::Duration rest = *delay;
  retry.mutable_retry_delay()->set_seconds(absl::IDivDuration(rest, absl::Seconds(1), &rest));
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  details.add_details()->PackFrom(retry);
}

}  // namespace

PublicError ToPublicError(const absl::Status& original) {
  const absl::Status status = Presentable(original);
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  AddErrorInfo(status, details);
  AddBadRequest(status, details);
  AddQuotaFailure(status, details);
  AddRetryInfo(status, details);
  return {grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                       details.SerializeAsString()),
          base::ErrorReason(status)};
}

}  // namespace signet::rpc
