#include "server/config/rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/ip_address.h"
#include "server/config/key.h"
#include "server/config/pkcs11_keys.h"
#include "server/config/quantity.h"
#include "server/config/rate_list.h"
#include "server/config/vault_keys.h"

namespace signet::config {
namespace {

using Problems = std::vector<std::string>;

void Require(bool present, absl::string_view path, Problems& problems) {
  if (present) return;
  const Key* key = FindKey(path);
  const std::string written =
      key != nullptr && key->is_secret() ? absl::StrCat(path, "_file") : std::string(path);
  problems.push_back(absl::StrCat(path, " is required: set ", written, " in the file or ",
                                  EnvironmentName(path), " in the environment"));
}

void CheckPort(absl::string_view path, absl::string_view address, const ListenSettings& listen,
               Problems& problems) {
  const auto parsed = ReadHostPort(address);
  if (!parsed || parsed->is_loopback()) return;
  if (!listen.tls_certificate.empty() || listen.plaintext) return;
  problems.push_back(
      absl::StrCat(path,
                   " is not a loopback address and has no TLS: set listen.tls_certificate and "
                   "listen.tls_key, or listen.plaintext: true behind a proxy that ends TLS"));
}

void CheckListen(const ListenSettings& listen, Problems& problems) {
  if (listen.tls_certificate.empty() != listen.tls_key.empty()) {
    problems.push_back("listen.tls_certificate and listen.tls_key need each other");
  }
  if (!listen.tls_client_ca.empty() && listen.tls_certificate.empty()) {
    problems.push_back("listen.tls_client_ca needs listen.tls_certificate");
  }
  for (absl::string_view part :
       absl::StrSplit(listen.trusted_proxies, ',', absl::SkipWhitespace())) {
    part = absl::StripAsciiWhitespace(part);
    if (part == "unix" || base::IpNetwork::Parse(part)) continue;
    problems.push_back(absl::StrCat("listen.trusted_proxies: \"", part,
                                    "\" is no network (10.0.0.0/8, fd00::/8, one address, unix)"));
  }
  CheckPort("listen.grpc", listen.grpc, listen, problems);
  CheckPort("listen.http", listen.http, listen, problems);
}

// A password in a URL would be printed by `config print` and shown in process lists.
void CheckUrl(absl::string_view path, absl::string_view url, Problems& problems) {
  const size_t at = url.rfind('@');
  const size_t start = url.find("://");
  const bool in_authority = at != url.npos && start != url.npos && at > start + 3 &&
                            absl::StrContains(url.substr(start + 3, at - start - 3), ':');
  if (!in_authority && !absl::StrContains(url, "password=")) return;
  problems.push_back(
      absl::StrCat(path, " holds a password: move it to the matching password_file"));
}

// A token of RFC 9110 section 5.6.2, or empty.
bool IsCookieName(absl::string_view name) {
  constexpr absl::string_view kMarks = "!#$%&'*+-.^_`|~";
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(kMarks, c);
  });
}

void CheckTokens(const Settings& settings, Problems& problems) {
  const TokenSettings& tokens = settings.tokens;
  Require(!tokens.issuer.empty(), "tokens.issuer", problems);
  if (settings.mfa.issuer.empty()) problems.push_back("mfa.issuer must not be empty");
  if (tokens.audience.empty()) problems.push_back("tokens.audience must not be empty");
  if (tokens.refresh_ttl < tokens.access_ttl) {
    problems.push_back("tokens.refresh_ttl is shorter than tokens.access_ttl");
  }
  if (tokens.idle_ttl > absl::ZeroDuration() && tokens.idle_ttl < tokens.access_ttl) {
    problems.push_back("tokens.idle_ttl is shorter than tokens.access_ttl");
  }
  if (settings.sessions.absolute < settings.sessions.idle) {
    problems.push_back("sessions.absolute is shorter than sessions.idle");
  }
  if (!IsCookieName(settings.sessions.cookie)) {
    problems.push_back("sessions.cookie is no name of a cookie");
  }
  if (settings.limits.longest_call < settings.limits.call_timeout) {
    problems.push_back("limits.longest_call is shorter than limits.call_timeout");
  }
  if (settings.keys.publish_lead < settings.keys.jwks_max_age) {
    problems.push_back(
        "keys.publish_lead is shorter than keys.jwks_max_age: verifiers would meet "
        "tokens of a key they have not fetched");
  }
  if (settings.keys.rotate_after > absl::ZeroDuration() &&
      settings.keys.rotate_after <= settings.keys.publish_lead) {
    problems.push_back(
        "keys.rotate_after is not longer than keys.publish_lead: no key could be published before "
        "its time");
  }
}

bool IsLoopbackUrl(absl::string_view url) {
  const size_t start = url.find("://");
  if (start == url.npos) return false;
  absl::string_view host = url.substr(start + 3);
  host = host.substr(0, host.find('/'));
  for (const absl::string_view known : {"localhost", "127.0.0.1", "[::1]"}) {
    if (host == known || absl::StartsWith(host, absl::StrCat(known, ":"))) return true;
  }
  return false;
}

// A link base is where people are sent to type passwords.
void CheckLinkBase(const std::string& base, Problems& problems) {
  const bool safe = absl::StartsWith(base, "https://") ||
                    (absl::StartsWith(base, "http://") && IsLoopbackUrl(base));
  if (!safe || absl::StrContains(base, '?') || absl::StrContains(base, '#') ||
      absl::StrContains(base, '"') || absl::StrContains(base, ' ') || absl::EndsWith(base, "/")) {
    problems.push_back(
        "mail.link_base is not an https URL (http for this machine alone) without '?', '#' and a "
        "slash at its end");
  }
}

