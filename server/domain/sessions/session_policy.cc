#include "server/domain/sessions/session_policy.h"

#include "absl/strings/str_cat.h"
#include "client/base/big_endian.h"
#include "client/crypto/digest.h"

namespace signet::domain {
namespace {

// Of its own: another rollout by share must not begin with the same people.
constexpr absl::string_view kShareLabel = "signet session share v1\n";

}  // namespace

absl::string_view NameOf(SessionMode mode) {
  switch (mode) {
    case SessionMode::kOn:
      return "on";
    case SessionMode::kReadOnly:
      return "read_only";
    case SessionMode::kOff:
      return "off";
  }
  return "";
}

int ShareOf(base::UserId user) {
  const auto digest = crypto::Sha256(absl::StrCat(kShareLabel, user.bytes()));
  return static_cast<int>(base::ReadBigEndian(crypto::DigestView(digest).substr(0, 8)) % 100);
}

}  // namespace signet::domain
