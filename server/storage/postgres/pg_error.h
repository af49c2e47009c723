#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace signet::storage {

// How one statement went wrong, before it is told to anybody outside the room.
struct PgFailure {
  std::string sqlstate;  // five characters; "08006" when the connection broke without a word
  bool connection_usable = false;
};

// Reads the exception in flight; call from a catch block only. The texts of exceptions stay here:
// they may hold values of the row.
PgFailure CurrentFailure();

// The one place that decides what a database error means outside:
//   57014 (statement timeout, cancelled)             DEADLINE_EXCEEDED
//   22xxx (a value the type cannot hold)             INVALID_ARGUMENT, FIELD_INVALID
//   08, 53, 55P03, 57, 58, 40, 25006 (gone, full,
//     shutting down, deadlock, read-only standby)    UNAVAILABLE, STORAGE_UNAVAILABLE + RetryInfo
//   everything else                                  INTERNAL
// UNAVAILABLE leaves open whether the statement was applied: a connection can break between the
// commit and the answer.
absl::Status StatusOf(absl::string_view sqlstate);

// The same of a statement of a migration, which are ours and hold no personal data, so that whoever
// migrates is told what the server said. FAILED_PRECONDITION: MIGRATION_FAILED, or
// MIGRATION_BLOCKED where a lock was not to be had (lock_timeout), or a deadlock was ended by us.
absl::Status StatusOfScript(absl::string_view sqlstate, absl::string_view message);

}  // namespace signet::storage
