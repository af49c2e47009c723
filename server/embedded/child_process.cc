#include "server/embedded/child_process.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace signet::embedded {
namespace {

constexpr int kCannotStart = 127;

// Between fork and exec only async-signal-safe calls are allowed: the argument array is made
// before.
std::vector<char*> Arguments(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  return arguments;
}

void BecomeOrExit(const RunAs& user) {
  if (geteuid() == user.uid) return;
  if (setgroups(0, nullptr) != 0 || setgid(user.gid) != 0 || setuid(user.uid) != 0) {
    _exit(kCannotStart);
  }
}

[[noreturn]] void Exec(char* const* arguments, int output) {
  const int input = open("/dev/null", O_RDONLY);
  if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(output, STDERR_FILENO) < 0 || chdir("/") != 0) {
    _exit(kCannotStart);
  }
  execv(arguments[0], arguments);
  _exit(kCannotStart);
}

std::string ReadAll(int descriptor) {
  std::string text;
  std::array<char, 4096> chunk;
  while (true) {
    const ssize_t got = read(descriptor, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(chunk.data(), static_cast<size_t>(got));
  }
}

}  // namespace

absl::StatusOr<RunAs> RunAs::Unprivileged() {
  if (geteuid() != 0) return RunAs{geteuid(), getegid()};
  const passwd* entry = getpwnam("postgres");
  if (entry == nullptr) {
    return absl::FailedPreconditionError(
        "PostgreSQL does not run as root, and there is no user 'postgres'; install the package "
        "postgresql, or start as another user");
  }
  return RunAs{entry->pw_uid, entry->pw_gid};
}

absl::StatusOr<std::string> RunToEnd(const std::vector<std::string>& command, const RunAs& user) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  const std::vector<char*> arguments = Arguments(command);
  const pid_t child = fork();
  if (child == 0) {
    BecomeOrExit(user);
    Exec(arguments.data(), ends[1]);
  }
  const int fork_error = errno;
  close(ends[1]);
  std::string output = child > 0 ? ReadAll(ends[0]) : "";
  close(ends[0]);
  if (child < 0) return absl::ErrnoToStatus(fork_error, "fork");
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  return absl::FailedPreconditionError(absl::StrCat(command[0], " failed: ", output));
}

absl::StatusOr<pid_t> StartInBackground(const std::vector<std::string>& command, const RunAs& user,
                                        const std::string& log_file, int parent_death_signal) {
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return absl::ErrnoToStatus(errno, absl::StrCat("open ", log_file));
  const std::vector<char*> arguments = Arguments(command);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    BecomeOrExit(user);
    // After the change of user, which clears it; the parent may have died before it was set.
    prctl(PR_SET_PDEATHSIG, parent_death_signal);
    if (getppid() != parent) _exit(kCannotStart);
    Exec(arguments.data(), log);
  }
  const int fork_error = errno;
  close(log);
  if (child < 0) return absl::ErrnoToStatus(fork_error, "fork");
  return child;
}

std::optional<int> AwaitExit(pid_t child, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if ((ended < 0 && errno != EINTR) || absl::Now() >= deadline) return std::nullopt;
    absl::SleepFor(absl::Milliseconds(5));
  }
}

}  // namespace signet::embedded
