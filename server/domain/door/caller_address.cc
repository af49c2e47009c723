#include "server/domain/door/caller_address.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kUnix = "unix";
// The longest chain that is followed: more hops than any deployment has.
constexpr size_t kMostHops = 32;

// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80", "2001:db8::1".
std::optional<base::IpAddress> ReadNode(absl::string_view node) {
  if (absl::ConsumePrefix(&node, "[")) {
    const size_t close = node.find(']');
    if (close == node.npos) return std::nullopt;
    return base::IpAddress::Parse(node.substr(0, close));
  }
  const size_t colon = node.find(':');
  if (colon != node.npos && node.find(':', colon + 1) == node.npos) node = node.substr(0, colon);
  return base::IpAddress::Parse(node);
}

// The `for` of one element of Forwarded (RFC 7239 section 4): for="[2001:db8::1]:80";proto=https.
absl::string_view ForOf(absl::string_view element) {
  for (absl::string_view pair : absl::StrSplit(element, ';')) {
    pair = absl::StripAsciiWhitespace(pair);
    if (!absl::StartsWithIgnoreCase(pair, "for=")) continue;
    pair.remove_prefix(4);
    if (pair.size() >= 2 && pair.front() == '"' && pair.back() == '"') {
      pair = pair.substr(1, pair.size() - 2);
    }
    return pair;
  }
  return {};
}

}  // namespace

absl::StatusOr<TrustedProxies> TrustedProxies::Parse(absl::string_view networks, Header header) {
  TrustedProxies proxies;
  proxies.header_ = header;
  for (absl::string_view part : absl::StrSplit(networks, ',', absl::SkipWhitespace())) {
    part = absl::StripAsciiWhitespace(part);
    if (part == kUnix) {
      proxies.unix_ = true;
      continue;
    }
    const auto network = base::IpNetwork::Parse(part);
    if (!network) return absl::InvalidArgumentError(absl::StrCat("no network: ", part));
    proxies.networks_.push_back(*network);
  }
  return proxies;
}

bool TrustedProxies::Trusts(const base::IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const base::IpNetwork& network) { return network.Contains(address); });
}

std::string TrustedProxies::CallerOf(absl::string_view peer,
                                     const std::vector<absl::string_view>& forwarded) const {
  const auto direct = base::IpAddress::Parse(peer);
  std::string caller = direct ? direct->ToString() : std::string(peer);
  if (direct ? !Trusts(*direct) : !(unix_ && peer.empty())) return caller;
  size_t hops = 0;
  for (auto value = forwarded.rbegin(); value != forwarded.rend(); ++value) {
    const std::vector<absl::string_view> elements = absl::StrSplit(*value, ',');
    for (auto element = elements.rbegin(); element != elements.rend(); ++element) {
      const absl::string_view node = absl::StripAsciiWhitespace(*element);
      const auto address = ReadNode(header_ == Header::kForwarded ? ForOf(node) : node);
      if (!address || ++hops > kMostHops) return caller;
      caller = address->ToString();
      if (!Trusts(*address)) return caller;
    }
  }
  return caller;
}

}  // namespace signet::domain
