// Whatever is read as claims is written as text that is read as the same claims.
#include <cstdint>
#include <string>
#include <variant>

#include "client/token/claims_parser.h"
#include "client/token/claims_writer.h"
#include "tests/fuzz/check.h"

namespace {

using signet::token::AccessTokenClaims;

std::string Write(const AccessTokenClaims& claims) {
  std::string text;
  signet::token::WriteClaims(claims, text);
  return text;
}

void CheckRequired(const AccessTokenClaims& claims) {
  FUZZ_CHECK(!claims.issuer.empty() && !claims.subject.empty() && !claims.client_id.empty());
  FUZZ_CHECK(!claims.token_id.empty() && !claims.audiences.empty());
  FUZZ_CHECK(claims.expires_at >= absl::UnixEpoch());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parsed = signet::token::ParseClaims(input);
  const auto* claims = std::get_if<AccessTokenClaims>(&parsed);
  if (claims == nullptr) return 0;
  CheckRequired(*claims);
  const std::string written = Write(*claims);
  const auto again = signet::token::ParseClaims(written);
  FUZZ_CHECK(std::holds_alternative<AccessTokenClaims>(again));
  FUZZ_CHECK(Write(std::get<AccessTokenClaims>(again)) == written);
  return 0;
}
