#include <openssl/ssl.h>

#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"
#include "server/doctor/health_call.h"
#include "server/doctor/tls_probe.h"

namespace signet::doctor {
namespace {

constexpr absl::Duration kGrpcPatience = absl::Seconds(2);
constexpr char kGrpcRunbook[] = "docs/runbooks/service.md#signetdown";

void JudgeGrpcTls(const Deployment& deployment, const std::string& host, Notes& notes) {
  const int port = deployment.grpc.port;
  const auto answer = ProbeTls(host, port, {"h2"}, 0, kGrpcPatience);
  if (!answer.ok()) {
    return notes.Fail(answer.status().message(), "is it another program that listens there?",
                      kGrpcRunbook);
  }
  if (answer->protocol == "h2") {
    notes.Ok(absl::StrCat(answer->version, ", HTTP/2"));
  } else {
    notes.Fail("HTTP/2 is not agreed on (ALPN)", "is it another program that listens there?");
  }
  const auto chain = ReadChain(deployment.tls_certificate);
  if (chain.ok() && !answer->chain.empty() && !AreTheSame(chain->front(), answer->chain.front())) {
    notes.Fail("the server shows another certificate than the file has",
               "wait for listen.tls_reload; then look whether it runs with this configuration",
               kGrpcRunbook);
  }
  if (ProbeTls(host, port, {"h2"}, TLS1_1_VERSION, kGrpcPatience).ok()) {
    notes.Fail("TLS 1.1 is accepted", "is it another program that listens there?");
  } else {
    notes.Ok("TLS 1.1 is refused");
  }
}

}  // namespace

Finding CheckGrpcPort(const Deployment& deployment) {
  const std::string host = LocalHostOf(deployment.grpc.host);
  if (deployment.grpc.port == 0) return Skipped("the system chooses the port");
  if (!Listens(host, deployment.grpc.port, kGrpcPatience)) {
    return Skipped(
        absl::StrCat("no server runs here: nobody listens at ", host, ":", deployment.grpc.port));
  }
  Notes notes;
  const bool tls = !deployment.tls_certificate.empty();
  if (tls) JudgeGrpcTls(deployment, host, notes);
  // With TLS the name would have to be this address's: what --through and /readyz are for.
  if (tls) return notes.Conclude();
  const std::string address =
      absl::StrCat(host.find(':') == std::string::npos ? host : absl::StrCat("[", host, "]"), ":",
                   deployment.grpc.port);
  const absl::Status health = CallHealth(address, ChannelSecurity::kPlaintext, "", kGrpcPatience);
  if (health.ok()) {
    notes.Ok(absl::StrCat("SERVING at ", address));
  } else {
    notes.Fail(absl::StrCat("at ", address, ": ", health.message()),
               "look at the log of the server and at /readyz", kGrpcRunbook);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
