#include "server/rpc/call_metadata.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/base/random.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxRequestId = 128;
constexpr size_t kMaxUserAgent = 256;

bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }
bool IsVisibleOrBlank(char c) { return c >= 0x20 && c < 0x7f; }

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

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

// A random part per process and a counter: unique without a system call or a lock per call.
std::string RequestId(absl::string_view sent) {
  if (!sent.empty() && sent.size() <= kMaxRequestId &&
      std::all_of(sent.begin(), sent.end(), IsVisible)) {
    return std::string(sent);
  }
  static const std::string process = absl::BytesToHexString(base::RandomBytes(8));
  static std::atomic<uint64_t> next{1};
  return absl::StrCat(process, "-",
                      absl::Hex(next.fetch_add(1, std::memory_order_relaxed), absl::kZeroPad8));
}

// 00-<32 hex: trace id>-<16 hex: parent id>-<2 hex: flags>
absl::string_view TraceId(absl::string_view traceparent) {
  if (traceparent.size() != 55 || !absl::StartsWith(traceparent, "00-")) return {};
  if (traceparent[35] != '-' || traceparent[52] != '-') return {};
  const absl::string_view id = traceparent.substr(3, 32);
  if (!std::all_of(id.begin(), id.end(), IsLowerHex)) return {};
  if (std::all_of(id.begin(), id.end(), [](char c) { return c == '0'; })) return {};
  return id;
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

std::string UserAgent(absl::string_view sent) {
  if (!std::all_of(sent.begin(), sent.end(), IsVisibleOrBlank)) return "";
  return std::string(sent.substr(0, kMaxUserAgent));
}

}  // namespace signet::rpc
