#include "tests/harness/program.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/embedded/child_process.h"

namespace signet::tests {
namespace {

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  std::abort();
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& s : strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

int OpenOrDie(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0) Fail(path);
  return fd;
}

// Descriptors of the child; each is closed in the parent after the fork.
struct Descriptors {
  int in = -1;
  int out = -1;
  int err = -1;
  int three = -1;  // or nothing
};

// What must be true of the child before it is another program. Only functions that are safe after
// a fork of a process with threads.
void Become(const Descriptors& fds, bool dies_with_us, char* const* argv, char* const* envp) {
  if (dies_with_us) prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(fds.in, 0);
  dup2(fds.out, 1);
  dup2(fds.err, 2);
  if (fds.three == 3) fcntl(3, F_SETFD, 0);
  if (fds.three > 3) dup2(fds.three, 3);
  execve(argv[0], argv, envp);
  _exit(127);
}

pid_t Spawn(const Command& command, const Descriptors& fds, bool dies_with_us) {
  std::vector<std::string> arguments = command.arguments;
  std::map<std::string, std::string> all = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}};
  for (const auto& [name, value] : command.environment) all[name] = value;
  std::vector<std::string> environment;
  for (const auto& [name, value] : all) environment.push_back(absl::StrCat(name, "=", value));
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(environment);
  const pid_t child = fork();
  if (child == 0) Become(fds, dies_with_us, argv.data(), envp.data());
  if (child < 0) Fail("fork");
  return child;
}

}  // namespace

ProgramResult RunProgram(const Command& command, absl::Duration patience) {
  const ScratchDirectory scratch;
  Descriptors fds;
  fds.in = OpenOrDie(scratch.Write("in", command.input), O_RDONLY);
  fds.out = OpenOrDie(scratch.File("out"), O_WRONLY | O_CREAT);
  fds.err = OpenOrDie(scratch.File("err"), O_WRONLY | O_CREAT);
  if (!command.input_on_descriptor_3.empty()) {
    fds.three = OpenOrDie(scratch.Write("three", command.input_on_descriptor_3), O_RDONLY);
  }
  const pid_t child = Spawn(command, fds, false);
  for (const int fd : {fds.in, fds.out, fds.err, fds.three}) {
    if (fd >= 0) close(fd);
  }
  const std::optional<int> status = embedded::AwaitExit(child, patience);
  if (!status) {
    kill(child, SIGKILL);
    (void)embedded::AwaitExit(child, absl::Seconds(10));
    Fail(absl::StrCat(command.arguments[0], " does not end\n", ReadFile(scratch.File("err"))));
  }
  return {ExitCode(*status), ReadFile(scratch.File("out")), ReadFile(scratch.File("err"))};
}

BackgroundProgram::BackgroundProgram(const Command& command, const std::string& output_file)
    : output_file_(output_file), output_start_(ReadFile(output_file).size()) {
  Descriptors fds;
  fds.in = OpenOrDie("/dev/null", O_RDONLY);
  fds.out = OpenOrDie(output_file, O_WRONLY | O_CREAT | O_APPEND);
  fds.err = fds.out;
  pid_ = Spawn(command, fds, true);
  close(fds.in);
  close(fds.out);
}

BackgroundProgram::~BackgroundProgram() {
  if (pid_ == 0) return;
  Signal(SIGKILL);
  if (!AwaitEnd(absl::Seconds(30))) Fail("a program outlives SIGKILL");
}

void BackgroundProgram::Signal(int signal) const {
  if (pid_ <= 0) Fail("the program does not run");  // kill(0) would hit the test itself
  kill(pid_, signal);
}

std::optional<int> BackgroundProgram::AwaitEnd(absl::Duration patience) {
  if (pid_ == 0) return exit_code_;
  const std::optional<int> status = embedded::AwaitExit(pid_, patience);
  if (!status) return std::nullopt;
  pid_ = 0;
  exit_code_ = ExitCode(*status);
  return exit_code_;
}

std::string BackgroundProgram::output() const {
  return ReadFile(output_file_).substr(output_start_);
}

bool BackgroundProgram::AwaitOutput(const std::string& text, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (absl::Now() < deadline) {
    if (absl::StrContains(output(), text)) return true;
    if (AwaitEnd(absl::Milliseconds(5))) return absl::StrContains(output(), text);
  }
  return false;
}

std::string SignetdPath() { return SIGNETD_PATH; }

std::string SignetPath() { return SIGNET_PATH; }

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

ScratchDirectory::ScratchDirectory(const std::filesystem::path& parent) {
  path_ = (parent / "signet-scratch-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) Fail(path_);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchDirectory::Write(const std::string& name, const std::string& content) const {
  const int fd = OpenOrDie(File(name), O_WRONLY | O_CREAT | O_TRUNC);
  if (write(fd, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
    Fail(File(name));
  }
  close(fd);
  return File(name);
}

}  // namespace signet::tests
