#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace signet::embedded {

// The user that PostgreSQL's programs run as. PostgreSQL refuses root, so root takes `postgres`.
struct RunAs {
  uid_t uid = 0;
  gid_t gid = 0;

  // Ourselves; for root the user `postgres`, FAILED_PRECONDITION where there is none.
  static absl::StatusOr<RunAs> Unprivileged();
};

// Runs `command` to its end and returns what it printed on both streams together. Any exit status
// but 0 is FAILED_PRECONDITION with the program's name and its output.
absl::StatusOr<std::string> RunToEnd(const std::vector<std::string>& command, const RunAs& user);

// Starts `command` with its output appended to `log_file`, and lets it live no longer than the
// calling THREAD: the kernel sends it `parent_death_signal` when that ends (prctl
// PR_SET_PDEATHSIG), so call this from the main thread.
absl::StatusOr<pid_t> StartInBackground(const std::vector<std::string>& command, const RunAs& user,
                                        const std::string& log_file, int parent_death_signal);

// Waits for our child to end, at most `timeout`; its wait status, or nothing.
std::optional<int> AwaitExit(pid_t child, absl::Duration timeout);

}  // namespace signet::embedded
