#include "server/observe/call_metadata.h"

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/random.h"

namespace signet::observe {
namespace {

constexpr size_t kMaxRequestId = 128;
constexpr size_t kMaxUserAgent = 256;

bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }
bool IsVisibleOrBlank(char c) { return c >= 0x20 && c < 0x7f; }

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool IsHex(absl::string_view text) { return std::all_of(text.begin(), text.end(), IsLowerHex); }

bool IsId(absl::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != absl::string_view::npos;
}

// Bit 0 of the flags, whose last digit this is.
bool IsOdd(char hex) { return absl::string_view("13579bdf").find(hex) != absl::string_view::npos; }

}  // namespace

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
std::optional<TraceParent> ParseTraceParent(absl::string_view traceparent) {
  if (traceparent.size() != 55 || !absl::StartsWith(traceparent, "00-")) return std::nullopt;
  if (traceparent[35] != '-' || traceparent[52] != '-') return std::nullopt;
  const TraceParent parsed{traceparent.substr(3, 32), traceparent.substr(36, 16),
                           IsOdd(traceparent[54])};
  if (!IsId(parsed.trace_id) || !IsId(parsed.span_id) || !IsHex(traceparent.substr(53))) {
    return std::nullopt;
  }
  return parsed;
}

absl::string_view TraceId(absl::string_view traceparent) {
  const auto parsed = ParseTraceParent(traceparent);
  return parsed ? parsed->trace_id : absl::string_view();
}

std::string UserAgent(absl::string_view sent) {
  if (!std::all_of(sent.begin(), sent.end(), IsVisibleOrBlank)) return "";
  return std::string(sent.substr(0, kMaxUserAgent));
}

}  // namespace signet::observe
