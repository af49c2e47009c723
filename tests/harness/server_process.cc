#include "tests/harness/server_process.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/config/key.h"
#include "server/embedded/child_process.h"

namespace signet::tests {
namespace {

constexpr char kServing[] = "\"msg\":\"serving\"";

[[noreturn]] void GiveUp(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

bool IsFree(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return free;
}

}  // namespace

// Below the range that the kernel takes outgoing ports from: one that is free now stays free while
// a server restarts. Test processes that run at once begin at different places.
int FreePort() {
  constexpr int kFirst = 15'000;
  constexpr int kCount = 17'000;
  static int next = static_cast<int>((int64_t{getpid()} * 97) % kCount);
  for (int tries = 0; tries < kCount; ++tries) {
    const int port = kFirst + next;
    next = (next + 1) % kCount;
    if (IsFree(port)) return port;
  }
  GiveUp("no free port");
}

namespace {

ServerProcess::Settings Completed(const TestDatabase& database,
                                  const ServerProcess::Settings& settings) {
  ServerProcess::Settings all = ServerProcess::DefaultSettings();
  all["database.url"] = database.service_conninfo();
  all["database.owner_url"] = database.owner_conninfo();
  for (const auto& [key, value] : settings) all[key] = value;
  return all;
}

}  // namespace

ServerProcess::Settings ServerProcess::DefaultSettings() {
  return {{"tokens.issuer", "https://id.test.example"},
          {"keys.kek", "5f1d6c0a9be2473885fd0c6b1e34a7925f1d6c0a9be2473885fd0c6b1e34a792"},
          {"limits.drain_pause", "0s"},  // nobody balances load here
          // Everybody has one address here, and tests of other things call often.
          {"rates.login", "off"},
          {"rates.register", "off"},
          {"rates.reset", "off"},
          {"rates.refresh", "off"},
          {"rates.mfa", "off"},
          {"rates.api_key", "off"},
          // Tests run beside each other, and some load every core themselves.
          {"hashing.priority", "low"},
          {"hashing.argon2_memory", "8MiB"},
          {"hashing.argon2_passes", "2"}};
}

ServerProcess::ServerProcess(const TestDatabase& database, const Settings& settings)
    : settings_(Completed(database, settings)), grpc_port_(FreePort()), http_port_(FreePort()) {}

void ServerProcess::Launch() {
  if (program_) GiveUp("the server runs already");
  Command command;
  command.arguments = {signetd_, "run"};
  command.environment = environment();
  program_.emplace(command, log_file());
}

void ServerProcess::Start() {
  Launch();
  if (!AwaitServing()) GiveUp("signetd does not serve:\n" + log());
}

bool ServerProcess::AwaitServing(absl::Duration patience) {
  return program_->AwaitOutput(kServing, patience) && program_->pid() != 0;
}

std::optional<int> ServerProcess::AwaitEnd(absl::Duration patience) {
  if (!program_) return std::nullopt;
  const std::optional<int> code = program_->AwaitEnd(patience);
  if (code) program_.reset();
  return code;
}

int ServerProcess::Terminate(absl::Duration patience) {
  Signal(SIGTERM);
  const std::optional<int> code = AwaitEnd(patience);
  if (!code) GiveUp("signetd does not end on SIGTERM:\n" + log());
  return *code;
}

void ServerProcess::Signal(int signal) const {
  if (!program_) GiveUp("the server does not run");
  program_->Signal(signal);
}

std::string ServerProcess::grpc_address() const { return absl::StrCat("127.0.0.1:", grpc_port_); }

std::map<std::string, std::string> ServerProcess::environment() const {
  Settings all = settings_;
  all.try_emplace("listen.grpc", grpc_address());
  all.try_emplace("listen.http", absl::StrCat("127.0.0.1:", http_port_));
  std::map<std::string, std::string> environment = exported_;
  for (const auto& [key, value] : all) environment[config::EnvironmentName(key)] = value;
  return environment;
}

ProgramResult ServerProcess::RunCommand(std::vector<std::string> arguments,
                                        const std::string& password,
                                        const std::map<std::string, std::string>& more) const {
  Command command;
  command.arguments = {SignetdPath()};
  for (std::string& argument : arguments) command.arguments.push_back(std::move(argument));
  command.environment = environment();
  for (const auto& [name, value] : more) command.environment[name] = value;
  command.input_on_descriptor_3 = password;
  return RunProgram(command);
}

}  // namespace signet::tests
