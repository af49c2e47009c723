#include "server/app/session_tokens.h"

#include <memory>
#include <string>

#include "server/app/room_options.h"
#include "server/domain/sessions/switch_sessions.h"

namespace signet::app {
SessionTokens::SessionTokens(const config::Settings& settings, Database& database, Tokens& tokens,
                             Telemetry& telemetry)
    : policy(std::make_shared<domain::SessionPolicy>()),
      store(database.session_tokens),
      validate(tokens.verifier, tokens.ring.keys(), tokens.revocations,
               ValidateOptions(settings.revocation)),
      held(static_cast<size_t>(settings.sessions.cache)),
      activity(store, settings.sessions.idle),
      sessions({store, tokens.signer, validate, policy, held, activity}, LifetimesOf(settings)),
      metrics([this] {
        const domain::SessionPolicy& now = policy.Read();
        return observe::SessionMetrics::State{static_cast<int64_t>(held.size()),
                                              std::string(NameOf(now.mode)), now.share_percent};
      }) {
  telemetry.sources.Add(metrics);
}

absl::Status SessionTokens::Load() { return domain::SwitchSessions::Reload(store, policy); }

absl::Status SessionTokens::Beat(absl::Time now) {
  const auto written = activity.Flush(now);
  if (written.ok()) metrics.uses_written.fetch_add(*written, std::memory_order_relaxed);
  const absl::Status read = Load();
  return written.ok() ? read : written.status();
}

absl::Status SessionTokens::WriteAll(absl::Time now) { return activity.FlushAll(now).status(); }

}  // namespace signet::app
