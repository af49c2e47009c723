#include "server/app/authz.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/status_macros.h"
#include "server/app/room_options.h"
#include "server/config/yaml_file.h"

namespace signet::app {
namespace {

absl::Status CannotUse(const std::string& file, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("authz.rules: ", file, ": ", why));
}

}  // namespace

absl::StatusOr<domain::AuthzRules> ReadAuthzRules(const std::string& file) {
  std::ifstream in(file);
  if (!in) return CannotUse(file, std::strerror(errno));
  std::ostringstream text;
  text << in.rdbuf();
  const config::FlatFile flat = config::ReadYaml(text.str());
  if (!flat.problems.empty()) return CannotUse(file, absl::StrJoin(flat.problems, "; "));
  std::vector<domain::AuthzRules::Entry> entries;
  for (const config::FileEntry& entry : flat.entries) {
    // A path may have dots, a field has none.
    const size_t dot = entry.path.rfind('.');
    if (dot == entry.path.npos) {
      return CannotUse(file, absl::StrCat("line ", entry.line, ": \"", entry.path,
                                          "\" is no rule with fields below it"));
    }
    entries.push_back(
        {entry.path.substr(0, dot), entry.path.substr(dot + 1), entry.text, entry.line});
  }
  auto rules = domain::AuthzRules::Make(entries);
  if (!rules.ok()) return CannotUse(file, rules.status().message());
  return rules;
}

absl::StatusOr<std::unique_ptr<Gateways>> Gateways::Make(const config::Settings& settings,
                                                         const domain::ValidateToken& validate,
                                                         domain::ValidateSession& sessions,
                                                         Telemetry& telemetry) {
  domain::AuthzRules rules;
  if (!settings.authz.rules.empty()) {
    SIGNET_ASSIGN_OR_RETURN(rules, ReadAuthzRules(settings.authz.rules));
  }
  return std::unique_ptr<Gateways>(
      new Gateways(settings, validate, sessions, telemetry, std::move(rules)));
}

http::Route Gateways::AuthzRoute(std::function<bool()> ready) const {
  http::Route route{"/authz",
                    [this](const http::Request& request) { return endpoint_.Answer(request); }};
  route.at_once =
      [this, ready = std::move(ready)](const http::Request& request) -> std::optional<http::Reply> {
    if (!ready()) return http::OverloadedReply();
    return endpoint_.AnswerAtOnce(request);
  };
  return route;
}

Gateways::Gateways(const config::Settings& settings, const domain::ValidateToken& validate,
                   domain::ValidateSession& sessions, Telemetry& telemetry,
                   domain::AuthzRules rules)
    : has_rules_(!settings.authz.rules.empty()),
      observer_(telemetry.gateways, telemetry.tokens),
      judge_(std::move(rules), validate, observer_, &sessions, settings.sessions.cookie),
      endpoint_(judge_) {}

}  // namespace signet::app
