#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"
#include "server/doctor/health_call.h"
#include "server/doctor/tls_probe.h"

namespace signet::doctor {
namespace {

constexpr absl::Duration kThroughPatience = absl::Seconds(3);
constexpr char kEdge[] = "docs/edge.md";

// False: a call makes no sense.
bool JudgeTlsThrough(const Deployment::Path& path, absl::Time now, Notes& notes) {
  const HostAndPort address = SplitAddress(path.address);
  int port = 0;
  if (!absl::SimpleAtoi(address.port, &port)) port = 443;
  const auto answer = ProbeTls(address.host, port, {"h2", "http/1.1"}, 0, kThroughPatience);
  if (!answer.ok()) {
    notes.Fail(absl::StrCat(path.address, ": ", answer.status().message()),
               "start what stands in front, or name its TLS port", kEdge);
    return false;
  }
  if (answer->protocol != "h2") {
    notes.Fail(
        absl::StrCat("it does not offer HTTP/2 (ALPN chose ",
                     answer->protocol.empty() ? "nothing" : answer->protocol, ")"),
        "let the proxy speak HTTP/2 to callers and gRPC to Signet (nginx: `listen … ssl http2` "
        "and grpc_pass)",
        kEdge);
    return false;
  }
  notes.Ok(absl::StrCat(answer->version, ", HTTP/2"));
  if (answer->chain.empty()) return true;
  const Certificate& leaf = answer->chain.front();
  if (EndOf(leaf) < now) {
    notes.Fail("its certificate has ended", "renew it",
               "docs/runbooks/service.md#signetcertificateexpiressoon");
  } else if (EndOf(leaf) < now + absl::Hours(24 * 14)) {
    notes.Warn("its certificate ends within 14 days", "renew it",
               "docs/runbooks/service.md#signetcertificateexpires");
  }
  if (!IsFor(leaf, address.host)) {
    notes.Fail(absl::StrCat("its certificate is not for ", address.host), "take one that is");
  }
  if (ProbeTls(address.host, port, {"h2"}, 0x0302, kThroughPatience).ok()) {
    notes.Warn("it accepts TLS 1.1", "let it speak TLS 1.2 and 1.3 alone", kEdge);
  }
  return true;
}

}  // namespace

Finding CheckThrough(const Deployment& deployment) {
  const Deployment::Path& path = deployment.through;
  if (path.address.empty()) {
    return Skipped("name the address that callers use: --through HOST:PORT");
  }
  Notes notes;
  if (!path.plaintext && !JudgeTlsThrough(path, deployment.clock->Now(), notes))
    return notes.Conclude();
  const auto security = path.plaintext ? ChannelSecurity::kPlaintext : ChannelSecurity::kTls;
  const absl::Status health = CallHealth(path.address, security, path.ca_file, kThroughPatience);
  if (health.ok()) {
    notes.Ok(absl::StrCat("a health call came back from ", path.address));
  } else {
    notes.Fail(
        absl::StrCat("a health call to ", path.address, " fails: ", health.message()),
        "the way has to carry HTTP/2 with trailers to the gRPC port, and the certificate has to "
        "be trusted (--through-ca)",
        kEdge);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
