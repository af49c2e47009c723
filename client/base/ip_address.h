#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::base {

// An IPv4 or IPv6 address. An IPv4 address that is written as IPv6 (::ffff:192.0.2.1) is the IPv4
// address, so that nobody has two names.
class IpAddress {
 public:
  // Exactly one textual address (RFC 4291 section 2.2, dotted IPv4 without leading zeros); nothing
  // for anything else, a zone or a port included.
  static std::optional<IpAddress> Parse(absl::string_view text);

  bool is_v4() const { return v4_; }
  // The one canonical form (RFC 5952).
  std::string ToString() const;
  // Whom a limit counts: an IPv4 address itself, of an IPv6 address its /64, because one subscriber
  // has at least 2^64 of them. "192.0.2.1", "2001:db8:0:1::/64".
  std::string Subscriber() const;

  bool operator==(const IpAddress&) const = default;

 private:
  friend class IpNetwork;
  IpAddress(std::array<uint8_t, 16> bytes, bool v4) : bytes_(bytes), v4_(v4) {}

  std::array<uint8_t, 16> bytes_;  // IPv4: the first four
  bool v4_;
};

// An address and how many of its leading bits count.
class IpNetwork {
 public:
  // "10.0.0.0/8", "2001:db8::/32", or one address. Nothing where bits after the prefix are set:
  // 10.1.0.0/8 is a typo of one of two things.
  static std::optional<IpNetwork> Parse(absl::string_view text);

  bool Contains(const IpAddress& address) const;

 private:
  IpNetwork(const IpAddress& base, int bits) : base_(base), bits_(bits) {}

  IpAddress base_;
  int bits_;
};

// Whether `target`, as gRPC takes it ("host:port", "unix:/path"), cannot leave this machine: a Unix
// socket, "localhost", 127.0.0.0/8 or [::1].
bool IsLocalTarget(absl::string_view target);

}  // namespace signet::base
