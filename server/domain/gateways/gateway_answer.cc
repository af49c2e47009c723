#include "server/domain/gateways/gateway_answer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kOwn = "x-signet-";  // what the names of our fields begin with
constexpr absl::string_view kRealm = "Bearer realm=\"signet\"";

// What may stand in a field; a client's name is free text, and nobody is served by half of one.
std::string FieldText(absl::string_view text) {
  const bool fits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  return fits ? std::string(text) : std::string();
}

}  // namespace

absl::string_view NameOf(GatewayResult result) {
  switch (result) {
    case GatewayResult::kAllowed:
      return "allowed";
    case GatewayResult::kAnonymous:
      return "anonymous";
    case GatewayResult::kNoToken:
      return "no_token";
    case GatewayResult::kTokenRefused:
      return "token_refused";
    case GatewayResult::kRevocationStale:
      return "revocation_stale";
    case GatewayResult::kUnavailable:
      return "unavailable";
    case GatewayResult::kScopeMissing:
      return "scope_missing";
    case GatewayResult::kNoRule:
      return "no_rule";
    case GatewayResult::kAmbiguous:
      return "ambiguous";
    case GatewayResult::kQuestionInvalid:
      return "question_invalid";
  }
  return "question_invalid";
}

int HttpStatusOf(GatewayResult result) {
  switch (result) {
    case GatewayResult::kAllowed:
    case GatewayResult::kAnonymous:
      return 200;
    case GatewayResult::kNoToken:
    case GatewayResult::kTokenRefused:
      return 401;
    case GatewayResult::kRevocationStale:
    case GatewayResult::kUnavailable:
      return 503;
    case GatewayResult::kScopeMissing:
    case GatewayResult::kNoRule:
    case GatewayResult::kAmbiguous:
      return 403;
    case GatewayResult::kQuestionInvalid:
      return 400;
  }
  return 400;
}

std::string ChallengeOf(const GatewayDecision& decision) {
  switch (decision.result) {
    case GatewayResult::kNoToken:
      return std::string(kRealm);
    case GatewayResult::kTokenRefused:
      return absl::StrCat(kRealm, ", error=\"invalid_token\"");
    case GatewayResult::kScopeMissing: {
      std::string challenge = absl::StrCat(kRealm, ", error=\"insufficient_scope\"");
      if (!decision.rule->scopes.empty()) {
        absl::StrAppend(&challenge, ", scope=\"", absl::StrJoin(decision.rule->scopes, " "), "\"");
      }
      return challenge;
    }
    default:
      return "";
  }
}

std::string RevocationAsOf(const GatewayDecision& decision) {
  if (!decision.validated) return "";
  return absl::FormatTime(absl::RFC3339_full, decision.validated->revocation_as_of,
                          absl::UTCTimeZone());
}

std::array<IdentityField, 5> IdentityOf(const GatewayDecision& decision) {
  std::array<IdentityField, 5> fields{{{"x-signet-subject", ""},
                                       {"x-signet-client", ""},
                                       {"x-signet-session", ""},
                                       {"x-signet-scope", ""},
                                       {"x-signet-permissions", ""}}};
  if (decision.result != GatewayResult::kAllowed) return fields;
  const token::ClaimsView claims = decision.validated->verdict.token().claims();
  fields[0].value = FieldText(claims.subject);
  fields[1].value = FieldText(claims.client_id);
  fields[2].value = FieldText(claims.session_id.value_or(""));
  fields[3].value = FieldText(absl::StrJoin(claims.scopes, " "));
  fields[4].value = FieldText(absl::StrJoin(claims.permissions, " "));
  return fields;
}

std::string CookiesSentOn(const GatewayQuestion& question, const GatewayDecision& decision) {
  const bool all = decision.keeps_token() || decision.session_cookie.empty();
  std::vector<absl::string_view> sent_on;
  for (const GatewayQuestion::Cookie& cookie : question.cookies()) {
    if (all || cookie.name != decision.session_cookie) sent_on.push_back(cookie.text);
  }
  return absl::StrJoin(sent_on, "; ");
}

std::vector<std::string> LookalikesIn(const GatewayQuestion& question) {
  std::vector<std::string> names;
  const auto own = IdentityOf({});
  for (const GatewayQuestion::Field& field : question.fields) {
    const absl::string_view start = field.name.substr(0, kOwn.size());
    const std::string read = absl::AsciiStrToLower(absl::StrReplaceAll(start, {{"_", "-"}}));
    const bool is_own = std::any_of(own.begin(), own.end(), [&](const IdentityField& one) {
      return absl::EqualsIgnoreCase(one.name, field.name);
    });
    if (read == kOwn && !is_own) names.emplace_back(field.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace signet::domain
