#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"

namespace signet::passwords {

// A list of breached passwords in a local file, in the form in which Have I Been Pwned
// publishes it: lines "SHA1" or "SHA1:COUNT", 40 upper-case hexadecimal digits, sorted ascending,
// ending in LF or CRLF.
//
// Looked up by binary search where it lies: tens of gigabytes cost no memory and about 30 reads,
// mostly of cached pages. Reads, not a mapping: a mapped file that someone truncates would end the
// process with SIGBUS. To exchange the list, rename a new file over it and restart.
//
// Thread-safe.
class BreachedPasswords {
 public:
  // NOT_FOUND where there is no such file, INVALID_ARGUMENT where a sample of its lines is not of
  // that form or not ascending.
  static absl::StatusOr<std::unique_ptr<BreachedPasswords>> Open(const std::string& path);
  ~BreachedPasswords();
  BreachedPasswords(const BreachedPasswords&) = delete;
  BreachedPasswords& operator=(const BreachedPasswords&) = delete;

  // Whether the very bytes of `password` are in the list. An error, never "no", where the file has
  // become unreadable since it was opened.
  absl::StatusOr<bool> Contains(const base::Secret& password) const;

 private:
  struct Line {
    int64_t begin = 0;
    int64_t next = 0;  // where the following line begins, or the size of the file
    std::string sha1;
  };

  BreachedPasswords(int file, int64_t size) : file_(file), size_(size) {}

  // The line that covers byte `offset`, given that `floor` <= `offset` begins a line.
  absl::StatusOr<Line> LineAt(int64_t offset, int64_t floor) const;
  absl::Status CheckSample() const;

  const int file_;
  const int64_t size_;
};

}  // namespace signet::passwords
