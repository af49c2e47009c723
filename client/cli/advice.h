#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cli/console.h"

namespace signet::cli {

// What the person at the keyboard can do about an error of this reason (a signet.v1.ErrorReason
// without its prefix, or one of the command line's own); empty where there is nothing to advise.
std::string Advice(absl::string_view reason);

// The exit code that stands for `status`: kUsage for a wrong command line, kUnavailable where
// trying again may help, kNegative for every refusal.
ExitCode ExitCodeOf(const absl::Status& status);

// INVALID_ARGUMENT, reason USAGE: the command line or its input is wrong.
absl::Status UsageError(absl::string_view message);

// UNAUTHENTICATED, reason NOT_LOGGED_IN.
absl::Status NotLoggedIn();

}  // namespace signet::cli
