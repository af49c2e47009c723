#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"

namespace signet::signing {

// The first `limit` bytes of a file that holds a secret. `what` it is, for the messages, which name
// it and the path, and never what stands in the file.
//
// FAILED_PRECONDITION where someone else could read or change it: any permission for others,
// writing or executing for the group, or group reading of a file that is not root's (secrets
// mounted as root:service 0440 are accepted), or no regular file. NOT_FOUND: cannot be opened.
absl::StatusOr<base::Secret> ReadPrivateFile(const std::string& path, absl::string_view what,
                                             size_t limit);

// Writes a new file that its owner alone may read, and syncs it. ALREADY_EXISTS, and nothing
// written, where there is one.
absl::Status CreatePrivateFile(const std::string& path, absl::string_view what,
                               const base::Secret& content);

}  // namespace signet::signing
