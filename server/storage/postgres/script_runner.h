#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet::storage {

// Statements of a migration that are not one transaction: those that PostgreSQL refuses in one
// (CREATE INDEX CONCURRENTLY), and batches that are to be committed one by one. Over a connection
// of its own. One thread; blocks on the database.
class ScriptRunner {
 public:
  // STORAGE_UNAVAILABLE without a database.
  static absl::StatusOr<std::unique_ptr<ScriptRunner>> Open(const std::string& conninfo);
  ~ScriptRunner();

  // How many rows it changed. MIGRATION_FAILED with the server's message; MIGRATION_BLOCKED where a
  // lock was not to be had in time.
  absl::StatusOr<int64_t> Run(const std::string& statement);

  // What a CREATE INDEX CONCURRENTLY leaves behind that was cut short: an index that is written and
  // never read, and that IF NOT EXISTS takes for the one that was wanted. Dropped here, so that the
  // statement can be run again; nothing for any other statement.
  absl::Status ClearWayFor(const std::string& statement);

 private:
  struct Session;
  explicit ScriptRunner(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace signet::storage
