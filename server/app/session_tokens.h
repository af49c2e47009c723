#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/base/snapshot.h"
#include "server/app/parts.h"
#include "server/config/settings.h"
#include "server/domain/sessions/held_sessions.h"
#include "server/domain/sessions/session_activity.h"
#include "server/domain/sessions/session_policy.h"
#include "server/domain/sessions/validate_session.h"
#include "server/domain/tokens/validate_token.h"
#include "server/observe/session_metrics.h"

namespace signet::app {

// What judges session tokens, for the gRPC port and the HTTP port, which is there first.
struct SessionTokens {
  // All outlive it.
  SessionTokens(const config::Settings& settings, Database& database, Tokens& tokens,
                Telemetry& telemetry);

  // Reads the policy. For the start: nothing is judged before.
  absl::Status Load();

  // Several times a second: writes uses that are due, and reads the policy again. The first error,
  // after both were tried; the next time goes on from there.
  absl::Status Beat(absl::Time now);

  // Writes all uses that were not written yet. At the end.
  absl::Status WriteAll(absl::Time now);

  base::Snapshot<domain::SessionPolicy> policy;
  domain::SessionTokenStore& store;
  domain::ValidateToken validate;  // access tokens, for every door
  domain::HeldSessions held;
  domain::SessionActivity activity;
  domain::ValidateSession sessions;
  observe::SessionMetrics metrics;
};

}  // namespace signet::app
