#include "server/mail/folder_transport.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace signet::mail {
namespace {

Delivery Later(absl::string_view failure) {
  return {Delivery::Outcome::kLater, std::string(failure)};
}

bool WriteAll(int file, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Delivery FolderTransport::Send(const Letter& letter) {
  if (mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return Later("cannot make the folder");
  const std::string path = absl::StrCat(folder_, "/", letter.name, ".eml");
  const std::string next = absl::StrCat(folder_, "/.", letter.name, ".next");
  const int file = open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return Later("cannot write to the folder");
  const bool written = WriteAll(file, letter.message);
  if (close(file) != 0 || !written || std::rename(next.c_str(), path.c_str()) != 0) {
    return Later("cannot write to the folder");
  }
  return {Delivery::Outcome::kTaken, ""};
}

}  // namespace signet::mail
