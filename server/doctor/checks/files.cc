#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

std::string FirstLine(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

// The limit of a running signetd that serves; nothing where there is none that this user may look
// at.
std::optional<int64_t> LimitOfTheServer() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string pid = entry.path().filename().string();
    int64_t number = 0;
    if (!absl::SimpleAtoi(pid, &number) || number == getpid()) continue;
    if (FirstLine(entry.path() / "comm") != "signetd") continue;
    std::ifstream limits(entry.path() / "limits");
    for (std::string line; std::getline(limits, line);) {
      if (!absl::StartsWith(line, "Max open files")) continue;
      const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
      if (words.size() > 3 && absl::SimpleAtoi(words[3], &number)) return number;
    }
  }
  return std::nullopt;
}

}  // namespace

Finding CheckFiles(const Deployment& deployment) {
  rlimit own{};
  getrlimit(RLIMIT_NOFILE, &own);
  const std::optional<int64_t> running = LimitOfTheServer();
  const int64_t limit = running.value_or(static_cast<int64_t>(own.rlim_max));
  const std::string seen =
      absl::StrCat(running ? "the running server" : "a server started from here", " may open ",
                   limit, " files, and opens up to ", deployment.files_needed);
  Notes notes;
  if (limit >= deployment.files_needed) {
    notes.Ok(seen);
  } else {
    notes.Warn(seen, "raise LimitNOFILE= of the unit, or lower limits.connections",
               "docs/runbooks/service.md#signetfilesrunout");
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
