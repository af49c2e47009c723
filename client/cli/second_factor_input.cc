#include "client/cli/second_factor_input.h"

#include "absl/strings/str_replace.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"

namespace signet::cli {

bool IsTotpCode(const std::string& code) {
  return code.size() == 6 && code.find_first_not_of("0123456789") == std::string::npos;
}

absl::StatusOr<std::string> ReadCode(int descriptor, const std::string& prompt) {
  SIGNET_ASSIGN_OR_RETURN(const base::Secret line, ReadPassword(descriptor, prompt));
  // Apps show "123 456".
  const std::string code = absl::StrReplaceAll(line.reveal(), {{" ", ""}});
  if (code.empty()) return UsageError("no code was given");
  return code;
}

}  // namespace signet::cli
