#include "server/domain/mfa/totp.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/base/big_endian.h"
#include "client/crypto/hmac_sha1.h"

namespace signet::domain {
namespace {

constexpr std::array<uint32_t, 9> kPowersOfTen = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

std::string PercentEncoded(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-._~", c)) {
      out.push_back(c);
    } else {
      absl::StrAppend(&out, absl::StrFormat("%%%02X", static_cast<unsigned char>(c)));
    }
  }
  return out;
}

}  // namespace

std::string HotpCode(const base::Secret& secret, int64_t counter, int digits) {
  std::string message;
  base::AppendBigEndian(static_cast<uint64_t>(counter), 8, message);
  const crypto::Sha1Digest mac = crypto::HmacSha1(secret.reveal(), message);
  const size_t offset = mac.back() & 0x0fU;
  uint32_t truncated = 0;
  for (size_t i = 0; i < 4; ++i) truncated = truncated << 8 | mac[offset + i];
  truncated &= 0x7fffffffU;
  const uint32_t code = truncated % kPowersOfTen[static_cast<size_t>(digits)];
  return absl::StrFormat("%0*d", digits, code);
}

int64_t TotpStepAt(absl::Time now) {
  return absl::ToUnixSeconds(now) / absl::ToInt64Seconds(kTotpStep);
}

std::optional<int64_t> MatchTotp(const base::Secret& secret, absl::string_view code, absl::Time now,
                                 int64_t last_step) {
  std::optional<int64_t> matched;
  const int64_t current = TotpStepAt(now);
  for (int64_t step = current - 1; step <= current + 1; ++step) {
    const bool equal = base::ConstantTimeEquals(HotpCode(secret, step, kTotpDigits), code);
    if (equal && step > last_step) matched = step;
  }
  return matched;
}

std::string Base32(absl::string_view bytes) {
  constexpr absl::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  uint32_t buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = buffer << 8 | static_cast<uint8_t>(c);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(kAlphabet[buffer >> bits & 31U]);
    }
  }
  if (bits > 0) out.push_back(kAlphabet[buffer << (5 - bits) & 31U]);
  return out;
}

base::Secret ProvisioningUri(absl::string_view issuer, absl::string_view account,
                             const base::Secret& secret) {
  const std::string issuer_name = PercentEncoded(issuer);
  return base::Secret(absl::StrCat("otpauth://totp/", issuer_name, ":", PercentEncoded(account),
                                   "?secret=", Base32(secret.reveal()), "&issuer=", issuer_name,
                                   "&algorithm=SHA1&digits=", kTotpDigits,
                                   "&period=", absl::ToInt64Seconds(kTotpStep)));
}

}  // namespace signet::domain
