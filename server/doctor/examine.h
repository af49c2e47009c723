#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/doctor/deployment.h"
#include "server/doctor/finding.h"

namespace signet::doctor {

struct Check {
  std::string name;
  std::function<Finding(const Deployment&)> look;
};

// Every check, in the order of a report.
std::vector<Check> AllChecks();

struct Bounds {
  absl::Duration each = absl::Seconds(8);
  absl::Duration all = absl::Seconds(28);
  int at_once = 4;
};

// Runs every check, some at once, each on a thread of its own, and returns their findings in the
// order of `checks`. One that does not answer within `each` is a failure of its own and stands in
// nobody's way; after `all`, whatever is left is, too. One that throws is a failure, too.
//
// Its thread may still run then: `deployment` is kept for it, and the process is to end by
// std::quick_exit() or _exit() rather than wait for it.
std::vector<Finding> Examine(std::shared_ptr<const Deployment> deployment,
                             const std::vector<Check>& checks, Bounds bounds = {});

}  // namespace signet::doctor
