#include "server/app/password_input.h"

#include <cerrno>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "absl/strings/string_view.h"
#include "client/base/status_macros.h"

namespace signet::app {
namespace {

constexpr size_t kLongest = 4096;

// A terminal that does not show what is typed, until it goes.
class SilentTerminal {
 public:
  SilentTerminal() : fd_(open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (fd_ < 0 || tcgetattr(fd_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silenced_ = tcsetattr(fd_, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (silenced_) tcsetattr(fd_, TCSAFLUSH, &before_);
    if (fd_ >= 0) close(fd_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  bool ready() const { return silenced_; }

  absl::StatusOr<base::Secret> Ask(absl::string_view prompt) const {
    Show(prompt);
    auto answer = ReadPasswordFrom(fd_);
    Show("\n");
    return answer;
  }

 private:
  void Show(absl::string_view text) const {
    if (write(fd_, text.data(), text.size()) < 0) return;  // then the read says what is wrong
  }

  const int fd_;
  termios before_{};
  bool silenced_ = false;
};

}  // namespace

absl::StatusOr<base::Secret> ReadPasswordFrom(int fd) {
  std::string line;
  line.reserve(kLongest + 1);  // never moved, so that no copy stays behind
  char next = 0;
  while (line.size() <= kLongest) {
    const ssize_t got = read(fd, &next, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || next == '\n') break;
    line.push_back(next);
  }
  next = 0;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  const bool usable = !line.empty() && line.size() <= kLongest;
  base::Secret password(std::move(line));
  if (!usable) return absl::InvalidArgumentError("no password could be read, or it is too long");
  return password;
}

absl::StatusOr<base::Secret> AskForNewPassword() {
  const SilentTerminal terminal;
  if (!terminal.ready()) {
    return absl::FailedPreconditionError(
        "there is no terminal to ask for the password: pass it with --password-fd, for example "
        "`--password-fd 3 3<file`");
  }
  SIGNET_ASSIGN_OR_RETURN(auto first, terminal.Ask("New password: "));
  SIGNET_ASSIGN_OR_RETURN(const auto second, terminal.Ask("The same again: "));
  if (!base::ConstantTimeEquals(first.reveal(), second.reveal())) {
    return absl::InvalidArgumentError("the two passwords differ");
  }
  return first;
}

}  // namespace signet::app
