#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "client/cli/session_file.h"

namespace signet::cli {

// The device token that the last login of one account at one server left here. It outlives the
// session: it is what makes the next login one from a known device. Mode 0600 in a 0700 directory;
// not sealed, because it opens nothing. Errors as SessionFile. Not thread-safe; safe between
// processes.
class DeviceFile {
 public:
  // Lies beside `sessions`, whose path names the server.
  DeviceFile(const SessionFile& sessions, absl::string_view email);

  // The token; empty where there is none.
  absl::StatusOr<base::Secret> Load() const;
  absl::Status Save(absl::string_view token) const;

 private:
  std::string path_;
};

}  // namespace signet::cli
