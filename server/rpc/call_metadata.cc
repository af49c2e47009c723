#include "server/rpc/call_metadata.h"

#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace signet::rpc {
namespace {

absl::string_view ViewOf(grpc::string_ref text) { return {text.data(), text.size()}; }

}  // namespace

absl::string_view Metadata(const grpc::ServerContext& context, const char* name) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(name);
  if (found == metadata.end()) return {};
  return ViewOf(found->second);
}

CallMarks MarksOf(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  CallMarks marks;
  for (const auto& [field, value] : metadata) {
    const absl::string_view name = ViewOf(field);
    if (name == "traceparent" && marks.traceparent.empty()) marks.traceparent = ViewOf(value);
    if (name == "x-request-id" && marks.request_id.empty()) marks.request_id = ViewOf(value);
  }
  return marks;
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
