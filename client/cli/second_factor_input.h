#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/secret_input.h"

namespace signet::cli {

// Whether a code is one of an authenticator app: six digits.
bool IsTotpCode(const std::string& code);

// A code of the authenticator app or a recovery code, without its blanks; from `descriptor`,
// or from the terminal where that is negative.
absl::StatusOr<std::string> ReadCode(int descriptor, const std::string& prompt);

// Puts it where it belongs: a request with the oneof `code`, `recovery_code`.
template <typename Request>
void SetSecondFactor(const std::string& code, Request& request) {
  if (IsTotpCode(code)) {
    request.set_code(code);
  } else {
    request.set_recovery_code(code);
  }
}

}  // namespace signet::cli
