#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/sessions/lineage.h"
#include "server/domain/sessions/session.h"

namespace signet::domain {

// Sessions and their lineages. Each writing call is one guarded statement, so that single use is
// decided by PostgreSQL alone; `audit` is written by the same statement, exactly when it has its
// effect. Every call may fail with STORAGE_UNAVAILABLE or DEADLINE_EXCEEDED.
// Thread-safe.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  // Opens session, lineage and its first history row, if the account is still active and its
  // password version is still `session.password_version`, its session id is new, and, where the
  // account has a second factor, `session.factor` was not used before: it is used up. Nothing
  // otherwise. Failures through `session.door` are forgotten with it, and its attempt is
  // settled.
  virtual absl::StatusOr<std::optional<SessionGrant>> Open(const NewSession& session,
                                                           const AuditRecord& audit) = 0;

  // Notes that the session's person proved again who they are: its tokens say so from now on.
  // Nothing where the session has ended or expired, the account is not active, its password version
  // is not `again.password_version`, or it has a second factor and `again.factor` is none or used
  // before. The lineage stays as it is.
  virtual absl::StatusOr<std::optional<SessionGrant>> Reauthenticate(const Reauthentication& again,
                                                                     const AuditRecord& audit) = 0;

  // Each rotates if its presented token is the live leaf of a lineage that is neither ended nor
  // expired, of an active account. One answer per rotation, in their order: the grant, or nothing
  // (then ReadAll and classify). All are judged by what was before, but of rotations of one leaf
  // exactly one gets the grant: of equal ones the first. An error says nothing of any: each may
  // have happened. One round trip for all.
  virtual absl::StatusOr<std::vector<std::optional<SessionGrant>>> Rotate(
      absl::Span<const Rotation> rotations) = 0;

  // What there is about each of some presented tokens, in their order; nothing for an unknown
  // lineage. One round trip for all.
  virtual absl::StatusOr<std::vector<std::optional<LineageView>>> ReadAll(
      absl::Span<const Presented> presented) = 0;
  absl::StatusOr<std::optional<LineageView>> Read(const Presented& presented) {
    auto views = ReadAll(absl::MakeConstSpan(&presented, 1));
    if (!views.ok()) return views.status();
    return std::move(views->front());
  }

  // Notes repeated refreshes that are answered with the same successor. History only; one round
  // trip for all.
  virtual absl::Status RecordReplays(absl::Span<const Replay> replays) = 0;

  // Ends one session: lineage, session row, history, one kSession revocation, one statement.
  // True when this call ended it, false when it had ended before or never was.
  // `presented_generation` is set when a replayed token was the cause.
  virtual absl::StatusOr<bool> End(base::UserId user, base::SessionId session, EndReason reason,
                                   const Peer& peer, absl::Time now,
                                   absl::Time revocation_expires_at,
                                   std::optional<int32_t> presented_generation,
                                   const AuditRecord& audit) = 0;

  // Ends every live session of the user and appends ONE kUser revocation with `not_before`, kept on
  // the account too; where the account's lies there already, both get one second more than it.
  // Returns how many sessions it ended.
  virtual absl::StatusOr<int64_t> EndAll(base::UserId user, EndReason reason, absl::Time now,
                                         absl::Time not_before, absl::Time revocation_expires_at,
                                         const AuditRecord& audit) = 0;

  // Live sessions of the user, newest first, after `after` (exclusive; by session id, which sorts
  // by creation), and not idle since `idle` or before. At most `limit`.
  virtual absl::StatusOr<std::vector<SessionSummary>> List(base::UserId user,
                                                           std::optional<base::SessionId> after,
                                                           int limit, absl::Time now,
                                                           const IdleSessions& idle) = 0;

  // The chain of one session, ended or not; nothing when it is not the user's or never was.
  // `user` nothing: any user's (administrators). At most kMostLineageEvents events, the newest.
  virtual absl::StatusOr<std::optional<LineageHistory>> History(std::optional<base::UserId> user,
                                                                base::SessionId session) = 0;
};

}  // namespace signet::domain
