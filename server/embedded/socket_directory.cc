#include "server/embedded/socket_directory.h"

#include <cerrno>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "client/crypto/digest.h"

namespace signet::embedded {
namespace {

constexpr absl::string_view kSocketName = "/.s.PGSQL.5432.lock";

}  // namespace

std::string SocketDirectory(absl::string_view state_dir) {
  std::string inside = absl::StrCat(state_dir, "/run");
  if (inside.size() + kSocketName.size() < sizeof(sockaddr_un::sun_path)) return inside;
  const auto digest = crypto::Sha256(state_dir);
  const absl::string_view bytes(reinterpret_cast<const char*>(digest.data()), 12);
  return absl::StrCat("/tmp/signet-", base::Base64UrlEncode(bytes));
}

absl::Status MakePrivateDirectory(const std::string& path, const RunAs& user) {
  if (mkdir(path.c_str(), 0700) == 0) {
    if (geteuid() != user.uid && chown(path.c_str(), user.uid, user.gid) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("chown ", path));
    }
    return absl::OkStatus();
  }
  if (errno != EEXIST) return absl::ErrnoToStatus(errno, absl::StrCat("mkdir ", path));
  struct stat found;
  if (lstat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != user.uid ||
      (found.st_mode & 0077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " exists and is not a directory that belongs to us alone"));
  }
  return absl::OkStatus();
}

}  // namespace signet::embedded
