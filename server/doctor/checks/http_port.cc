#include <openssl/ssl.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/doctor/checks.h"
#include "server/doctor/tls_probe.h"
#include "server/fetch/http_client.h"

namespace signet::doctor {
namespace {

constexpr absl::Duration kHttpPatience = absl::Seconds(2);
constexpr size_t kMostAnswer = 4096;
constexpr char kHttpRunbook[] = "docs/runbooks/service.md#signetdown";

// Nothing secret is sent, and the certificate, whose name is hardly this address, was compared with
// the file.
absl::StatusOr<fetch::HttpAnswer> Get(const std::string& url) {
  const fetch::HttpClient client({.timeout = kHttpPatience,
                                  .most_bytes = kMostAnswer,
                                  .trust = fetch::HttpClient::Trust::kAnybody});
  fetch::HttpRequest request;
  request.url = url;
  return client.Send(request);
}

void JudgeHttpTls(const Deployment& deployment, const std::string& host, Notes& notes) {
  const auto answer = ProbeTls(host, deployment.http.port, {"http/1.1"}, 0, kHttpPatience);
  if (!answer.ok())
    return notes.Fail(answer.status().message(), "is it another program?", kHttpRunbook);
  const auto chain = ReadChain(deployment.tls_certificate);
  if (chain.ok() && !answer->chain.empty() && !AreTheSame(chain->front(), answer->chain.front())) {
    notes.Fail("the server shows another certificate than the file has",
               "look whether it runs with this configuration", kHttpRunbook);
  }
  if (ProbeTls(host, deployment.http.port, {"http/1.1"}, TLS1_1_VERSION, kHttpPatience).ok()) {
    notes.Fail("TLS 1.1 is accepted", "is it another program that listens there?");
  } else {
    notes.Ok(absl::StrCat(answer->version, ", TLS 1.1 is refused"));
  }
}

}  // namespace

Finding CheckHttpPort(const Deployment& deployment) {
  const std::string host = LocalHostOf(deployment.http.host);
  if (deployment.http.port == 0) return Skipped("the system chooses the port");
  if (!Listens(host, deployment.http.port, kHttpPatience)) {
    return Skipped(
        absl::StrCat("no server runs here: nobody listens at ", host, ":", deployment.http.port));
  }
  Notes notes;
  const bool tls = !deployment.tls_certificate.empty();
  if (tls) JudgeHttpTls(deployment, host, notes);
  if (!deployment.tls_client_ca.empty()) return notes.Conclude();  // for callers with a certificate
  const std::string address =
      host.find(':') == std::string::npos ? host : absl::StrCat("[", host, "]");
  const auto ready = Get(
      absl::StrCat(tls ? "https://" : "http://", address, ":", deployment.http.port, "/readyz"));
  if (!ready.ok()) {
    notes.Fail(absl::StrCat("/readyz: ", ready.status().message()), "is it another program?",
               kHttpRunbook);
    return notes.Conclude();
  }
  std::string body(absl::StripAsciiWhitespace(ready->body.reveal()));
  absl::StrReplaceAll({{"\n", ", "}}, &body);
  if (ready->status == 200) {
    notes.Ok(absl::StrCat("ready: ", body));
  } else {
    notes.Fail(absl::StrCat("/readyz says ", ready->status, " ", body),
               "do what the part that is not ok needs; a draining server is not ready either",
               kHttpRunbook);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
