#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"
#include "server/domain/sessions/session.h"

namespace signet::rpc {

// The first value of a header of the call; empty where it has none. Valid as long as `context`.
absl::string_view Metadata(const grpc::ServerContext& context, const char* name);

// The steady clock, in nanoseconds.
int64_t SteadyNanos();

// The answer's x-request-id: the caller's own where that is 1 to 128 visible ASCII characters, so
// that it cannot break a log line or a header; a new one otherwise. Unique, not secret.
std::string RequestId(absl::string_view sent);

// The 32 hexadecimal digits of the trace id in a W3C `traceparent` of version 00; empty for any
// other form and for the invalid all-zero id.
absl::string_view TraceId(absl::string_view traceparent);

// The IP address of gRPC's peer text: "ipv4:1.2.3.4:567" and "ipv6:%5B::1%5D:567" (its zone cut
// off); empty for "unix:…" and anything else.
std::string PeerAddress(absl::string_view peer);

// The first 256 bytes of `sent`; empty where it is not visible ASCII and blanks, because it is
// stored and shown.
std::string UserAgent(absl::string_view sent);

}  // namespace signet::rpc
