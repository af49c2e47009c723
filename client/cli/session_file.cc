#include "client/cli/session_file.h"

#include <cstdint>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/base/big_endian.h"
#include "client/base/error.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"
#include "client/crypto/aead.h"
#include "client/crypto/digest.h"

namespace signet::cli {
namespace {

constexpr char kFormat = 1;

void AppendField(absl::string_view field, std::string& out) {
  base::AppendBigEndian(field.size(), 4, out);
  out.append(field.data(), field.size());
}

bool TakeField(absl::string_view& rest, absl::string_view& field) {
  if (rest.size() < 4) return false;
  const uint64_t size = base::ReadBigEndian(rest.substr(0, 4));
  rest.remove_prefix(4);
  if (rest.size() < size) return false;
  field = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

bool TakeTime(absl::string_view& rest, absl::Time& time) {
  absl::string_view text;
  int64_t seconds = 0;
  if (!TakeField(rest, text) || !absl::SimpleAtoi(text, &seconds)) return false;
  time = absl::FromUnixSeconds(seconds);
  return true;
}

bool TakeString(absl::string_view& rest, std::string& out) {
  absl::string_view text;
  if (!TakeField(rest, text)) return false;
  out = std::string(text);
  return true;
}

bool TakeSecret(absl::string_view& rest, base::Secret& out) {
  absl::string_view text;
  if (!TakeField(rest, text)) return false;
  out = base::Secret(text);
  return true;
}

base::Secret Encode(const SavedSession& session) {
  std::string out(1, kFormat);
  out.reserve(32 * 1024);  // a reallocation would leave a copy of the tokens behind
  AppendField(session.access_token.reveal(), out);
  AppendField(session.refresh_token.reveal(), out);
  AppendField(absl::StrCat(absl::ToUnixSeconds(session.access_expires)), out);
  AppendField(absl::StrCat(absl::ToUnixSeconds(session.refresh_expires)), out);
  AppendField(session.email, out);
  AppendField(session.user_id, out);
  AppendField(session.session_id, out);
  return base::Secret(std::move(out));
}

std::optional<SavedSession> Decode(absl::string_view rest) {
  if (rest.empty() || rest[0] != kFormat) return std::nullopt;
  rest.remove_prefix(1);
  SavedSession session;
  const bool whole =
      TakeSecret(rest, session.access_token) && TakeSecret(rest, session.refresh_token) &&
      TakeTime(rest, session.access_expires) && TakeTime(rest, session.refresh_expires) &&
      TakeString(rest, session.email) && TakeString(rest, session.user_id) &&
      TakeString(rest, session.session_id) && rest.empty();
  if (!whole) return std::nullopt;
  return session;
}

std::string SealContext(const std::string& address) {
  return absl::StrCat("signet session file\n", address);
}

std::string StateDirectory(const Environment& environment) {
  if (!environment.state_home.empty()) return absl::StrCat(environment.state_home, "/signet");
  return absl::StrCat(environment.home, "/.local/state/signet");
}

std::string RuntimeDirectory(const Environment& environment) {
  if (!environment.runtime_dir.empty()) return absl::StrCat(environment.runtime_dir, "/signet");
  return absl::StrCat("/dev/shm/signet-", environment.user_id);
}

}  // namespace

SessionFile::SessionFile(const Environment& environment, std::string address)
    : address_(std::move(address)),
      state_directory_(StateDirectory(environment)),
      runtime_directory_(RuntimeDirectory(environment)) {
  const auto digest = crypto::Sha256(address_);
  const std::string name = absl::BytesToHexString(crypto::DigestView(digest).substr(0, 8));
  path_ = absl::StrCat(state_directory_, "/session-", name);
  key_path_ = absl::StrCat(runtime_directory_, "/session.key");
}

absl::StatusOr<std::optional<SavedSession>> SessionFile::Load() const {
  SIGNET_ASSIGN_OR_RETURN(const auto sealed, ReadPrivateFile(path_));
  if (!sealed) return std::optional<SavedSession>();
  SIGNET_RETURN_IF_ERROR(EnsurePrivateDirectory(state_directory_));
  SIGNET_ASSIGN_OR_RETURN(const auto key, ReadKey());
  if (!key) return std::optional<SavedSession>();
  const auto opened = crypto::Open(*key, sealed->reveal(), SealContext(address_));
  if (!opened.ok()) return std::optional<SavedSession>();
  return Decode(opened->reveal());
}

absl::Status SessionFile::Save(const SavedSession& session) const {
  SIGNET_RETURN_IF_ERROR(EnsurePrivateDirectory(state_directory_));
  SIGNET_ASSIGN_OR_RETURN(const base::Secret key, ReadOrMakeKey());
  const base::Secret plain = Encode(session);
  SIGNET_ASSIGN_OR_RETURN(const std::string sealed,
                          crypto::Seal(key, plain.reveal(), SealContext(address_)));
  return ReplacePrivateFile(path_, sealed);
}

absl::Status SessionFile::Remove() const { return RemovePrivateFile(path_); }

absl::StatusOr<FileLock> SessionFile::Lock() const {
  SIGNET_RETURN_IF_ERROR(EnsurePrivateDirectory(state_directory_));
  return FileLock::Acquire(absl::StrCat(path_, ".lock"));
}

absl::StatusOr<std::optional<base::Secret>> SessionFile::ReadKey() const {
  SIGNET_ASSIGN_OR_RETURN(auto key, ReadPrivateFile(key_path_));
  if (!key) return std::optional<base::Secret>();
  SIGNET_RETURN_IF_ERROR(EnsurePrivateDirectory(runtime_directory_));
  if (key->size() != crypto::kAeadKeySize) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "FILE_UNSAFE",
                           absl::StrCat(key_path_, " is not a session key"));
  }
  return std::optional<base::Secret>(*std::move(key));
}

absl::StatusOr<base::Secret> SessionFile::ReadOrMakeKey() const {
  SIGNET_RETURN_IF_ERROR(EnsurePrivateDirectory(runtime_directory_));
  const base::Secret fresh(base::RandomBytes(crypto::kAeadKeySize));
  SIGNET_RETURN_IF_ERROR(CreatePrivateFile(key_path_, fresh.reveal()).status());
  SIGNET_ASSIGN_OR_RETURN(auto key, ReadKey());
  if (key) return *std::move(key);
  return base::MakeError(absl::StatusCode::kAborted, "FILE_FAILED",
                         absl::StrCat(key_path_, " was removed meanwhile"));
}

}  // namespace signet::cli
