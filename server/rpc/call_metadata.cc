#include "server/rpc/call_metadata.h"

#include <chrono>

#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace signet::rpc {

absl::string_view Metadata(const grpc::ServerContext& context, const char* name) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(name);
  if (found == metadata.end()) return {};
  return absl::string_view(found->second.data(), found->second.size());
}

int64_t SteadyNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string PeerAddress(absl::string_view peer) {
  if (absl::ConsumePrefix(&peer, "ipv4:")) return std::string(peer.substr(0, peer.rfind(':')));
  if (!absl::ConsumePrefix(&peer, "ipv6:")) return "";
  std::string text = absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}, {"%25", "%"}});
  const size_t close = text.find(']');
  if (text.empty() || text[0] != '[' || close == std::string::npos) return "";
  text = text.substr(1, close - 1);
  return text.substr(0, text.find('%'));
}

}  // namespace signet::rpc
