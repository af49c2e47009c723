#include "server/domain/gateways/authz_rules.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/base/status_macros.h"
#include "server/domain/gateways/host_reading.h"
#include "server/domain/gateways/path_readings.h"

namespace signet::domain {
namespace {

using Entry = AuthzRules::Entry;

absl::Status Wrong(const Entry& entry, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("line ", entry.line, ", \"", entry.rule, "\": ", what));
}

bool IsMethod(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

// "GET,POST host/path", "host/path", "/path".
absl::StatusOr<AuthzRule> ReadTitle(const Entry& entry) {
  AuthzRule rule;
  absl::string_view title = entry.rule;
  if (const size_t blank = title.find(' '); blank != title.npos) {
    rule.methods = absl::StrSplit(title.substr(0, blank), ',');
    title.remove_prefix(blank + 1);
    if (!std::all_of(rule.methods.begin(), rule.methods.end(), IsMethod)) {
      return Wrong(entry, "the methods before the path are no methods");
    }
  }
  if (absl::StrContains(title, ' ')) {
    return Wrong(entry, "has a second blank: methods are joined by commas, then one blank");
  }
  if (title.find_first_of("*{") != title.npos) {
    return Wrong(entry, "there are no wildcards: a path that ends in '/' covers what is below it");
  }
  const size_t slash = title.find('/');
  if (slash == title.npos) return Wrong(entry, "has no path");
  rule.host = absl::AsciiStrToLower(title.substr(0, slash));
  if (absl::StrContains(rule.host, ":")) return Wrong(entry, "a host has no port here");
  if (ReadHost(rule.host) != rule.host || absl::StartsWith(rule.host, ".") ||
      absl::StrContains(rule.host, "..")) {
    return Wrong(entry, "the host is none that a request has: api.example.com, no dot at an end");
  }
  rule.path = std::string(title.substr(slash));
  if (ReadingsOf(rule.path).size() != 1) {
    return Wrong(entry, "the path can be read in more than one way: write it as it is served");
  }
  return rule;
}

absl::Status ReadFlag(const Entry& entry, absl::string_view yes, absl::string_view no, bool& flag) {
  if (entry.text != yes && entry.text != no) {
    return Wrong(entry, absl::StrCat(entry.field, " is ", yes, " or ", no));
  }
  flag = entry.text == yes;
  return absl::OkStatus();
}

absl::Status ReadField(const Entry& entry, AuthzRule& rule) {
  if (entry.field == "anonymous") return ReadFlag(entry, "true", "false", rule.anonymous);
  if (entry.field == "token") {
    bool removed = false;
    SIGNET_RETURN_IF_ERROR(ReadFlag(entry, "remove", "keep", removed));
    rule.token = removed ? AuthzRule::Token::kRemove : AuthzRule::Token::kKeep;
    return absl::OkStatus();
  }
  std::vector<std::string> words = absl::StrSplit(entry.text, ' ', absl::SkipEmpty());
  if (words.empty()) return Wrong(entry, absl::StrCat(entry.field, " is empty"));
  if (entry.field == "scopes") {
    rule.scopes = std::move(words);
  } else if (entry.field == "permissions") {
    rule.permissions = std::move(words);
  } else if (entry.field != "audience") {
    return Wrong(entry, absl::StrCat("there is no ", entry.field,
                                     ": audience, scopes, permissions, anonymous, token"));
  } else if (words.size() > 1) {
    return Wrong(entry, "audience is one word");
  } else {
    rule.audience = std::move(words.front());
  }
  return absl::OkStatus();
}

absl::Status CheckRule(const Entry& entry, const AuthzRule& rule) {
  const bool asks = !rule.audience.empty() || !rule.scopes.empty() || !rule.permissions.empty();
  if (rule.anonymous && asks) return Wrong(entry, "is anonymous and asks for a token");
  if (!rule.anonymous && rule.audience.empty()) {
    return Wrong(entry, "needs an audience, or anonymous: true");
  }
  return absl::OkStatus();
}

// Two rules of which nobody could say which decides a request: of one rank; or "/a" and "/a/",
// which both are for the two paths, so that the one that loses would not apply to what it names.
bool Collide(const AuthzRule& one, const AuthzRule& other) {
  if (one.host != other.host ||
      absl::StripSuffix(one.path, "/") != absl::StripSuffix(other.path, "/")) {
    return false;
  }
  if (one.methods.empty() || other.methods.empty()) {
    return one.path != other.path || (one.methods.empty() && other.methods.empty());
  }
  return std::any_of(one.methods.begin(), one.methods.end(), [&](const std::string& method) {
    return std::find(other.methods.begin(), other.methods.end(), method) != other.methods.end();
  });
}

bool Covers(const AuthzRule& rule, absl::string_view path) {
  const absl::string_view own = rule.path;
  if (absl::EndsWith(own, "/")) {
    return absl::StartsWith(path, own) || path == own.substr(0, own.size() - 1);
  }
  return path == own || (absl::StartsWith(path, own) && path.substr(own.size()) == "/");
}

}  // namespace

absl::StatusOr<AuthzRules> AuthzRules::Make(absl::Span<const Entry> entries) {
  AuthzRules rules;
  for (size_t i = 0; i < entries.size();) {
    const Entry& first = entries[i];
    SIGNET_ASSIGN_OR_RETURN(AuthzRule rule, ReadTitle(first));
    for (; i < entries.size() && entries[i].rule == first.rule; ++i) {
      SIGNET_RETURN_IF_ERROR(ReadField(entries[i], rule));
    }
    SIGNET_RETURN_IF_ERROR(CheckRule(first, rule));
    for (const AuthzRule& other : rules.rules_) {
      if (Collide(rule, other))
        return Wrong(first, absl::StrCat("another rule, of ", other.host, other.path,
                                         ", is for the same requests"));
    }
    rules.name_hosts_ |= !rule.host.empty();
    rules.rules_.push_back(std::move(rule));
  }
  if (rules.rules_.empty()) return absl::InvalidArgumentError("there is no rule");
  const auto rank = [](const AuthzRule& rule) {
    return std::make_tuple(!rule.host.empty(), rule.path.size(), !rule.methods.empty());
  };
  std::stable_sort(rules.rules_.begin(), rules.rules_.end(),
                   [&](const AuthzRule& a, const AuthzRule& b) { return rank(a) > rank(b); });
  return rules;
}

const AuthzRule* AuthzRules::Find(absl::string_view method, absl::string_view host,
                                  absl::string_view path) const {
  for (const AuthzRule& rule : rules_) {
    if (!rule.host.empty() && rule.host != host) continue;
    if (!rule.methods.empty() &&
        std::find(rule.methods.begin(), rule.methods.end(), method) == rule.methods.end()) {
      continue;
    }
    if (Covers(rule, path)) return &rule;
  }
  return nullptr;
}

}  // namespace signet::domain
