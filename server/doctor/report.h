#pragma once

#include <string>
#include <vector>

#include "server/doctor/finding.h"

namespace signet::doctor {

// Whether what is printed is read by a person at a terminal, who sees colours.
enum class Look { kPlain, kColoured };

// A table: check, verdict, what was seen, and below it what to do. One line at the end counts.
std::string AsTable(const std::vector<Finding>& findings, Look look);

// {"verdict":"fail","checks":[{"check":"clock","verdict":"ok","seen":"…","todo":"","runbook":""},…]}
// and a line end. `verdict` is the worst of all.
std::string AsJson(const std::vector<Finding>& findings);

}  // namespace signet::doctor
