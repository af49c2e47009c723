#include "client/base/ip_address.h"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace signet::base {
namespace {

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kSubscriberBits = 64;

// Clears the bits after the first `bits`.
std::array<uint8_t, 16> Prefix(std::array<uint8_t, 16> bytes, int bits) {
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    bytes[static_cast<size_t>(i)] &= static_cast<uint8_t>(0xff00 >> kept);
  }
  return bytes;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  // inet_pton reads up to a NUL; nothing that is longer than the longest address is one.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
  const std::string copy(text);
  std::array<uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return IpAddress(bytes, true);
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) != 1) return std::nullopt;
  if (!std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) return IpAddress(bytes, false);
  std::array<uint8_t, 16> v4{};
  std::copy(bytes.begin() + 12, bytes.end(), v4.begin());
  return IpAddress(v4, true);
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

std::string IpAddress::Subscriber() const {
  if (v4_) return ToString();
  return absl::StrCat(IpAddress(Prefix(bytes_, kSubscriberBits), false).ToString(), "/64");
}

std::optional<IpNetwork> IpNetwork::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  const auto base = IpAddress::Parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  const int most = base->is_v4() ? 32 : 128;
  int bits = most;
  if (slash != text.npos) {
    const absl::string_view digits = text.substr(slash + 1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos ||
        !absl::SimpleAtoi(digits, &bits) || bits > most) {
      return std::nullopt;
    }
  }
  if (Prefix(base->bytes_, bits) != base->bytes_) return std::nullopt;
  return IpNetwork(*base, bits);
}

bool IpNetwork::Contains(const IpAddress& address) const {
  return address.v4_ == base_.v4_ && Prefix(address.bytes_, bits_) == base_.bytes_;
}

bool IsLocalTarget(absl::string_view target) {
  if (absl::StartsWith(target, "unix:")) return true;
  const absl::string_view host = target.substr(0, target.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  const bool numeric = host.find_first_not_of("0123456789.") == absl::string_view::npos;
  return numeric && absl::StartsWith(host, "127.");
}

}  // namespace signet::base
