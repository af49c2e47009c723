// Refresh tokens come from strangers: whatever text is sent, a token that is read has the one form
// that it is written in, checksum and all.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/base64url.h"
#include "client/crypto/digest.h"
#include "server/domain/sessions/refresh_token.h"
#include "tests/fuzz/check.h"

namespace {

using signet::domain::RefreshToken;

constexpr absl::string_view kPrefix = "sgr_";
constexpr size_t kChecksumSize = 4;

// The checksum, computed anew from the text and not from what was read.
void CheckChecksum(absl::string_view text) {
  const auto bytes = signet::base::Base64UrlDecode(text.substr(kPrefix.size()));
  FUZZ_CHECK(bytes && bytes->size() > kChecksumSize);
  const absl::string_view body = absl::string_view(*bytes).substr(0, bytes->size() - kChecksumSize);
  const auto digest = signet::crypto::Sha256(body);
  FUZZ_CHECK(absl::string_view(*bytes).substr(body.size()) ==
             signet::crypto::DigestView(digest).substr(0, kChecksumSize));
}

void CheckText(absl::string_view text) {
  const auto token = RefreshToken::Parse(text);
  if (!token) return;
  FUZZ_CHECK(token->generation >= 0);
  FUZZ_CHECK(token->secret.size() == 32);
  FUZZ_CHECK(token->Encode().reveal() == text);
  CheckChecksum(text);
}

// The same bytes as a body that only lacks prefix and checksum, which no mutation would find.
std::string Text(const std::string& bytes) {
  std::string text(kPrefix);
  signet::base::Base64UrlAppend(bytes, text);
  return text;
}

// The same bytes as a body that only lacks prefix and checksum, which no mutation would find.
void CheckBody(absl::string_view body) {
  const auto digest = signet::crypto::Sha256(body);
  std::string bytes(body);
  bytes.append(signet::crypto::DigestView(digest).data(), kChecksumSize);
  CheckText(Text(bytes));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  FUZZ_CHECK(!RefreshToken::Parse(Text(bytes)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  CheckText(input);
  CheckBody(input);
  return 0;
}
