#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/embedded/child_process.h"

namespace signet::embedded {

// A PostgreSQL cluster of our own: data in `<state_dir>/postgres`, a Unix socket in a directory
// that only its user may enter, no TCP. It ends with this process, even when that is killed; the
// next Start() recovers the data and goes on. Not thread-safe; Start() from the main thread.
class PrivateCluster {
 public:
  struct Options {
    std::string state_dir;            // absolute; made (0711) when missing
    std::string database = "signet";  // made when missing, owned by signet_owner
    // Extra `-c name=value` settings of the server, e.g. "fsync=off" where losing the data with
    // the machine does not matter.
    std::vector<std::string> settings;
  };

  // Makes the cluster when there is none (about a second), starts it and waits until it answers.
  // FAILED_PRECONDITION, with what to do, when another process runs it, when there are no server
  // binaries, or with the tail of the server's log when it does not come up.
  static absl::StatusOr<std::unique_ptr<PrivateCluster>> Start(Options options);
  // Stop()s.
  ~PrivateCluster();
  PrivateCluster(const PrivateCluster&) = delete;
  PrivateCluster& operator=(const PrivateCluster&) = delete;

  // Ends it with a checkpoint (SIGINT: fast). Idempotent.
  absl::Status Stop();
  // Kills it as a crash would (SIGQUIT: immediate, no checkpoint), or starts it again after that or
  // after Stop(). For tests of faults.
  absl::Status Crash();
  absl::Status Restart();

  // libpq connection strings for `database` (empty: the one of the options).
  std::string OwnerConninfo(absl::string_view database = "") const;
  std::string ServiceConninfo(absl::string_view database = "") const;
  // The same for a cluster that another process runs in `state_dir`.
  static std::string OwnerConninfoOf(absl::string_view state_dir);
  static std::string ServiceConninfoOf(absl::string_view state_dir);

  // Makes a database, as a copy of `source` when given. ALREADY_EXISTS is OK.
  absl::Status CreateDatabase(const std::string& name, const std::string& source = "");
  absl::Status DropDatabase(const std::string& name);

  pid_t pid() const { return server_; }
  const std::string& binaries() const { return binaries_; }

 private:
  PrivateCluster(Options options, std::string binaries, RunAs user);

  absl::Status Prepare();
  absl::Status Lock();
  absl::Status EndOrphan();
  absl::Status InitialiseData();
  absl::Status Launch();
  absl::Status AwaitReady();
  absl::Status MakeRoleAndDatabase();
  absl::Status End(int signal);
  absl::StatusOr<std::string> RunClient(absl::string_view program,
                                        std::vector<std::string> arguments) const;
  std::string Conninfo(absl::string_view user, absl::string_view database) const;
  std::string DataDir() const;

  const Options options_;
  const std::string binaries_;
  const RunAs user_;
  int lock_ = -1;
  pid_t server_ = 0;
};

}  // namespace signet::embedded
