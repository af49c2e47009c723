#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"
#include "server/doctor/x509_facts.h"

namespace signet::doctor {
namespace {

// As the alerts SignetCertificateExpires and SignetCertificateExpiresSoon.
constexpr absl::Duration kCertificateWarn = absl::Hours(24 * 14);
constexpr absl::Duration kCertificateFail = absl::Hours(24 * 3);
constexpr char kCertificateRunbook[] = "docs/runbooks/service.md#signetcertificateexpires";
constexpr char kRunbookSoon[] = "docs/runbooks/service.md#signetcertificateexpiressoon";

// "https://id.example.com:8443/x" -> "id.example.com".
std::string HostOf(absl::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != absl::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  if (!url.empty() && url.front() == '[') return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find(':')));
}

void JudgeTimes(const Certificate& certificate, absl::string_view name, absl::Time now,
                Notes& notes) {
  constexpr char kRenew[] = "renew it; the server reads new files by itself (listen.tls_reload)";
  if (BeginOf(certificate) > now) {
    return notes.Fail(absl::StrCat(name, " is not valid yet"),
                      "correct the clock, or take a certificate that has begun",
                      "docs/runbooks/clock-skew.md");
  }
  const absl::Duration left = EndOf(certificate) - now;
  const int64_t days = absl::ToInt64Hours(absl::AbsDuration(left)) / 24;
  if (left < absl::ZeroDuration()) {
    return notes.Fail(absl::StrCat(name, " ended ", days, " days ago"), kRenew, kRunbookSoon);
  }
  const std::string seen = absl::StrCat(name, " ends in ", days, " days");
  if (left < kCertificateFail) return notes.Fail(seen, kRenew, kRunbookSoon);
  if (left < kCertificateWarn) return notes.Warn(seen, kRenew, kCertificateRunbook);
  notes.Ok(seen);
}

void JudgeClientAuthorities(const std::string& file, absl::Time now, Notes& notes) {
  const auto authorities = ReadChain(file);
  if (!authorities.ok()) {
    return notes.Fail(authorities.status().message(), "set listen.tls_client_ca to a PEM file");
  }
  for (const Certificate& one : *authorities) {
    JudgeTimes(one, absl::StrCat("the callers' authority ", SubjectOf(one)), now, notes);
  }
}

}  // namespace

Finding CheckCertificate(const Deployment& deployment) {
  Notes notes;
  if (deployment.tls_certificate.empty()) {
    if (deployment.grpc.loopback && deployment.http.loopback) {
      return Skipped("no TLS: only this machine reaches the ports");
    }
    notes.Warn("the ports speak without TLS (listen.plaintext)",
               "let the proxy in front be the only one that reaches them, or set "
               "listen.tls_certificate and listen.tls_key",
               "docs/edge.md");
    return notes.Conclude();
  }
  const auto chain = ReadChain(deployment.tls_certificate);
  if (!chain.ok()) {
    notes.Fail(chain.status().message(), "put a PEM chain there, the server's own first",
               kCertificateRunbook);
    return notes.Conclude();
  }
  const absl::Time now = deployment.clock->Now();
  const Certificate& leaf = chain->front();
  JudgeTimes(leaf, SubjectOf(leaf), now, notes);
  for (size_t i = 1; i < chain->size(); ++i)
    JudgeTimes((*chain)[i], SubjectOf((*chain)[i]), now, notes);
  if (const auto key = CheckKeyOf(leaf, deployment.tls_key); !key.ok()) {
    notes.Fail(key.message(), "put key and certificate there together", kCertificateRunbook);
  }
  if (!IsInOrder(*chain)) {
    notes.Fail("the chain is not in order: each is to be signed by the next",
               "write the server's certificate first, then that of its authority, and so on");
  }
  const std::string host = HostOf(deployment.issuer);
  if (!IsFor(leaf, host)) {
    notes.Warn(absl::StrCat("it is not for ", host, ", the host of tokens.issuer"),
               "callers that come by that name refuse it, unless a proxy in front has another");
  }
  if (!IsForServers(leaf)) {
    notes.Fail("it is not for servers (extended key usage)", "ask for one with serverAuth");
  }
  if (!IsTrustedHere(*chain)) {
    notes.Ok("this machine trusts no authority that leads to it: callers need --ca");
  }
  if (!deployment.tls_client_ca.empty()) {
    JudgeClientAuthorities(deployment.tls_client_ca, now, notes);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
