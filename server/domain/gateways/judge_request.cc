#include "server/domain/gateways/judge_request.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "server/domain/gateways/host_reading.h"
#include "server/domain/gateways/path_readings.h"
#include "server/domain/ports/gateway_observer.h"
#include "server/domain/sessions/session_token.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kBearer = "Bearer ";

constexpr size_t kLongestMethod = 64;

// A token of RFC 9110 section 5.6.2.
bool IsMethodToken(absl::string_view text) {
  return !text.empty() && text.size() <= kLongestMethod &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("!#$%&'*+-.^_`|~", c);
         });
}

absl::string_view PathOf(absl::string_view target) { return target.substr(0, target.find('?')); }

// Of "/path?query" or "https://host/path?query".
absl::string_view PathOfUrl(absl::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == url.npos || scheme > 5 || url.front() == '/') return PathOf(url);
  const size_t path = url.find_first_of("/?#\\", scheme + 3);  // the first ends the host
  return path == url.npos ? absl::string_view("/") : PathOf(url.substr(path));
}

// Whether two names are one to some server: those that read fields as variables take X_Original_URL
// for X-Original-URL.
bool IsOneName(absl::string_view one, absl::string_view other) {
  const auto fold = [](char c) {
    return absl::ascii_tolower(static_cast<unsigned char>(c == '_' ? '-' : c));
  };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [&](char a, char b) { return fold(a) == fold(b); });
}

constexpr size_t kLongestConnection = 1024;

// What an intermediary would take away if Connection named it (RFC 9110 section 7.6.1).
bool RemovesOurs(absl::string_view connection) {
  if (connection.size() > kLongestConnection) return true;  // for all that is known
  for (const absl::string_view option : absl::StrSplit(connection, ',')) {
    const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(option));
    if (name == "authorization" || absl::StartsWith(name, "x-forwarded-") ||
        absl::StartsWith(name, "x-signet-")) {
      return true;
    }
  }
  return false;
}

// More fields than any gateway lets through, and more readings than anybody means.
constexpr size_t kMostFields = 256;
constexpr size_t kMostReadings = 256;

// What servers may take the request for.
struct RequestReadings {
  std::vector<std::string> methods;
  std::vector<std::string> hosts;
  std::vector<std::string> paths;
  bool unreadable = false;  // one of them would take it for something that nobody means
  int authorizations = 0;

  size_t Count() const { return methods.size() * hosts.size() * paths.size(); }
  void AddMethod(absl::string_view method) {
    if (!IsMethodToken(method)) {
      unreadable = true;
      return;
    }
    methods.emplace_back(method);
    std::string upper = absl::AsciiStrToUpper(method);
    if (upper != method) methods.push_back(std::move(upper));
  }
  void AddPath(absl::string_view path) {
    std::vector<std::string> more = ReadingsOf(path);
    unreadable |= more.empty();
    paths.insert(paths.end(), more.begin(), more.end());
  }
  void AddHost(absl::string_view text) {
    auto host = ReadHost(text);
    unreadable |= !host;
    hosts.push_back(std::move(host).value_or(""));
  }
  void AddField(const GatewayQuestion::Field& field, bool rules_name_hosts) {
    const auto named = [&](absl::string_view name) { return IsOneName(field.name, name); };
    if (named("authorization")) {
      ++authorizations;
      // No token has a comma: a gateway that has joined two fields.
      unreadable |=
          absl::StartsWithIgnoreCase(field.value, kBearer) && absl::StrContains(field.value, ",");
    } else if (named("connection")) {
      unreadable |= RemovesOurs(field.value);
    } else if (named("x-http-method-override") || named("x-http-method") ||
               named("x-method-override")) {
      if (IsFirst(field.name)) AddMethod(field.value);
    } else if (named("x-original-url") || named("x-rewrite-url")) {
      if (IsFirst(field.name)) AddPath(PathOfUrl(field.value));
    } else if (named("x-forwarded-host") && rules_name_hosts) {
      if (IsFirst(field.name)) AddHost(field.value);
    }
  }

 private:
  // The second one is for some servers the one that counts.
  bool IsFirst(absl::string_view name) {
    if (std::any_of(seen_.begin(), seen_.end(),
                    [&](absl::string_view other) { return IsOneName(name, other); })) {
      unreadable = true;
      return false;
    }
    seen_.push_back(name);
    return true;
  }
  std::vector<absl::string_view> seen_;
};

// The one rule of all readings. False: they have different ones, or one cannot be read.
bool FindRule(const RequestReadings& readings, const AuthzRules& rules, const AuthzRule*& found) {
  if (readings.unreadable || readings.Count() > kMostReadings) return false;
  found = rules.Find(readings.methods[0], readings.hosts[0], readings.paths[0]);
  for (const std::string& method : readings.methods) {
    for (const std::string& host : readings.hosts) {
      for (const std::string& path : readings.paths) {
        if (rules.Find(method, host, path) != found) return false;
      }
    }
  }
  return true;
}

bool HasAll(const token::TextList& held, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
    return std::find(held.begin(), held.end(), one) != held.end();
  });
}

}  // namespace

absl::string_view GatewayQuestion::authorization() const {
  const auto found = std::find_if(fields.begin(), fields.end(), [](const Field& field) {
    return absl::EqualsIgnoreCase(field.name, "authorization");
  });
  return found == fields.end() ? absl::string_view() : found->value;
}

std::vector<GatewayQuestion::Cookie> GatewayQuestion::cookies() const {
  std::vector<Cookie> found;
  for (const Field& field : fields) {
    if (!absl::EqualsIgnoreCase(field.name, "cookie")) continue;
    for (const absl::string_view part : absl::StrSplit(field.value, ';')) {
      const absl::string_view text = absl::StripAsciiWhitespace(part);
      if (text.empty()) continue;
      const std::pair<absl::string_view, absl::string_view> pair =
          absl::StrSplit(text, absl::MaxSplits('=', 1));
      found.push_back({absl::StripAsciiWhitespace(pair.first), pair.second, text});
    }
  }
  return found;
}

GatewayDecision JudgeRequest::Run(const GatewayQuestion& question, absl::Time now) const {
  auto decision = Decide(question, now, Waiting::kAllowed);
  decision->session_cookie = cookie_;
  observer_.Judged(*decision);
  return *std::move(decision);
}

std::optional<GatewayDecision> JudgeRequest::RunAtOnce(const GatewayQuestion& question,
                                                       absl::Time now) const {
  auto decision = Decide(question, now, Waiting::kRefused);
  if (!decision) return std::nullopt;
  decision->session_cookie = cookie_;
  observer_.Judged(*decision);
  return decision;
}

std::optional<GatewayDecision> JudgeRequest::Decide(const GatewayQuestion& question, absl::Time now,
                                                    Waiting waiting) const {
  const auto host = ReadHost(question.host);
  if (!IsMethodToken(question.method) || question.target.empty() || !host ||
      question.fields.size() > kMostFields || (rules_.name_hosts() && host->empty())) {
    return GatewayDecision{GatewayResult::kQuestionInvalid};
  }
  if (rules_.empty()) return GatewayDecision{GatewayResult::kNoRule};
  RequestReadings readings;
  readings.AddMethod(question.method);
  readings.hosts.push_back(*host);
  readings.AddPath(PathOf(question.target));
  for (const GatewayQuestion::Field& field : question.fields) {
    readings.AddField(field, rules_.name_hosts());
  }
  const AuthzRule* rule = nullptr;
  if (!FindRule(readings, rules_, rule)) return GatewayDecision{GatewayResult::kAmbiguous};
  if (rule == nullptr) return GatewayDecision{GatewayResult::kNoRule};
  if (readings.authorizations > 1) return GatewayDecision{GatewayResult::kAmbiguous};
  if (rule->anonymous) return GatewayDecision{GatewayResult::kAnonymous, rule};
  const absl::string_view authorization = question.authorization();
  if (readings.authorizations > 0) {
    if (!absl::StartsWithIgnoreCase(authorization, kBearer)) {
      return GatewayDecision{GatewayResult::kNoToken, rule};
    }
    return JudgeToken(authorization.substr(kBearer.size()), *rule, now, waiting);
  }
  std::vector<GatewayQuestion::Cookie> cookies;
  if (!cookie_.empty()) cookies = question.cookies();
  cookies.erase(std::remove_if(cookies.begin(), cookies.end(),
                               [&](const auto& cookie) { return cookie.name != cookie_; }),
                cookies.end());
  if (cookies.size() > 1) return GatewayDecision{GatewayResult::kAmbiguous};
  // Nothing but a session token: an access token in a cookie is somebody's mistake.
  if (cookies.empty() || !SessionToken::Is(cookies[0].value)) {
    return GatewayDecision{GatewayResult::kNoToken, rule};
  }
  return JudgeToken(cookies[0].value, *rule, now, waiting);
}

std::optional<ValidateDecision> JudgeRequest::Validate(absl::string_view token,
                                                       const AuthzRule& rule, absl::Time now,
                                                       Waiting waiting) const {
  if (sessions_ == nullptr || !SessionToken::Is(token)) {
    return validate_.Run(token, rule.audience, now);
  }
  if (waiting == Waiting::kAllowed) return sessions_->Run(token, rule.audience, now).decision;
  auto judged = sessions_->AtHand(token, rule.audience, now);
  return judged ? std::optional(std::move(judged->decision)) : std::nullopt;
}

std::optional<GatewayDecision> JudgeRequest::JudgeToken(absl::string_view token,
                                                        const AuthzRule& rule, absl::Time now,
                                                        Waiting waiting) const {
  GatewayDecision decision{GatewayResult::kAllowed, &rule, Validate(token, rule, now, waiting)};
  if (!decision.validated) return std::nullopt;
  const ValidateDecision& validated = *decision.validated;
  if (validated.revocation_stale) {
    decision.result = GatewayResult::kRevocationStale;
  } else if (validated.refusal == SessionRefusal::kUnavailable) {
    decision.result = GatewayResult::kUnavailable;
  } else if (!validated.active()) {
    decision.result = GatewayResult::kTokenRefused;
  } else {
    const token::ClaimsView claims = validated.verdict.token().claims();
    if (!HasAll(claims.scopes, rule.scopes) || !HasAll(claims.permissions, rule.permissions)) {
      decision.result = GatewayResult::kScopeMissing;
    }
  }
  return decision;
}

}  // namespace signet::domain
