#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"
#include "server/rpc/server.h"

namespace signet::rpc {

// What a port demands of those who connect. TLS is 1.2 or newer, with files that are watched.
// INVALID_ARGUMENT, naming the file, for one that is missing, unreadable or empty: gRPC itself
// would open the port and refuse every handshake without a word.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const Listener& listener);

}  // namespace signet::rpc
