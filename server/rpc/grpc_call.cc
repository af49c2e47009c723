#include "server/rpc/grpc_call.h"

#include <vector>

#include "server/rpc/call_metadata.h"

namespace signet::rpc {

absl::string_view GrpcCall::Field(const char* name) const { return Metadata(context(), name); }

CallMarks GrpcCall::Marks() const { return MarksOf(context().client_metadata()); }

std::string GrpcCall::CallerBy(const domain::TrustedProxies& proxies) const {
  std::vector<absl::string_view> forwarded;  // in order of arrival
  const auto [first, last] = context().client_metadata().equal_range(proxies.header_name());
  for (auto it = first; it != last; ++it) {
    forwarded.emplace_back(it->second.data(), it->second.size());
  }
  return proxies.CallerOf(PeerAddress(context().peer()), forwarded);
}

absl::Time GrpcCall::deadline() const { return absl::FromChrono(context().deadline()); }

void GrpcCall::AddAnswerField(const char* name, const std::string& value) {
  context().AddInitialMetadata(name, value);
}

}  // namespace signet::rpc
