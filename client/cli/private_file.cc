#include "client/cli/private_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"

namespace signet::cli {
namespace {

constexpr size_t kMaxFileSize = size_t{1} << 20;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  int get() const { return value_; }
  bool valid() const { return value_ >= 0; }
  int Release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

absl::Status Failed(absl::string_view what, const std::string& path) {
  const int code = errno;
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "FILE_FAILED",
                         absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(code)));
}

absl::Status Unsafe(const std::string& path, absl::string_view why) {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "FILE_UNSAFE",
                         absl::StrCat(path, " ", why));
}

absl::Status CheckPrivate(const struct stat& info, const std::string& path) {
  if (info.st_uid != geteuid()) return Unsafe(path, "belongs to another user");
  if ((info.st_mode & 077) != 0) return Unsafe(path, "can be reached by other users");
  return absl::OkStatus();
}

std::string Parent(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status WriteAll(int descriptor, absl::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Failed("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(descriptor) != 0) return Failed("write", path);
  return absl::OkStatus();
}

// A complete new file under a name of its own, to be renamed or linked into place.
absl::StatusOr<std::string> WriteTemporary(const std::string& path, absl::string_view content) {
  const std::string temporary =
      absl::StrCat(path, ".", absl::BytesToHexString(base::RandomBytes(8)));
  const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return Failed("create", temporary);
  const absl::Status written = WriteAll(file.get(), content, temporary);
  if (!written.ok()) {
    unlink(temporary.c_str());
    return written;
  }
  return temporary;
}

absl::Status SyncDirectory(const std::string& path) {
  const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || fsync(directory.get()) != 0) return Failed("sync", path);
  return absl::OkStatus();
}

absl::Status MakeParents(const std::string& path) {
  for (size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string prefix = path.substr(0, at);
    if (mkdir(prefix.c_str(), 0700) != 0 && errno != EEXIST) return Failed("create", prefix);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status EnsurePrivateDirectory(const std::string& path) {
  SIGNET_RETURN_IF_ERROR(MakeParents(path));
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Failed("create", path);
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return Failed("read", path);
  if (!S_ISDIR(info.st_mode)) return Unsafe(path, "is not a directory");
  return CheckPrivate(info, path);
}

absl::StatusOr<std::optional<base::Secret>> ReadPrivateFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) {
    if (errno == ENOENT) return std::optional<base::Secret>();
    if (errno == ELOOP) return Unsafe(path, "is a symbolic link");
    return Failed("read", path);
  }
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return Failed("read", path);
  if (!S_ISREG(info.st_mode)) return Unsafe(path, "is not a regular file");
  SIGNET_RETURN_IF_ERROR(CheckPrivate(info, path));
  if (static_cast<size_t>(info.st_size) > kMaxFileSize) return Unsafe(path, "is too large");
  std::string content(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = read(file.get(), &content[done], content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Failed("read", path);
    done += static_cast<size_t>(got);
  }
  return std::optional<base::Secret>(base::Secret(std::move(content)));
}

absl::Status ReplacePrivateFile(const std::string& path, absl::string_view content) {
  SIGNET_ASSIGN_OR_RETURN(const std::string temporary, WriteTemporary(path, content));
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const absl::Status failed = Failed("replace", path);
    unlink(temporary.c_str());
    return failed;
  }
  return SyncDirectory(Parent(path));
}

absl::StatusOr<bool> CreatePrivateFile(const std::string& path, absl::string_view content) {
  SIGNET_ASSIGN_OR_RETURN(const std::string temporary, WriteTemporary(path, content));
  const bool made = link(temporary.c_str(), path.c_str()) == 0;
  const bool taken = !made && errno == EEXIST;
  const absl::Status failed = made || taken ? absl::OkStatus() : Failed("create", path);
  unlink(temporary.c_str());
  if (!failed.ok()) return failed;
  return made;
}

absl::Status RemovePrivateFile(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return Failed("remove", path);
  return absl::OkStatus();
}

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& path) {
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return Failed("lock", path);
  while (flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return Failed("lock", path);
  }
  return FileLock(file.Release());
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace signet::cli
