#pragma once

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/session_store.h"

namespace signet::domain {

// Sessions and lineages in memory; behaves as the port says. Thread-safe.
class FakeSessionStore final : public SessionStore {
 public:
  // `database` must outlive the store.
  explicit FakeSessionStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<std::optional<SessionGrant>> Open(const NewSession& session,
                                                   const AuditRecord& audit) override;
  absl::StatusOr<std::optional<SessionGrant>> Reauthenticate(const Reauthentication& again,
                                                             const AuditRecord& audit) override;
  absl::StatusOr<std::vector<std::optional<SessionGrant>>> Rotate(
      absl::Span<const Rotation> rotations) override;
  absl::StatusOr<std::vector<std::optional<LineageView>>> ReadAll(
      absl::Span<const Presented> presented) override;
  absl::Status RecordReplays(absl::Span<const Replay> replays) override;
  absl::StatusOr<bool> End(base::UserId user, base::SessionId session, EndReason reason,
                           const Peer& peer, absl::Time now, absl::Time revocation_expires_at,
                           std::optional<int32_t> presented_generation,
                           const AuditRecord& audit) override;
  absl::StatusOr<int64_t> EndAll(base::UserId user, EndReason reason, absl::Time now,
                                 absl::Time not_before, absl::Time revocation_expires_at,
                                 const AuditRecord& audit) override;
  absl::StatusOr<std::vector<SessionSummary>> List(base::UserId user,
                                                   std::optional<base::SessionId> after, int limit,
                                                   absl::Time now,
                                                   const IdleSessions& idle) override;
  absl::StatusOr<std::optional<LineageHistory>> History(std::optional<base::UserId> user,
                                                        base::SessionId session) override;

 private:
  struct Reader;
  std::optional<SessionGrant> RotateOne(const Rotation& rotation)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_.mutex_);
  std::optional<LineageView> ReadOne(const Presented& presented)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_.mutex_);

  FakeDatabase& database_;
};

}  // namespace signet::domain
