#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "absl/time/time.h"

namespace signet::tests {

// A command line, what it finds, and where its words go.
struct Command {
  std::vector<std::string> arguments;              // the first is the path of the program
  std::map<std::string, std::string> environment;  // added to PATH and HOME; nothing is inherited
  std::string input;                               // standard input
  std::string input_on_descriptor_3;               // for --password-fd 3; empty: not open
};

struct ProgramResult {
  int exit_code = -1;  // 128 + the signal when one ended it
  std::string out;
  std::string err;
};

// Runs it to its end. Ends the test process with a message when that takes longer than `patience`
// or the program cannot be started. Thread-safe.
ProgramResult RunProgram(const Command& command, absl::Duration patience = absl::Seconds(60));

// Starts it with both of its outputs appended to `output_file`. The kernel kills it when the
// calling thread ends: call it from the main thread.
pid_t StartProgram(const Command& command, const std::string& output_file);

// Paths of the two programs under test.
std::string SignetdPath();
std::string SignetPath();

// The whole file; empty when it cannot be read.
std::string ReadFile(const std::string& path);

// A directory of its own, removed with everything in it.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  // Writes it (mode 0600) and returns its path.
  std::string Write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace signet::tests
