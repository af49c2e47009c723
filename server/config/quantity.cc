#include "server/config/quantity.h"

#include <array>
#include <limits>

#include <arpa/inet.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace signet::config {
namespace {

// Takes the digits at the front of `text`; nothing where there are none or too many.
std::optional<int64_t> TakeNumber(absl::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) {
    ++digits;
  }
  int64_t number = 0;
  if (digits == 0 || !absl::SimpleAtoi(text.substr(0, digits), &number)) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

struct TimeUnit {
  absl::string_view name;
  int64_t milliseconds;
};
// Longest first; "ms" is tried before "m" when reading.
constexpr std::array<TimeUnit, 5> kTimeUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"ms", 1}, {"m", 60'000}, {"s", 1'000}}};
constexpr std::array<TimeUnit, 5> kTimeUnitsBySize = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

struct SizeUnit {
  absl::string_view name;
  int64_t bytes;
};
constexpr std::array<SizeUnit, 4> kSizeUnits = {
    {{"GiB", int64_t{1} << 30}, {"MiB", int64_t{1} << 20}, {"KiB", int64_t{1} << 10}, {"B", 1}}};

// A hundred years: no setting of ours means more, and sums cannot overflow.
constexpr int64_t kMostMilliseconds = int64_t{36'525} * 86'400'000;

}  // namespace

std::optional<absl::Duration> ReadDuration(absl::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  while (!text.empty()) {
    const auto number = TakeNumber(text);
    if (!number) return std::nullopt;
    const TimeUnit* found = nullptr;
    for (const TimeUnit& unit : kTimeUnits) {
      if (found == nullptr && absl::StartsWith(text, unit.name)) found = &unit;
    }
    if (found == nullptr || *number > kMostMilliseconds / found->milliseconds) return std::nullopt;
    text.remove_prefix(found->name.size());
    total += *number * found->milliseconds;
    if (total > kMostMilliseconds) return std::nullopt;
  }
  return absl::Milliseconds(total);
}

std::string DurationText(absl::Duration duration) {
  int64_t rest = absl::ToInt64Milliseconds(duration);
  if (rest == 0) return "0s";
  std::string text;
  for (const TimeUnit& unit : kTimeUnitsBySize) {
    if (const int64_t count = rest / unit.milliseconds; count > 0) {
      absl::StrAppend(&text, count, unit.name);
      rest -= count * unit.milliseconds;
    }
  }
  return text;
}

std::optional<int64_t> ReadSize(absl::string_view text) {
  const auto number = TakeNumber(text);
  if (!number) return std::nullopt;
  for (const SizeUnit& unit : kSizeUnits) {
    if (text != unit.name) continue;
    if (*number > std::numeric_limits<int64_t>::max() / unit.bytes) return std::nullopt;
    return *number * unit.bytes;
  }
  return std::nullopt;
}

std::string SizeText(int64_t bytes) {
  for (const SizeUnit& unit : kSizeUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) return absl::StrCat(bytes / unit.bytes, unit.name);
  }
  return absl::StrCat(bytes, "B");
}

std::optional<HostPort> ReadHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  absl::string_view host = text.substr(0, colon);
  absl::string_view digits = text.substr(colon + 1);
  const auto port = TakeNumber(digits);
  if (!port || !digits.empty() || *port > 65535) return std::nullopt;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    in6_addr address;
    if (inet_pton(AF_INET6, std::string(host).c_str(), &address) != 1) return std::nullopt;
  } else if (host.empty() || host.size() > 253) {
    return std::nullopt;
  } else {
    for (const char c : host) {
      const bool allowed =
          absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
      if (!allowed) return std::nullopt;
    }
  }
  return HostPort{std::string(host), static_cast<int>(*port)};
}

bool HostPort::is_loopback() const {
  if (host == "localhost") return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6) != 0;
}

std::string HostPort::ToString() const {
  return absl::StrContains(host, ':') ? absl::StrCat("[", host, "]:", port)
                                      : absl::StrCat(host, ":", port);
}

}  // namespace signet::config
