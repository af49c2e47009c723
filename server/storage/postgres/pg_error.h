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

}  // namespace signet::storage
