#include "server/audit/checkpoint_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace signet::audit {

absl::StatusOr<std::unique_ptr<CheckpointFile>> CheckpointFile::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " cannot be opened for appending: ", std::strerror(errno)));
  }
  return std::unique_ptr<CheckpointFile>(new CheckpointFile(descriptor));
}

CheckpointFile::~CheckpointFile() { close(descriptor_); }

absl::Status CheckpointFile::Append(const std::string& note) {
  // One write: with O_APPEND, notes of two processes never mix.
  const std::string text = absl::StrCat(note, "\n");
  const ssize_t written = write(descriptor_, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()) || fdatasync(descriptor_) != 0) {
    return absl::UnavailableError("cannot append to the file of checkpoints");
  }
  return absl::OkStatus();
}

}  // namespace signet::audit
