#include "client/verifier/grpc_refusal.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include "client/base/error.h"

namespace signet::verifier {

std::string RefusalDetails(const absl::Status& status) {
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  google::rpc::ErrorInfo info;
  info.set_reason(base::ErrorReason(status));
  info.set_domain("signet");
  details.add_details()->PackFrom(info);
  if (const auto after = base::RetryAfter(status)) {
    google::rpc::RetryInfo retry;
    absl::Duration rest;
    retry.mutable_retry_delay()->set_seconds(absl::IDivDuration(*after, absl::Seconds(1), &rest));
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
    details.add_details()->PackFrom(retry);
  }
  return details.SerializeAsString();
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
          RefusalDetails(status)};
}

}  // namespace signet::verifier
