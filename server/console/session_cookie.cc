#include "server/console/session_cookie.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace signet::console {
namespace {

constexpr absl::string_view kBearer = "Bearer ";

absl::string_view CookieName(Browsers browsers) {
  return browsers == Browsers::kTls ? "__Host-signet-console" : "signet-console";
}

std::string Cookie(absl::string_view value, int64_t seconds, Browsers browsers) {
  return absl::StrCat(CookieName(browsers), "=", value, "; Max-Age=", seconds,
                      "; Path=/; HttpOnly; SameSite=Strict",
                      browsers == Browsers::kTls ? "; Secure" : "");
}

}  // namespace

std::string AccessTokenOf(const http::Request& request, Browsers browsers) {
  const auto authorizations = request.All("authorization");
  if (authorizations.size() > 1) return "";
  if (authorizations.size() == 1) {
    if (!absl::StartsWithIgnoreCase(authorizations[0], kBearer)) return "";
    return std::string(authorizations[0].substr(kBearer.size()));
  }
  std::optional<absl::string_view> found;
  for (const absl::string_view field : request.All("cookie")) {
    for (absl::string_view pair : absl::StrSplit(field, ';')) {
      pair = absl::StripAsciiWhitespace(pair);
      if (!absl::ConsumePrefix(&pair, CookieName(browsers)) || !absl::ConsumePrefix(&pair, "=")) {
        continue;
      }
      if (found) return "";
      found = pair;
    }
  }
  return std::string(found.value_or(""));
}

std::string SetCookie(absl::string_view token, absl::Duration life, Browsers browsers) {
  return Cookie(token, absl::ToInt64Seconds(life), browsers);
}

std::string ClearCookie(Browsers browsers) { return Cookie("", 0, browsers); }

bool SentByOurPage(const http::Request& request) {
  const auto sites = request.All("sec-fetch-site");
  if (!sites.empty()) return sites.size() == 1 && sites[0] == "same-origin";
  const auto origins = request.All("origin");
  const auto hosts = request.All("host");
  if (origins.size() != 1 || hosts.size() != 1) return false;
  absl::string_view origin = origins[0];
  if (!absl::ConsumePrefix(&origin, "https://") && !absl::ConsumePrefix(&origin, "http://")) {
    return false;
  }
  return absl::EqualsIgnoreCase(origin, hosts[0]);
}

}  // namespace signet::console
