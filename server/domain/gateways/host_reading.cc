#include "server/domain/gateways/host_reading.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace signet::domain {
namespace {

constexpr size_t kLongest = 262;  // of a name 256, a colon, a port

}  // namespace

std::optional<std::string> ReadHost(absl::string_view text) {
  if (text.size() > kLongest) return std::nullopt;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-._:[]", c);
  });
  if (!plain) return std::nullopt;
  const size_t after_address = text.rfind(']');  // of an IPv6 address
  const size_t colon = text.find(':', after_address == text.npos ? 0 : after_address);
  text = text.substr(0, colon);
  if (absl::EndsWith(text, ".")) text.remove_suffix(1);  // the root of DNS; the same host
  return absl::AsciiStrToLower(text);
}

}  // namespace signet::domain
