#include "server/signing/private_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"

namespace signet::signing {
namespace {

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }

 private:
  const int descriptor_;
};

absl::Status CheckPermissions(const File& file, absl::string_view what, const std::string& path) {
  struct stat status = {};
  if (fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(what, " ", path, " is no regular file"));
  }
  const mode_t forbidden = status.st_uid == 0 ? 0037 : 0077;
  if ((status.st_mode & forbidden) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(what, " ", path, " may be read or changed by others: chmod 600 it"));
  }
  return absl::OkStatus();
}

base::Secret ReadUpTo(const File& file, size_t limit) {
  std::string bytes(limit, '\0');
  size_t filled = 0;
  while (filled < limit) {
    const ssize_t got = read(file.descriptor(), bytes.data() + filled, limit - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  base::Secret content(absl::string_view(bytes).substr(0, filled));
  base::Wipe(bytes);
  return content;
}

bool WriteAll(const File& file, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file.descriptor(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file.descriptor()) == 0;
}

}  // namespace

absl::StatusOr<base::Secret> ReadPrivateFile(const std::string& path, absl::string_view what,
                                             size_t limit) {
  // Not blocking: opening a pipe would wait for its writer for ever.
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.open()) {
    return absl::NotFoundError(
        absl::StrCat("cannot open the ", what, " ", path, ": ", std::strerror(errno)));
  }
  SIGNET_RETURN_IF_ERROR(CheckPermissions(file, what, path));
  return ReadUpTo(file, limit);
}

absl::Status CreatePrivateFile(const std::string& path, absl::string_view what,
                               const base::Secret& content) {
  const File file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.open()) {
    const absl::StatusCode code =
        errno == EEXIST ? absl::StatusCode::kAlreadyExists : absl::StatusCode::kFailedPrecondition;
    return absl::Status(
        code, absl::StrCat("cannot create the ", what, " ", path, ": ", std::strerror(errno)));
  }
  if (WriteAll(file, content.reveal())) return absl::OkStatus();
  unlink(path.c_str());  // half a secret would look like a damaged one at the next start
  return absl::InternalError(absl::StrCat("cannot write the ", what, " ", path));
}

}  // namespace signet::signing
