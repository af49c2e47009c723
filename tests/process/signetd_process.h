#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace signet::tests {

// A real program, started with its standard output and error on a pipe each. The exit code of one
// that a signal ended is 128 plus the signal. It is killed when the value dies. Not thread-safe.
class Program {
 public:
  explicit Program(const std::vector<std::string>& command, const std::string& password = "");
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Reads until standard output (error) holds `text`. False when the program closed it before.
  bool ReadUntil(const std::string& text);
  bool ReadErrorsUntil(const std::string& text);
  // Reads what is left of the output and waits for the end.
  int Wait();
  void Signal(int signal) const;

  const std::string& output() const { return output_; }
  const std::string& errors() const { return errors_; }

 private:
  bool ReadBoth(const std::string& watched, const std::string& text);

  pid_t pid_ = 0;
  int output_fd_ = -1;  // -1 once closed by the program
  int errors_fd_ = -1;
  std::string output_;
  std::string errors_;
};

// Runs `command` to its end; the exit code, and what it said.
struct Finished {
  int code = 0;
  std::string output;
  std::string errors;
};
// `password`, when not empty, can be read from descriptor 3.
Finished RunProgram(const std::vector<std::string>& command, const std::string& password = "");

// GET over one plain connection to 127.0.0.1; the whole reply, empty when there is no server.
std::string HttpGet(int port, const std::string& path);

// A directory that an unprivileged PostgreSQL may pass through, removed at the end.
class StateDirectory {
 public:
  StateDirectory();
  ~StateDirectory();
  const std::string& path() const { return path_; }
  std::string Read(const std::string& name) const;

 private:
  std::string path_;
};

}  // namespace signet::tests
