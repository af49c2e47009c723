#include "bench/process.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace signet::bench {

std::optional<absl::Duration> CpuTime(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The second field is the program's name in parentheses and may itself hold blanks and
  // parentheses: fields are counted from the last one.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(text).substr(name_end + 1), ' ', absl::SkipWhitespace());
  constexpr size_t kUserTime = 11;  // proc(5): field 14, counted from the one after the name
  int64_t user = 0;
  int64_t system = 0;
  if (fields.size() <= kUserTime + 1 || !absl::SimpleAtoi(fields[kUserTime], &user) ||
      !absl::SimpleAtoi(fields[kUserTime + 1], &system)) {
    return std::nullopt;
  }
  return absl::Seconds(user + system) / sysconf(_SC_CLK_TCK);
}

}  // namespace signet::bench
