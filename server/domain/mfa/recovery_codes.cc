#include "server/domain/mfa/recovery_codes.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/random.h"
#include "client/crypto/digest.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kLength = 12;
constexpr size_t kGroup = 4;
constexpr absl::string_view kRecoveryLabel = "signet recovery code v1\n";

// 256 is a multiple of 32: five bits of a random byte are as even as eight.
base::Secret MakeCode() {
  std::string random = base::RandomBytes(kLength);
  std::string code;
  code.reserve(kLength + kLength / kGroup);
  for (size_t i = 0; i < kLength; ++i) {
    if (i > 0 && i % kGroup == 0) code.push_back('-');
    code.push_back(kAlphabet[static_cast<uint8_t>(random[i]) & 31U]);
  }
  base::Wipe(random);
  return base::Secret(std::move(code));
}

char Canonical(char typed) {
  const char upper = absl::ascii_toupper(static_cast<unsigned char>(typed));
  if (upper == 'O') return '0';
  return upper == 'I' || upper == 'L' ? '1' : upper;
}

}  // namespace

std::vector<base::Secret> MakeRecoveryCodes() {
  std::vector<base::Secret> codes;
  for (int i = 0; i < kRecoveryCodes; ++i) codes.push_back(MakeCode());
  return codes;
}

std::optional<base::Secret> NormaliseRecoveryCode(absl::string_view typed) {
  std::string code;
  code.reserve(kLength);
  for (const char c : typed) {
    if (c == '-' || c == ' ') continue;
    const char canonical = Canonical(c);
    if (code.size() == kLength || !absl::StrContains(kAlphabet, canonical)) {
      base::Wipe(code);
      return std::nullopt;
    }
    code.push_back(canonical);
  }
  base::Secret whole(std::move(code));
  if (whole.size() != kLength) return std::nullopt;
  return whole;
}

std::string RecoveryCodeHasher::Hash(base::UserId user, const base::Secret& normalised) const {
  std::string message = absl::StrCat(kRecoveryLabel, user.bytes(), normalised.reveal());
  const crypto::Sha256Digest digest = crypto::HmacSha256(key_.reveal(), message);
  base::Wipe(message);
  return std::string(crypto::DigestView(digest));
}

std::vector<std::string> RecoveryCodeHasher::HashAll(base::UserId user,
                                                     const std::vector<base::Secret>& codes) const {
  std::vector<std::string> hashes;
  for (const base::Secret& code : codes) {
    hashes.push_back(Hash(user, *NormaliseRecoveryCode(code.reveal())));
  }
  return hashes;
}

}  // namespace signet::domain
