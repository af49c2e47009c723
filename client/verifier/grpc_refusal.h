#pragma once

#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"

namespace signet::verifier {

// What Verifier::Verify() answers instead of a token, as a service tells its caller: the code, a
// constant message, and in grpc-status-details-bin a google.rpc.ErrorInfo of the domain "signet"
// with the reason, and a RetryInfo where waiting helps. Which check failed is not told.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The google.rpc.Status of the same.
std::string RefusalDetails(const absl::Status& status);

}  // namespace signet::verifier
