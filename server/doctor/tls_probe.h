#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/doctor/x509_facts.h"

namespace signet::doctor {

// What a TLS server answers to one handshake, whoever it is: nothing is verified and nothing sent.
struct TlsAnswer {
  std::string version;             // "TLSv1.3"
  std::string protocol;            // agreed on by ALPN (RFC 7301): "h2"; empty: none
  std::vector<Certificate> chain;  // as it was sent
};

// UNAVAILABLE: nobody listens, or not in time. FAILED_PRECONDITION: somebody does, and the
// handshake failed: no TLS, or no version in common. `newest_version`: a limit for what is offered,
// 0 for none (TLS1_1_VERSION …). `host` is sent as the name that is wanted.
absl::StatusOr<TlsAnswer> ProbeTls(const std::string& host, int port,
                                   const std::vector<std::string>& alpn, int newest_version,
                                   absl::Duration timeout);

// Whether anybody listens there.
bool Listens(const std::string& host, int port, absl::Duration timeout);

// "host:port", "[v6]:port".
struct HostAndPort {
  std::string host;
  std::string port;
};
HostAndPort SplitAddress(const std::string& address);

// Where a server that listens on `host` is reached from its own machine.
std::string LocalHostOf(const std::string& host);

}  // namespace signet::doctor
