#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"

namespace signet::rpc {

// The first value of a header of the call; empty where it has none. Valid as long as `context`.
absl::string_view Metadata(const grpc::ServerContext& context, const char* name);

// The steady clock, in nanoseconds.
int64_t SteadyNanos();

// The IP address of gRPC's peer text: "ipv4:1.2.3.4:567" and "ipv6:%5B::1%5D:567" (its zone cut
// off); empty for "unix:…" and anything else.
std::string PeerAddress(absl::string_view peer);

}  // namespace signet::rpc
