#pragma once

#include "absl/status/statusor.h"
#include "client/base/secret.h"

namespace signet::app {

// The first line of descriptor `fd`, without its end; at most 4 KiB. INVALID_ARGUMENT when it
// cannot be read, is empty or longer.
absl::StatusOr<base::Secret> ReadPasswordFrom(int fd);

// Asks twice on the controlling terminal, without echo. FAILED_PRECONDITION without a terminal;
// INVALID_ARGUMENT when the two differ.
absl::StatusOr<base::Secret> AskForNewPassword();

}  // namespace signet::app
