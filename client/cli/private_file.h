#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"

namespace signet::cli {

// Files that hold secrets of one user: nobody else may read them, nor put another one in their
// place. All functions answer FAILED_PRECONDITION, reason FILE_UNSAFE, where a file or directory
// belongs to another user, can be reached by others, or is a symbolic link (someone who may write
// in the parent could otherwise send our secrets elsewhere); reason FILE_FAILED where the system
// refuses. Messages name the path, never the content.

// Makes `path` with mode 0700, and its parents where they are missing; succeeds where it is there
// already in that form.
absl::Status EnsurePrivateDirectory(const std::string& path);

// The content of a regular file of mode 0600; nothing where there is none. At most 1 MiB.
absl::StatusOr<std::optional<base::Secret>> ReadPrivateFile(const std::string& path);

// Replaces the file as a whole: readers see the old or the new content, and a crash at any moment
// leaves one of them (temporary file, fsync, rename, fsync of the directory).
absl::Status ReplacePrivateFile(const std::string& path, absl::string_view content);

// Makes the file unless it is there already; which of two racing callers wins does not matter, the
// file is complete from its first moment. True where this call made it.
absl::StatusOr<bool> CreatePrivateFile(const std::string& path, absl::string_view content);

// Removes the file; succeeds where there is none.
absl::Status RemovePrivateFile(const std::string& path);

// Holds an exclusive lock (flock) on `path` for as long as it lives; other processes wait. The file
// stays behind empty: removing it would let two holders lock two different files.
class FileLock {
 public:
  static absl::StatusOr<FileLock> Acquire(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace signet::cli
