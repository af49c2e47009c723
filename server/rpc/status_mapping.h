#pragma once

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace signet::rpc {

// An error as it leaves the server, decided before it is counted, logged and sent.
struct PublicError {
  grpc::Status status;
  std::string reason;  // of its ErrorInfo: "CREDENTIALS_INVALID"
};

// The one place where an absl::Status becomes a grpc::Status, and the one that decides what the
// outside hears. `status` is not OK. The answer carries, in grpc-status-details-bin:
//   exactly one ErrorInfo{reason, domain "signet"} always; PERMISSION_MISSING names the permission,
//                          STEP_UP_REQUIRED `acr_values` and `max_age` (seconds)
//   BadRequest             where a field was refused
//   QuotaFailure           where a limit was met
//   RetryInfo              with every UNAVAILABLE and RESOURCE_EXHAUSTED (AIP-193)
// A status without a reason of ours was not made to be shown: it becomes INTERNAL with a constant
// message, or, where its code is one that a library of ours may give (DEADLINE_EXCEEDED,
// CANCELLED), that code with a constant message.
PublicError ToPublicError(const absl::Status& status);

}  // namespace signet::rpc
