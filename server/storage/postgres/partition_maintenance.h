#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Keeps the time partitions of the lineage history and the revocation log: the next ones are there
// before they are needed, and old data leaves by dropping whole partitions, never row by row.
// Sessions leave by the row, in small statements, once their history has gone. Run it at the start
// and every hour, on as many replicas as there are: one at a time does the work.
// Nothing breaks when it does not run; rows collect in the default partitions and move later.
// Thread-safe.
class PartitionMaintenance {
 public:
  struct Options {
    // How long the history of lineages is kept; never less than 31 days, which reuse detection
    // needs. Set it to more than the life of a refresh token. A session is kept for as long after
    // its lineage expired, and a month more.
    absl::Duration keep_history = absl::Hours(24 * 90);
    absl::Duration keep_revocations = absl::Hours(24 * 2);  // and until the last has expired
    absl::Duration keep_audit = absl::Hours(24 * 90);       // of the audit log, by whole days
    int sessions_per_statement = 1000;  // rows locked at once: a few milliseconds
    int sessions_per_run = 1'000'000;   // more than a day's logins of a large site in 24 runs
    absl::Duration keep_attempts = absl::Hours(24 * 2);
  };

  // `pool` must outlive this.
  PartitionMaintenance(ConnectionPool& pool, Options options) : pool_(pool), options_(options) {}

  struct Result {
    bool led = false;  // false: another replica is at it
    int made = 0;
    int dropped = 0;
    int audit_made = 0;     // of the audit log: partitions
    int audit_dropped = 0;  // and days
    int removed_sessions = 0;
    int removed_attempts = 0;  // and what else was noted of guesses, limits and challenges
  };
  absl::StatusOr<Result> Run(absl::Time now);

 private:
  absl::StatusOr<int> RemoveExpiredSessions(absl::Time now);
  absl::StatusOr<int> RemoveStaleAttempts(absl::Time now);
  absl::StatusOr<int> RemoveInSteps(const Statement& statement, const Params& params);

  ConnectionPool& pool_;
  const Options options_;
};

}  // namespace signet::storage
