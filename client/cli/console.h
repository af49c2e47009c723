#pragma once

#include <istream>
#include <ostream>
#include <string>

namespace signet::cli {

// Everything a command may learn from the process around it, so that tests can give another one.
struct Environment {
  std::string address;      // SIGNET_ADDRESS
  std::string state_home;   // XDG_STATE_HOME
  std::string runtime_dir;  // XDG_RUNTIME_DIR
  std::string home;         // HOME
  unsigned int user_id = 0;
};

// Where commands read and write. Results go to `out`, warnings and errors to `err`.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// What scripts may rely on.
enum class ExitCode {
  kOk = 0,
  kNegative = 1,     // refused, or the answer is no: a token is inactive
  kUsage = 2,        // the command line or its input is wrong
  kUnavailable = 3,  // no server, no capacity, no answer in time: trying again may help
};

}  // namespace signet::cli
