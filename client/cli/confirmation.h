#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "client/cli/context.h"

namespace signet::cli {

// OK with `yes`, or when the person answers "yes" to `question`, asked on the error stream so that
// results stay parseable. Reason USAGE otherwise: nothing that cannot be undone is done without it.
absl::Status Confirm(Context& context, bool yes, const std::string& question);

// The option that `yes` of Confirm() comes from; `yes` has to outlive the parse.
void AddYes(CLI::App& app, bool& yes);

}  // namespace signet::cli
