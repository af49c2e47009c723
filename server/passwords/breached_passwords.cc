#include "server/passwords/breached_passwords.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"

namespace signet::passwords {
namespace {

constexpr size_t kSha1Digits = 40;
constexpr int64_t kMaxLine = 80;  // digits, a colon, a 64-bit count and CRLF take 63
constexpr int64_t kSampledLines = 64;

absl::Status BadLine(int64_t offset) {
  return absl::InvalidArgumentError(
      absl::StrCat("breached passwords: no SHA-1 line at byte ", offset));
}

bool IsUpperHex(char c) { return absl::ascii_isdigit(c) || (c >= 'A' && c <= 'F'); }

bool IsSha1Line(absl::string_view line) {
  if (line.size() < kSha1Digits) return false;
  const absl::string_view digits = line.substr(0, kSha1Digits);
  const absl::string_view rest = line.substr(kSha1Digits);
  return std::all_of(digits.begin(), digits.end(), IsUpperHex) &&
         (rest.empty() || rest[0] == ':' || rest == "\r");
}

std::string Sha1Hex(absl::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  // SHA-1 is what the list is keyed by; nothing rests on its strength.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    return std::string();
  }
  std::string hex = absl::AsciiStrToUpper(absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), size)));
  OPENSSL_cleanse(digest.data(), digest.size());
  return hex;
}

}  // namespace

absl::StatusOr<std::unique_ptr<BreachedPasswords>> BreachedPasswords::Open(
    const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("breached passwords: ", path));
  }
  struct stat about {};
  const bool usable = fstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0;
  std::unique_ptr<BreachedPasswords> list(new BreachedPasswords(file, about.st_size));
  if (!usable) {
    return absl::InvalidArgumentError(
        absl::StrCat("breached passwords: not a file with content: ", path));
  }
  SIGNET_RETURN_IF_ERROR(list->CheckSample());
  return list;
}

BreachedPasswords::~BreachedPasswords() { close(file_); }

absl::StatusOr<bool> BreachedPasswords::Contains(const base::Secret& password) const {
  std::string wanted = Sha1Hex(password.reveal());
  if (wanted.empty()) return absl::InternalError("breached passwords: SHA-1 is not available");
  // Lines that begin before `low` are smaller, lines that begin at or after `high` are larger.
  int64_t low = 0;
  int64_t high = size_;
  bool found = false;
  while (low < high && !found) {
    SIGNET_ASSIGN_OR_RETURN(const Line line, LineAt(low + (high - low) / 2, low));
    found = line.sha1 == wanted;
    if (wanted < line.sha1) {
      high = line.begin;
    } else {
      low = line.next;
    }
  }
  base::Wipe(wanted);
  return found;
}

absl::StatusOr<BreachedPasswords::Line> BreachedPasswords::LineAt(int64_t offset,
                                                                  int64_t floor) const {
  const int64_t from = std::max(floor, offset - kMaxLine);
  std::array<char, 2 * kMaxLine> buffer{};
  const ssize_t got = pread(file_, buffer.data(), buffer.size(), from);
  const int64_t at = offset - from;
  if (got <= at) return BadLine(offset);
  const absl::string_view window(buffer.data(), static_cast<size_t>(got));
  // A line end at `offset` itself belongs to the line it ends, so look before it.
  const size_t before =
      at == 0 ? absl::string_view::npos : window.rfind('\n', static_cast<size_t>(at) - 1);
  if (before == absl::string_view::npos && from != floor) return BadLine(offset);
  const size_t begin = before == absl::string_view::npos ? 0 : before + 1;
  size_t end = window.find('\n', static_cast<size_t>(at));
  const bool last = end == absl::string_view::npos;
  if (last && from + got != size_) return BadLine(offset);
  if (last) end = window.size();
  const absl::string_view text = window.substr(begin, end - begin);
  if (!IsSha1Line(text)) return BadLine(from + static_cast<int64_t>(begin));
  return Line{.begin = from + static_cast<int64_t>(begin),
              .next = from + static_cast<int64_t>(end) + (last ? 0 : 1),
              .sha1 = std::string(text.substr(0, kSha1Digits))};
}

absl::Status BreachedPasswords::CheckSample() const {
  std::string previous;
  int64_t next = 0;
  for (int64_t i = 0; i <= kSampledLines && next < size_; ++i) {
    const int64_t offset = std::max(next, (size_ - 1) / kSampledLines * i);
    SIGNET_ASSIGN_OR_RETURN(Line line, LineAt(std::min(offset, size_ - 1), next));
    if (line.sha1 <= previous) {
      return absl::InvalidArgumentError(
          absl::StrCat("breached passwords: not sorted at byte ", line.begin));
    }
    previous = std::move(line.sha1);
    next = line.next;
  }
  return absl::OkStatus();
}

}  // namespace signet::passwords
