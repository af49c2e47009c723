#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// What a diagnosis asks a database, as the service's role: nothing here writes, and where no pooler
// stands between, the session itself is read-only, so that PostgreSQL refuses what would. No answer
// holds a secret. Thread-safe; blocks on the database; errors as ConnectionPool::Execute.
class Survey {
 public:
  // The same options for connections that cannot write.
  static absl::StatusOr<ConnectionPool::Options> ReadOnly(ConnectionPool::Options options);

  // Why no connection can be made, in libpq's words, which name hosts and roles and never a
  // password. OK: one was made.
  static absl::Status TryConnecting(const ConnectionPool::Options& options);

  // `pool` outlives it.
  explicit Survey(ConnectionPool& pool) : pool_(pool) {}

  struct Server {
    int version = 0;  // 150008: server_version_num
    std::string version_text;
    bool standby = false;  // takes no write
    std::string encoding;
    int64_t max_connections = 0;
    int64_t reserved_connections = 0;  // for superusers
    int64_t shared_buffers = 0;        // bytes
    std::string huge_pages;            // on, off, try
    bool local = false;                // by a socket of this machine or its loopback
    bool encrypted = false;
  };
  absl::StatusOr<Server> ReadServer();

  // The database's wall clock, and the newest time that each process of Signet wrote by its own
  // (only what may tell: those of its last report of verifiers, and of the last seal).
  struct Clocks {
    absl::Time now;
    struct Replica {
      std::string name;
      absl::Time wrote_at;
    };
    std::vector<Replica> replicas;
  };
  absl::StatusOr<Clocks> ReadClocks();

  // What the role is and may. Tables are named without the schema.
  struct Rights {
    std::string role;
    std::vector<std::string> powers;  // "SUPERUSER", "CREATE on schema signet", "owner of users", …
    struct Table {
      std::string name;
      std::vector<std::string> privileges;  // "SELECT", …
    };
    std::vector<Table> tables;                       // partitions only where one may do more
    std::vector<std::string> functions;              // that it may call, by name
    std::vector<std::string> functions_not_allowed;  // of every overload
  };
  absl::StatusOr<Rights> ReadRights();

  struct Applied {
    int version = 0;
    std::string name;
    std::string checksum;
  };
  struct Migrations {
    bool migrated = false;  // there is a table of migrations
    bool readable = false;  // and the role may read it
    std::vector<Applied> applied;
  };
  absl::StatusOr<Migrations> ReadMigrations();

  struct Audit {
    int64_t sealed = 0;  // events in the newest checkpoint
    absl::Time sealed_at;
    std::optional<absl::Time> oldest_unsealed;
    absl::Time now;
  };
  absl::StatusOr<Audit> ReadAudit();

  struct Mail {
    int64_t waiting = 0;
    std::optional<absl::Time> oldest;  // when it was written
    int64_t given_up = 0;
    absl::Time now;
  };
  absl::StatusOr<Mail> ReadMail();

  struct Replication {
    int64_t standbys = 0;
    std::string synchronous_standbys;  // synchronous_standby_names
    std::string synchronous_commit;
  };
  absl::StatusOr<Replication> ReadReplication();

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage
