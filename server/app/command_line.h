#pragma once

namespace signet::app {

// Parses the arguments, runs the command they name and returns the exit code: 0 success, 1 the
// command failed, 2 the arguments make no sense.
int RunCommandLine(int argc, char** argv);

}  // namespace signet::app
