#pragma once

#include <optional>

#include <sys/types.h>

#include "absl/time/time.h"

namespace signet::bench {

// The user and system time that process `pid` has used, all its threads together, in steps of the
// kernel's 10 ms; nothing where there is no such process. Ended children do not count.
std::optional<absl::Duration> CpuTime(pid_t pid);

}  // namespace signet::bench
