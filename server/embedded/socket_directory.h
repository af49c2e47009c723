#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/embedded/child_process.h"

namespace signet::embedded {

// Where the socket of the cluster in `state_dir` lives: `<state_dir>/run`, or, where that is too
// long for a socket address (107 bytes), a directory in /tmp named after a digest of it. The same
// for every process that asks.
std::string SocketDirectory(absl::string_view state_dir);

// Makes `path` with mode 0700 for `user`, or checks that it is just that. FAILED_PRECONDITION
// otherwise: in /tmp a stranger may have made it first, and would sit on our socket.
absl::Status MakePrivateDirectory(const std::string& path, const RunAs& user);

}  // namespace signet::embedded