// Any page of the world would be "*", and one that came in the clear is whoever stands between.
void CheckOrigins(absl::string_view origins, Problems& problems) {
  for (absl::string_view origin : absl::StrSplit(origins, ',', absl::SkipWhitespace())) {
    origin = absl::StripAsciiWhitespace(origin);
    const bool safe = absl::StartsWith(origin, "https://") ||
                      (absl::StartsWith(origin, "http://") && IsLoopbackUrl(origin));
    const size_t host = origin.find("://") + 3;
    if (safe && host < origin.size() && origin.find_first_of("/*?# ", host) == origin.npos)
      continue;
    problems.push_back(absl::StrCat("connect.origins: \"", origin,
                                    "\" is no https origin (http for this machine alone): scheme, "
                                    "host and port, without a slash at its end"));
  }
}

void CheckMail(const MailSettings& mail, Problems& problems) {
  if (!mail.configured()) return;
  Require(!mail.link_base.empty(), "mail.link_base", problems);
  if (!mail.link_base.empty()) CheckLinkBase(mail.link_base, problems);
  Require(!mail.from.empty(), "mail.from", problems);
  if (mail.service_name.empty()) problems.push_back("mail.service_name must not be empty");
  if (mail.smtp_url.empty()) return;
  if (!absl::StartsWith(mail.smtp_url, "smtp://") && !absl::StartsWith(mail.smtp_url, "smtps://")) {
    problems.push_back("mail.smtp_url is neither smtp://host:port nor smtps://host:port");
  }
  if (absl::StrContains(mail.smtp_url, '@')) {
    problems.push_back("mail.smtp_url holds a login: use mail.username and mail.password_file");
  }
  if (mail.tls == "none" && !IsLoopbackUrl(mail.smtp_url)) {
    problems.push_back(
        "mail.tls: none is for a mail server on this machine: links that let their reader in would "
        "cross the network in the clear");
  }
  if (mail.username.empty() != mail.password.empty()) {
    problems.push_back("mail.username and mail.password need each other");
  }
}

void CheckHashing(const HashingSettings& hashing, Problems& problems) {
  if (hashing.argon2_memory > hashing.memory) {
    problems.push_back("hashing.argon2_memory is more than hashing.memory: no hash could be made");
  }
  if (hashing.argon2_memory * hashing.argon2_passes < 2 * (int64_t{8} << 20)) {
    problems.push_back(
        "hashing.argon2_memory times hashing.argon2_passes is too cheap to protect "
        "passwords: at least 16MiB");
  }
}

void CheckRates(const RateSettings& rates, Problems& problems) {
  const std::pair<const char*, const std::string&> lists[] = {
      {"rates.login", rates.login}, {"rates.register", rates.registration},
      {"rates.reset", rates.reset}, {"rates.refresh", rates.refresh},
      {"rates.mfa", rates.mfa},     {"rates.api_key", rates.api_key}};
  for (const auto& [path, text] : lists) {
    const auto list = ReadRateList(text);
    if (!list) {
      problems.push_back(absl::StrCat(
          path, " is no list of rates: `address 60/1m, account 30/1m, global 6000/1m`, or `off`"));
    } else if (list->rates[2].tokens > 0 && absl::string_view(path) != "rates.login") {
      problems.push_back(absl::StrCat(path, ": only logins name their client"));
    }
  }
}

void CheckChallenge(const ChallengeSettings& challenge, Problems& problems) {
  if (challenge.kind != "captcha") return;
  const absl::string_view url = challenge.captcha_url;
  if (!absl::StartsWith(url, "https://") && !absl::StartsWith(url, "http://127.0.0.1:")) {
    problems.push_back("challenge.captcha_url must be an https address");
  }
  Require(!challenge.captcha_site_key.empty(), "challenge.captcha_site_key", problems);
  Require(!challenge.captcha_secret.empty(), "challenge.captcha_secret", problems);
}

void CheckKeyEncryption(const Settings& settings, Problems& problems) {
  CheckVault(settings, problems);
  CheckPkcs11(settings, problems);
  if (settings.key_encryption.source != "key") return;
  Require(!settings.keys.kek.empty() || !settings.keys.kek_file.empty(), "keys.kek", problems);
}

}  // namespace

void CheckRules(Purpose purpose, const Settings& settings, std::vector<std::string>& problems) {
  CheckUrl("database.url", settings.database.url, problems);
  CheckUrl("database.listen_url", settings.database.listen_url, problems);
  CheckUrl("database.owner_url", settings.database.owner_url, problems);
  if (purpose == Purpose::kMigrate || purpose == Purpose::kReseal) {
    Require(!settings.database.owner_url.empty(), "database.owner_url", problems);
  }
  if (purpose == Purpose::kMigrate) return;
  if (purpose == Purpose::kReseal || purpose == Purpose::kKeyEncryption) {
    CheckKeyEncryption(settings, problems);
    return;
  }
  CheckListen(settings.listen, problems);
  CheckOrigins(settings.connect.origins, problems);
  CheckHashing(settings.hashing, problems);
  CheckRates(settings.rates, problems);
  CheckChallenge(settings.challenge, problems);
  if (settings.abuse.longest_lock < settings.abuse.lock_time) {
    problems.push_back("abuse.longest_lock is shorter than abuse.lock_time");
  }
  if (purpose == Purpose::kPrint) return;
  CheckMail(settings.mail, problems);
  if (settings.accounts.require_verified_email && !settings.mail.configured()) {
    problems.push_back(
        "accounts.require_verified_email needs mail (mail.smtp_url): nobody could log in");
  }
  CheckTokens(settings, problems);
  Require(!settings.database.url.empty(), "database.url", problems);
  CheckKeyEncryption(settings, problems);
}

}  // namespace signet::config
