#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet::audit {

// A file to which every checkpoint is appended, whole and synced before Append() returns: ship it
// away from this machine, or mount it from elsewhere. Several processes may share it. Used by one
// thread.
class CheckpointFile {
 public:
  // Made where it is not there, readable by everybody: checkpoints are public.
  // FAILED_PRECONDITION naming the path where it cannot be opened for appending.
  static absl::StatusOr<std::unique_ptr<CheckpointFile>> Open(const std::string& path);
  ~CheckpointFile();
  CheckpointFile(const CheckpointFile&) = delete;
  CheckpointFile& operator=(const CheckpointFile&) = delete;

  // One note and an empty line. UNAVAILABLE when the disk is full or gone.
  absl::Status Append(const std::string& note);

 private:
  explicit CheckpointFile(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

}  // namespace signet::audit
