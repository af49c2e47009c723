#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/cli/cli.h"

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Passwords and tokens pass through this process.
void ForbidCoreDumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int main(int argc, char** argv) {
  ForbidCoreDumps();
  std::signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);  // streams of tokens are read by the block
  std::cin.tie(nullptr);
  const signet::cli::Environment environment{.address = Variable("SIGNET_ADDRESS"),
                                             .state_home = Variable("XDG_STATE_HOME"),
                                             .runtime_dir = Variable("XDG_RUNTIME_DIR"),
                                             .home = Variable("HOME"),
                                             .user_id = geteuid()};
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const signet::base::SystemClock clock;
  return static_cast<int>(
      signet::cli::Run(arguments, environment, {std::cin, std::cout, std::cerr}, clock));
}
