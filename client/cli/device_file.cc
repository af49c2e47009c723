#include "client/cli/device_file.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/private_file.h"
#include "client/crypto/digest.h"

namespace signet::cli {
namespace {

constexpr size_t kMostBytes = 512;  // as LoginRequest.device_token

}  // namespace

DeviceFile::DeviceFile(const SessionFile& sessions, absl::string_view email) {
  const auto digest = crypto::Sha256(absl::AsciiStrToLower(email));
  path_ = absl::StrCat(sessions.path(), ".device-",
                       absl::BytesToHexString(crypto::DigestView(digest).substr(0, 8)));
}

absl::StatusOr<base::Secret> DeviceFile::Load() const {
  SIGNET_ASSIGN_OR_RETURN(auto token, ReadPrivateFile(path_));
  if (!token || token->size() > kMostBytes) return base::Secret();
  return *std::move(token);
}

absl::Status DeviceFile::Save(absl::string_view token) const {
  SIGNET_RETURN_IF_ERROR(EnsurePrivateDirectory(path_.substr(0, path_.rfind('/'))));
  return ReplacePrivateFile(path_, token);
}

}  // namespace signet::cli
