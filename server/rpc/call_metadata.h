#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/string_ref.h"

namespace signet::rpc {

// The first value of a header of the call; empty where it has none. Valid as long as `context`.
absl::string_view Metadata(const grpc::ServerContext& context, const char* name);

// What a caller finds his call by, as he sent it: of each field the first value that is not empty.
// Valid as long as the call.
struct CallMarks {
  absl::string_view traceparent;
  absl::string_view request_id;  // `x-request-id`
};

// In one pass over the few fields of a call, which costs what looking for one of them does.
CallMarks MarksOf(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata);

// The IP address of gRPC's peer text: "ipv4:1.2.3.4:567" and "ipv6:%5B::1%5D:567" (its zone cut
// off); empty for "unix:…" and anything else.
std::string PeerAddress(absl::string_view peer);

}  // namespace signet::rpc
