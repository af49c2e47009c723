#include "client/cli/secret_input.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/advice.h"

namespace signet::cli {
namespace {

constexpr size_t kMaxSecret = 16 * 1024;

// The terminal with its echo off, until the end of the scope.
class SilentTerminal {
 public:
  explicit SilentTerminal(const std::string& prompt)
      : descriptor_(open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (descriptor_ < 0 || tcgetattr(descriptor_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= static_cast<tcflag_t>(~ECHO);
    usable_ = tcsetattr(descriptor_, TCSAFLUSH, &silent) == 0;
    Print(prompt);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    if (usable_) {
      Print("\n");
      tcsetattr(descriptor_, TCSAFLUSH, &before_);
    }
    if (descriptor_ >= 0) close(descriptor_);
  }

  bool usable() const { return usable_; }
  int descriptor() const { return descriptor_; }

 private:
  void Print(const std::string& text) const {
    if (write(descriptor_, text.data(), text.size()) < 0) return;  // the prompt is a courtesy
  }

  int descriptor_;
  termios before_{};
  bool usable_ = false;
};

absl::StatusOr<base::Secret> Trimmed(std::string text) {
  const base::Secret whole(std::move(text));
  const absl::string_view token = absl::StripAsciiWhitespace(whole.reveal());
  if (token.empty()) return UsageError("no token was given");
  return base::Secret(token);
}

std::string ReadAll(std::istream& in) {
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace

absl::StatusOr<base::Secret> ReadSecretLine(int descriptor) {
  std::string line;
  line.reserve(kMaxSecret);  // growing would leave copies behind
  char next = 0;
  for (;;) {
    const ssize_t got = read(descriptor, &next, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return UsageError(absl::StrCat("cannot read descriptor ", descriptor));
    if (got == 0 || next == '\n') break;
    if (line.size() == kMaxSecret) return UsageError("the secret is too long");
    line.push_back(next);
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return base::Secret(std::move(line));
}

absl::StatusOr<base::Secret> PromptSecret(const std::string& prompt) {
  const SilentTerminal terminal(prompt);
  if (!terminal.usable()) {
    return UsageError("there is no terminal to ask on; use the option that names a descriptor");
  }
  return ReadSecretLine(terminal.descriptor());
}

absl::StatusOr<base::Secret> ReadPassword(int descriptor, const std::string& prompt) {
  return descriptor >= 0 ? ReadSecretLine(descriptor) : PromptSecret(prompt);
}

absl::StatusOr<base::Secret> TokenSource::Read(std::istream& in) const {
  if (descriptor >= 0) {
    auto line = ReadSecretLine(descriptor);
    if (!line.ok()) return line.status();
    return Trimmed(std::string(line->reveal()));
  }
  if (!file.empty()) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return UsageError(absl::StrCat("cannot read ", file));
    return Trimmed(ReadAll(stream));
  }
  if (argument.empty() || argument == "-") return Trimmed(ReadAll(in));
  return Trimmed(argument);
}

void AddTokenOptions(CLI::App& app, TokenSource& source, TokenArgument argument) {
  auto* file = app.add_option("--token-file", source.file, "Read the token from this file")
                   ->type_name("FILE");
  auto* descriptor =
      app.add_option("--token-fd", source.descriptor, "Read the token from this descriptor")
          ->type_name("N")
          ->check(CLI::NonNegativeNumber)
          ->excludes(file);
  if (argument == TokenArgument::kNotAllowed) return;
  app.add_option("TOKEN", source.argument, "The token; - is the standard input")
      ->excludes(file)
      ->excludes(descriptor);
}

}  // namespace signet::cli
