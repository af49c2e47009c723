#include "server/storage/postgres/partition_maintenance.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

// CASE evaluates the functions only under the lock, which lasts as long as the statement.
constexpr ServiceStatement kRun{"maintain_partitions", R"sql(
  SELECT led, CASE WHEN led THEN signet.ensure_partitions($1) END,
         CASE WHEN led THEN signet.drop_expired_partitions($1, $2, $3) END
    FROM (SELECT pg_try_advisory_xact_lock(hashtextextended('signet.partitions', 0)) AS led
          OFFSET 0) AS leader)sql"};

constexpr ServiceStatement kMaintainAudit{"maintain_audit", R"sql(
  SELECT CASE WHEN led THEN signet.ensure_audit_partitions($1) END,
         CASE WHEN led THEN signet.retire_audit($1, $2) END
    FROM (SELECT pg_try_advisory_xact_lock(hashtextextended('signet.partitions', 0)) AS led
          OFFSET 0) AS leader)sql"};

// History leaves by whole months. A session outlives its last row: export and erasure of a person
// find the history through the sessions.
constexpr absl::Duration kLongestPartition = absl::Hours(24 * 31);

constexpr ServiceStatement kRemoveExpiredSessions{
    "remove_expired_sessions", "SELECT signet.remove_expired_sessions($1, $2, $3)"};

constexpr ServiceStatement kRemoveIdleBuckets{"remove_idle_buckets",
                                              "SELECT signet.remove_idle_buckets($1, $2, $3)"};

constexpr ServiceStatement kRemoveStaleEvidence{"remove_stale_evidence",
                                                "SELECT signet.remove_stale_evidence($1, $2)"};

constexpr ServiceStatement kRemoveStaleAttempts{"remove_stale_attempts",
                                                "SELECT signet.remove_stale_attempts($1, $2, $3)"};

constexpr ServiceStatement kRemoveExpiredGrants{"remove_expired_grants",
                                                "SELECT signet.remove_expired_grants($1, $2)"};
constexpr int kGrantsPerRun = 1000;

}  // namespace

absl::StatusOr<PartitionMaintenance::Result> PartitionMaintenance::Run(absl::Time now) {
  Params params;
  params.Add(now).Add(now - options_.keep_history).Add(now - options_.keep_revocations);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kRun, params));
  Result result;
  result.led = rows.Bool(0, 0);
  if (!result.led) return result;
  result.made = rows.Int32(0, 1);
  result.dropped = rows.Int32(0, 2);
  SIGNET_ASSIGN_OR_RETURN(
      const Rows audit,
      pool_.Execute(kMaintainAudit, Params().Add(now).Add(now - options_.keep_audit)));
  if (!audit.IsNull(0, 0)) {
    result.audit_made = audit.Int32(0, 0);
    result.audit_dropped = audit.Int32(0, 1);
  }
  SIGNET_ASSIGN_OR_RETURN(result.removed_sessions, RemoveExpiredSessions(now));
  SIGNET_ASSIGN_OR_RETURN(result.removed_attempts, RemoveStaleAttempts(now));
  // Whoever issues tokens heeds the times by himself: what one run leaves waits for the next.
  SIGNET_RETURN_IF_ERROR(
      pool_.Execute(kRemoveExpiredGrants, Params().Add(now).Add(kGrantsPerRun)).status());
  return result;
}

// Each statement is a transaction of its own, so that a crash half-way loses nothing and no lock
// lasts; two replicas that got here one after the other pass over each other's rows.
absl::StatusOr<int> PartitionMaintenance::RemoveExpiredSessions(absl::Time now) {
  Params params;
  params.Add(now)
      .Add(now - options_.keep_history - kLongestPartition)
      .Add(options_.sessions_per_statement);
  int removed = 0;
  while (removed < options_.sessions_per_run) {
    SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kRemoveExpiredSessions, params));
    removed += rows.Int32(0, 0);
    if (rows.Int32(0, 0) < options_.sessions_per_statement) break;
  }
  return removed;
}

absl::StatusOr<int> PartitionMaintenance::RemoveInSteps(const Statement& statement,
                                                        const Params& params) {
  int removed = 0;
  while (removed < options_.sessions_per_run) {
    SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(statement, params));
    removed += rows.Int32(0, 0);
    if (rows.Int32(0, 0) < options_.sessions_per_statement) break;
  }
  return removed;
}

absl::StatusOr<int> PartitionMaintenance::RemoveStaleAttempts(absl::Time now) {
  Params params;
  params.Add(now).Add(now - options_.keep_attempts).Add(options_.sessions_per_statement);
  SIGNET_ASSIGN_OR_RETURN(const int attempts, RemoveInSteps(kRemoveStaleAttempts, params));
  SIGNET_ASSIGN_OR_RETURN(const int buckets, RemoveInSteps(kRemoveIdleBuckets, params));
  SIGNET_ASSIGN_OR_RETURN(
      const int evidence,
      RemoveInSteps(kRemoveStaleEvidence, Params().Add(now).Add(options_.sessions_per_statement)));
  return attempts + buckets + evidence;
}

}  // namespace signet::storage
