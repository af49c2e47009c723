#include "server/http/authz/authz_endpoint.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/domain/gateways/path_readings.h"

namespace signet::http {
namespace {

using observe::AuthzResult;

constexpr absl::string_view kBearer = "Bearer ";

// What an intermediary would take away if Connection named it (RFC 9110 section 7.6.1).
bool RemovesOurs(const Request& request) {
  for (const absl::string_view value : request.All("connection")) {
    for (const absl::string_view option : absl::StrSplit(value, ',')) {
      const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(option));
      if (name == "authorization" || absl::StartsWith(name, "x-forwarded-") ||
          absl::StartsWith(name, "x-signet-")) {
        return true;
      }
    }
  }
  return false;
}

struct Question {
  absl::string_view method;
  std::string host;
  absl::string_view path;
};

// "api.example.com", of "API.example.com:443".
std::optional<std::string> ReadHost(absl::string_view text) {
  const bool visible =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != ','; });
  if (!visible) return std::nullopt;
  const size_t after_address = text.rfind(']');  // of an IPv6 address
  const size_t colon = text.find(':', after_address == text.npos ? 0 : after_address);
  return absl::AsciiStrToLower(text.substr(0, colon));
}

std::optional<Question> ReadQuestion(const Request& request, const domain::AuthzRules& rules) {
  const auto methods = request.All("x-forwarded-method");
  const auto targets = request.All("x-forwarded-uri");
  const auto hosts = request.All("x-forwarded-host");
  if (methods.size() != 1 || methods[0].empty() || targets.size() != 1 || targets[0].empty()) {
    return std::nullopt;
  }
  if (hosts.size() > 1 || (rules.name_hosts() && (hosts.empty() || hosts[0].empty()))) {
    return std::nullopt;
  }
  const auto host = ReadHost(hosts.empty() ? absl::string_view() : hosts[0]);
  if (!host) return std::nullopt;
  return Question{methods[0], *host, targets[0].substr(0, targets[0].find('?'))};
}

// The one rule of all readings of the path. False: they have different ones, or there is none
// that could be read.
bool FindRule(const Question& question, const domain::AuthzRules& rules,
              const domain::AuthzRule*& found) {
  const std::vector<std::string> readings = domain::ReadingsOf(question.path);
  if (readings.empty()) return false;
  found = rules.Find(question.method, question.host, readings.front());
  return std::all_of(readings.begin() + 1, readings.end(), [&](const std::string& reading) {
    return rules.Find(question.method, question.host, reading) == found;
  });
}

bool HasAll(const token::TextList& held, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
    return std::find(held.begin(), held.end(), one) != held.end();
  });
}

// What may stand in a field; a client's name is free text, and nobody is served by half of one.
std::string FieldText(absl::string_view text) {
  const bool fits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  return fits ? std::string(text) : std::string();
}

// `claims` null: nobody. `authorization`: what goes on to the upstream.
Reply Allowed(const token::ClaimsView* claims, absl::string_view authorization) {
  Reply reply{.body = ""};
  const auto say = [&](const char* name, const std::string& value) {
    reply.fields.push_back({name, value});
  };
  say("X-Signet-Subject", claims == nullptr ? "" : FieldText(claims->subject));
  say("X-Signet-Client", claims == nullptr ? "" : FieldText(claims->client_id));
  say("X-Signet-Session", claims == nullptr ? "" : FieldText(claims->session_id.value_or("")));
  say("X-Signet-Scope", claims == nullptr ? "" : FieldText(absl::StrJoin(claims->scopes, " ")));
  say("X-Signet-Permissions",
      claims == nullptr ? "" : FieldText(absl::StrJoin(claims->permissions, " ")));
  say("Authorization", std::string(authorization));
  return reply;
}

void Count(const domain::ValidateDecision& decision, observe::TokenMetrics& metrics) {
  const token::Verdict& verdict = decision.verdict;
  if (decision.revocation_stale) return metrics.Stale(verdict.source);
  if (verdict.accepted()) return metrics.Accepted(verdict.source);
  metrics.Rejected(verdict.reason(), verdict.source);
}

}  // namespace

Reply AuthzEndpoint::Refuse(AuthzResult why, int status, const std::string& challenge) const {
  uses_.http.authz.Add(why);
  Reply reply = ErrorReply(status);
  if (!challenge.empty()) reply.fields.push_back({"WWW-Authenticate", challenge});
  return reply;
}

Reply AuthzEndpoint::Answer(const Request& request) const {
  const auto question = ReadQuestion(request, rules_);
  if (!question) return Refuse(AuthzResult::kQuestionInvalid, 400);
  if (RemovesOurs(request)) return Refuse(AuthzResult::kAmbiguous, 403);
  const domain::AuthzRule* rule = nullptr;
  if (!FindRule(*question, rules_, rule)) return Refuse(AuthzResult::kAmbiguous, 403);
  if (rule == nullptr) return Refuse(AuthzResult::kNoRule, 403);
  if (request.All("authorization").size() > 1) return Refuse(AuthzResult::kAmbiguous, 403);
  return Judge(request, *rule);
}

Reply AuthzEndpoint::Judge(const Request& request, const domain::AuthzRule& rule) const {
  const absl::string_view authorization = request.Find("authorization");
  const absl::string_view sent_on =
      rule.token == domain::AuthzRule::Token::kKeep ? authorization : absl::string_view();
  if (rule.anonymous) {
    uses_.http.authz.Add(AuthzResult::kAnonymous);
    return Allowed(nullptr, sent_on);
  }
  if (!absl::StartsWithIgnoreCase(authorization, kBearer)) {
    return Refuse(AuthzResult::kNoToken, 401, "Bearer realm=\"signet\"");
  }
  const auto decision =
      uses_.validate.Run(authorization.substr(kBearer.size()), rule.audience, request.call.now);
  Count(decision, uses_.tokens);
  if (!decision.active()) {
    return Refuse(AuthzResult::kTokenRefused, 401,
                  "Bearer realm=\"signet\", error=\"invalid_token\"");
  }
  const token::ClaimsView claims = decision.verdict.token().claims();
  if (!HasAll(claims.scopes, rule.scopes) || !HasAll(claims.permissions, rule.permissions)) {
    std::string challenge = "Bearer realm=\"signet\", error=\"insufficient_scope\"";
    if (!rule.scopes.empty()) {
      absl::StrAppend(&challenge, ", scope=\"", absl::StrJoin(rule.scopes, " "), "\"");
    }
    return Refuse(AuthzResult::kScopeMissing, 403, challenge);
  }
  uses_.http.authz.Add(AuthzResult::kAllowed);
  return Allowed(&claims, sent_on);
}

}  // namespace signet::http
