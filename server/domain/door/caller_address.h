#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/ip_address.h"

namespace signet::domain {

// The proxies whose word about a caller's address is taken. Immutable, thread-safe.
class TrustedProxies {
 public:
  // Which header they write. Only one is read: a proxy that writes one passes on the other as the
  // caller sent it.
  enum class Header { kXForwardedFor, kForwarded };

  TrustedProxies() = default;  // nobody is believed
  // `networks`: "10.0.0.0/8, 2001:db8::/32", and "unix" for a proxy on a Unix socket. Empty:
  // nobody. INVALID_ARGUMENT names the part that is no network.
  static absl::StatusOr<TrustedProxies> Parse(absl::string_view networks, Header header);

  Header header() const { return header_; }
  // Its name, in lower case.
  const char* header_name() const {
    return header_ == Header::kForwarded ? "forwarded" : "x-forwarded-for";
  }

  // Whom a call counts for: the peer, unless that is a trusted proxy; then the right-most address
  // of `forwarded` that is none. Each proxy appends the address that it saw, so what stands further
  // left may be the caller's invention: a made-up header must neither lend somebody else's
  // address nor give a new one per call. Where an element cannot be read, the last proxy before
  // it is the best that is known; where all are proxies, the left-most.
  // `peer`: an IP address, or empty for a Unix socket; `forwarded`: the header's values in order of
  // arrival.
  std::string CallerOf(absl::string_view peer,
                       const std::vector<absl::string_view>& forwarded) const;

  // Whether it is the address of such a proxy.
  bool Trusts(const base::IpAddress& address) const;

 private:
  std::vector<base::IpNetwork> networks_;
  bool unix_ = false;
  Header header_ = Header::kXForwardedFor;
};

}  // namespace signet::domain
