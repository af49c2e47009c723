#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/sessions/session.h"
#include "server/domain/sessions/session_policy.h"
#include "server/domain/sessions/session_token.h"

namespace signet::domain {

// What there is about a session that a session token holds.
struct SessionTokenView {
  std::string secret_hash;  // to be compared with the presented one, in constant time
  absl::Time created_at;
  absl::Time last_used_at;  // of the uses that were recorded
  absl::Time recorded_at;   // when that was
  absl::Time expires_at;    // whatever the activity
  std::optional<EndReason> end_reason;
  bool account_active = false;
  SessionGrant grant;
};

// A use of a session, for the record.
struct SessionUse {
  base::UserId user_id;
  base::SessionId session_id;
  absl::Time at;  // of the last one
};

// What stands in the row after RecordUses().
struct RecordedUse {
  absl::Time last_used_at;
  absl::Time recorded_at;
};

// Sessions that a session token holds (SessionStore opens and ends them), and who gets them. Every
// call may fail with STORAGE_UNAVAILABLE or DEADLINE_EXCEEDED. Thread-safe.
class SessionTokenStore {
 public:
  virtual ~SessionTokenStore() = default;

  // What there is about each, in their order, ended or not; nothing where there is no such session,
  // or other tokens hold it. One round trip for all.
  virtual absl::StatusOr<std::vector<std::optional<SessionTokenView>>> Find(
      absl::Span<const PresentedSession> presented) = 0;

  // Writes the times of uses, at `now`. Each row is written only where the use is newer than what
  // it holds, the session has neither ended nor expired nor been idle for `idle` before that use,
  // and `grain` has passed since it was last written: however many replicas there are, no session
  // is written more often. One answer per use, in their order; nothing where there is no such
  // session. One round trip for all.
  virtual absl::StatusOr<std::vector<std::optional<RecordedUse>>> RecordUses(
      absl::Span<const SessionUse> uses, absl::Duration idle, absl::Duration grain,
      absl::Time now) = 0;

  virtual absl::StatusOr<SessionPolicy> ReadPolicy() = 0;

  // Replaces mode and share by those of `policy`, the rest follows. Returns what is in force then.
  virtual absl::StatusOr<SessionPolicy> WritePolicy(const SessionPolicy& policy,
                                                    const AuditRecord& audit) = 0;
};

}  // namespace signet::domain
