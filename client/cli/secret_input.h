#pragma once

#include <istream>
#include <string>

#include <CLI/CLI.hpp>

#include "absl/status/statusor.h"
#include "client/base/secret.h"
#include "client/cli/console.h"

namespace signet::cli {

// One line from a file descriptor, without its end; at most 16 KiB. Nothing beyond the line is
// read, so that two secrets may come through one descriptor. Reason USAGE where it is not open.
absl::StatusOr<base::Secret> ReadSecretLine(int descriptor);

// Asks on the terminal with the echo off. Reason USAGE where there is no terminal.
absl::StatusOr<base::Secret> PromptSecret(const std::string& prompt);

// A password: from `descriptor`, or from the terminal where that is negative. Never from the
// command line, which every process of the machine may read.
absl::StatusOr<base::Secret> ReadPassword(int descriptor, const std::string& prompt);

// Where a command takes its token from: an argument (access tokens; "-" is the standard input), a
// file or a descriptor.
struct TokenSource {
  std::string argument;
  std::string file;
  int descriptor = -1;

  bool given() const { return !argument.empty() || !file.empty() || descriptor >= 0; }
  // The token without blanks around it. Reason USAGE: nothing there, or unreadable.
  absl::StatusOr<base::Secret> Read(std::istream& in) const;
};

enum class TokenArgument { kAllowed, kNotAllowed };

// Adds the options that fill `source`, which has to outlive the parse.
void AddTokenOptions(CLI::App& app, TokenSource& source, TokenArgument argument);

}  // namespace signet::cli
