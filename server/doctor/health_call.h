#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace signet::doctor {

enum class ChannelSecurity {
  kPlaintext,
  kTls,  // verified: by `ca_file`, or the system's authorities where it is empty
};

// grpc.health.v1.Health/Check of the whole server over a new connection. OK: SERVING.
// FAILED_PRECONDITION: it answers that it does not serve. Else what gRPC says of the connection,
// e.g. UNAVAILABLE, with its words.
absl::Status CallHealth(const std::string& address, ChannelSecurity security,
                        const std::string& ca_file, absl::Duration timeout);

}  // namespace signet::doctor
