#include "server/app/status_console.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "client/base/error.h"
#include "server/app/json_door.h"
#include "server/app/process.h"
#include "server/app/version.h"

namespace signet::app {
namespace {

// An issuer is where people come: where that is https and this port is not, a proxy ends TLS.
console::Browsers BrowsersOf(const config::Settings& settings) {
  const bool tls = !settings.listen.tls_certificate.empty() ||
                   absl::StartsWith(settings.tokens.issuer, "https://");
  return tls ? console::Browsers::kTls : console::Browsers::kPlain;
}

// What keeps the server from being ready; empty: nothing.
std::string ProblemOf(const std::vector<http::ReadinessCheck>& checks) {
  for (const http::ReadinessCheck& check : checks) {
    if (check.weight != http::ReadinessCheck::Weight::kRequired) continue;
    if (std::string problem = check.problem(); !problem.empty()) return problem;
  }
  return "";
}

console::Facts FactsOf(const StatusConsole::Parts& parts,
                       std::vector<http::ReadinessCheck> checks) {
  const absl::Duration lease = parts.settings.keys.verifier_lease;
  return {.replica = ReplicaName(),
          .version = std::string(Version()),
          .started = parts.telemetry.clock.Now(),
          .rotate_after = parts.settings.keys.rotate_after,
          .keys = [&store = parts.tokens.key_store] { return store.ListAll(); },
          .verifiers = [&store = parts.tokens.verifier_store,
                        lease](absl::Time now) { return store.List(now - lease); },
          .database_answers = [&pool = *parts.database.pool] { return pool.healthy(); },
          .problem = [checks = std::move(checks)] { return ProblemOf(checks); }};
}

// By the rules of every service that asks for this audience, stale revocations included.
console::Console::Judge JudgeOf(const StatusConsole::Parts& parts) {
  return [&validate = parts.validate, audience = parts.settings.tokens.audience](
             absl::string_view token, absl::Time now) -> absl::StatusOr<domain::Caller> {
    const domain::ValidateDecision decision = validate.Run(token, audience, now);
    if (!decision.active()) {
      return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                             "a valid access token is needed");
    }
    return domain::Caller::From(decision.verdict.token());
  };
}

}  // namespace

StatusConsole::StatusConsole(const Parts& parts, std::function<rpc::Server*()> server,
                             std::vector<http::ReadinessCheck> checks)
    : history_(parts.telemetry.sources),
      console_({.history = history_,
                .facts = FactsOf(parts, std::move(checks)),
                .judge = JudgeOf(parts),
                .carrier = CarriedBy(std::move(server))},
               BrowsersOf(parts.settings)),
      ticking_(console::History::kInterval,
               [this, &clock = parts.telemetry.clock] { history_.Tick(clock.Now()); }) {}

}  // namespace signet::app
