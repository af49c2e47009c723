#pragma once

#include <filesystem>
#include <map>
#include <optional>
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

// A program that runs beside the test, with both of its outputs appended to `output_file`. Ends
// the test process with a message where it cannot be started. Used by the main thread: the kernel
// kills the program when the thread that started it ends.
class BackgroundProgram {
 public:
  BackgroundProgram(const Command& command, const std::string& output_file);
  // Kills it.
  ~BackgroundProgram();
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  // 0 once its end has been awaited.
  pid_t pid() const { return pid_; }
  void Signal(int signal) const;
  // The exit code (128 + the signal when one ended it); nothing after `patience`.
  std::optional<int> AwaitEnd(absl::Duration patience = absl::Seconds(60));
  // What it has written since it began.
  std::string output() const;
  // Returns when that holds `text`; false when it ended, or `patience` passed, without.
  bool AwaitOutput(const std::string& text, absl::Duration patience = absl::Seconds(60));

 private:
  const std::string output_file_;
  const size_t output_start_;
  pid_t pid_ = 0;
  std::optional<int> exit_code_;
};

// Paths of the two programs under test.
std::string SignetdPath();
std::string SignetPath();

// The whole file; empty when it cannot be read.
std::string ReadFile(const std::string& path);

// A directory of its own, removed with everything in it.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(
      const std::filesystem::path& parent = std::filesystem::temp_directory_path());
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
