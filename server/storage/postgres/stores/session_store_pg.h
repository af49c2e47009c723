#pragma once

#include "server/domain/ports/session_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Sessions and lineages in PostgreSQL; every method is one statement and one round trip,
// those that take several of something too. Thread-safe.
class SessionStorePg final : public domain::SessionStore {
 public:
  // `pool` must outlive the store.
  explicit SessionStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<std::optional<domain::SessionGrant>> Open(
      const domain::NewSession& session, const domain::AuditRecord& audit) override;
  absl::StatusOr<std::optional<domain::SessionGrant>> Reauthenticate(
      const domain::Reauthentication& again, const domain::AuditRecord& audit) override;
  absl::StatusOr<std::vector<std::optional<domain::SessionGrant>>> Rotate(
      absl::Span<const domain::Rotation> rotations) override;
  absl::StatusOr<std::vector<std::optional<domain::LineageView>>> ReadAll(
      absl::Span<const domain::Presented> presented) override;
  absl::Status RecordReplays(absl::Span<const domain::Replay> replays) override;
  absl::StatusOr<bool> End(base::UserId user, base::SessionId session, domain::EndReason reason,
                           const domain::Peer& peer, absl::Time now,
                           absl::Time revocation_expires_at,
                           std::optional<int32_t> presented_generation,
                           const domain::AuditRecord& audit) override;
  absl::StatusOr<int64_t> EndAll(base::UserId user, domain::EndReason reason, absl::Time now,
                                 absl::Time not_before, absl::Time revocation_expires_at,
                                 const domain::AuditRecord& audit) override;
  absl::StatusOr<std::vector<domain::SessionSummary>> List(
      base::UserId user, std::optional<base::SessionId> after, int limit, absl::Time now,
      const domain::IdleSessions& idle) override;
  absl::StatusOr<std::optional<domain::LineageHistory>> History(std::optional<base::UserId> user,
                                                                base::SessionId session) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage
