#pragma once

#include <map>
#include <optional>
#include <string>

#include <sys/types.h>

#include "absl/time/time.h"
#include "tests/harness/program.h"
#include "tests/harness/test_database.h"

namespace signet::tests {

// A real `signetd run` over a test database, told everything by environment variables. Its two
// ports are chosen when it is made and stay the same over restarts. Ends the test process, with
// the log, where the server does not come up. Used by the main thread.
class ServerProcess {
 public:
  // Configuration keys -> values, e.g. {"tokens.access_ttl", "1m"}, over those of DefaultSettings.
  using Settings = std::map<std::string, std::string>;

  // One issuer, one key-encryption key (so that several servers share a database), password
  // hashing at the cheapest cost that the configuration allows.
  static Settings DefaultSettings();

  // Does not start it. `database` outlives it.
  explicit ServerProcess(const TestDatabase& database, const Settings& settings = {});
  // Dying kills it.

  // Another signetd, e.g. of an older version, from the next start on. RunCommand() stays with
  // ours.
  void RunAs(const std::string& signetd) { signetd_ = signetd; }

  // A variable that is no setting, e.g. of a library that it loads, from the next start on.
  void Export(const std::string& name, const std::string& value) { exported_[name] = value; }

  // Starts it and returns when it serves.
  void Start();
  // Starts it and returns at once, e.g. where the database is down; AwaitServing() then tells.
  void Launch();
  // False: it has not served within `patience`, or has ended.
  bool AwaitServing(absl::Duration patience = absl::Seconds(60));

  // SIGTERM, and the exit code of the drain that follows.
  int Terminate(absl::Duration patience = absl::Seconds(60));
  // SIGKILL, now.
  void Kill() { program_.reset(); }
  // SIGTERM, SIGHUP, SIGSTOP, …
  void Signal(int signal) const;
  // The exit code (128 + signal) once it has ended by itself; nothing after `patience`.
  std::optional<int> AwaitEnd(absl::Duration patience);

  // 0 while it does not run.
  pid_t pid() const { return program_ ? program_->pid() : 0; }
  std::string grpc_address() const;
  int grpc_port() const { return grpc_port_; }
  int http_port() const { return http_port_; }

  // Everything that this server has written since it was made, over all its starts.
  std::string log() const { return ReadFile(log_file()); }
  std::string log_file() const { return scratch_.File("signetd.log"); }

  // The environment that it runs with; for other commands of signetd, e.g. `signetd bootstrap`.
  std::map<std::string, std::string> environment() const;
  // Runs `signetd <arguments>` with that environment.
  ProgramResult RunCommand(std::vector<std::string> arguments, const std::string& password = "",
                           const std::map<std::string, std::string>& more = {}) const;

 private:
  const Settings settings_;
  const ScratchDirectory scratch_;
  const int grpc_port_;
  const int http_port_;
  std::string signetd_ = SignetdPath();
  std::map<std::string, std::string> exported_;
  std::optional<BackgroundProgram> program_;
};

// A port of 127.0.0.1 that is free, and stays so while a server restarts.
int FreePort();

}  // namespace signet::tests
