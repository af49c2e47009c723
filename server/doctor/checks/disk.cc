#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

constexpr uintmax_t kDiskWarn = 1024 * kMebibyte;
constexpr uintmax_t kDiskFail = 64 * kMebibyte;
constexpr char kDiskRunbook[] = "docs/runbooks/disk-full.md#the-file-of-checkpoints";

}  // namespace

Finding CheckDisk(const Deployment& deployment) {
  if (deployment.audit_checkpoint_file.empty()) {
    return Skipped("the server writes no file here; PostgreSQL's disk cannot be seen from here");
  }
  const auto directory = std::filesystem::absolute(deployment.audit_checkpoint_file).parent_path();
  std::error_code error;
  const auto space = std::filesystem::space(directory, error);
  Notes notes;
  if (error) {
    notes.Fail(absl::StrCat(directory.string(), ": ", error.message()),
               "make the directory of audit.checkpoint_file, for the service's user", kDiskRunbook);
    return notes.Conclude();
  }
  const std::string seen =
      absl::StrCat(directory.string(), " has ", space.available / kMebibyte, " MiB left");
  if (space.available < kDiskFail) {
    notes.Fail(seen, "make room", kDiskRunbook);
  } else if (space.available < kDiskWarn) {
    notes.Warn(seen, "make room", kDiskRunbook);
  } else {
    notes.Ok(seen);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
