#pragma once

#include <string>
#include <vector>

#include "client/base/clock.h"
#include "client/cli/console.h"

namespace signet::cli {

// Runs `signet` with these arguments (without the program's name) and answers its exit code.
ExitCode Run(const std::vector<std::string>& arguments, const Environment& environment,
             Console console, const base::Clock& clock);

}  // namespace signet::cli
