#pragma once

#include "absl/status/status.h"
#include "server/http/reply.h"
#include "server/rpc/status_mapping.h"

namespace signet::connect {

// An error as Connect's unary protocol writes it, whatever codec the request had: JSON with `code`,
// `message` and the `details` that gRPC carries in grpc-status-details-bin, each as `type`, `value`
// (its bytes in base64 without padding) and `debug` (the same for people). The HTTP status is the
// protocol's for the code; 404 for a method that there is not. RetryInfo is said by Retry-After,
// too.
http::Reply ErrorReply(const grpc::Status& status);

// Of what the door refuses by itself: with the details of every public error.
http::Reply ErrorReply(const absl::Status& status);

}  // namespace signet::connect
