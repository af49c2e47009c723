#pragma once

#include <cstddef>
#include <string>

namespace signet::base {

// How many processors this process may use, at least 1: the smaller of those that it is bound to
// (sched_setaffinity, cpuset) and of what the control groups (version 2) that it is in allow it,
// rounded up. std::thread::hardware_concurrency() tells what the machine has: a container that is
// given two of 64 would start threads for 64. Read anew with every call. Thread-safe.
//
// The arguments are for tests: where the control groups are mounted, and which one is this
// process's.
size_t AvailableProcessors(const std::string& groups = "/sys/fs/cgroup",
                           const std::string& own_group = "/proc/self/cgroup");

}  // namespace signet::base
