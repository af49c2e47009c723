#include "bench/sample_tokens.h"

#include <cstdlib>

#include "absl/strings/str_format.h"
#include "client/base/base64url.h"
#include "client/token/claims_writer.h"
#include "client/token/jws.h"

namespace signet::bench {

token::AccessTokenClaims SampleClaims(size_t number, absl::Time now) {
  const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  token::AccessTokenClaims claims;
  claims.issuer = kIssuer;
  claims.subject = "018f3c5e-9b1a-7c3d-8e4f-0123456789ab";
  claims.audiences = {kSampleAudience};
  claims.client_id = "bench";
  claims.token_id = absl::StrFormat("018f3c5e-9b1a-7c3d-8e4f-%012x", number);
  claims.session_id = absl::StrFormat("018f3c5e-9b1a-7c3d-9e4f-%012x", number);
  claims.issued_at = second;
  claims.auth_time = second;
  claims.expires_at = second + absl::Hours(1);
  claims.roles = {"member"};
  claims.acr = "1";
  claims.amr = {"pwd"};
  return claims;
}

std::string SignToken(const token::AccessTokenClaims& claims, absl::string_view header,
                      const crypto::SigningKey& key) {
  std::string json;
  json.reserve(512);
  token::WriteClaims(claims, json);
  std::string compact(header);
  compact.reserve(1024);
  compact.push_back('.');
  base::Base64UrlAppend(json, compact);
  const auto signature = key.Sign(compact);
  if (!signature.ok()) std::abort();
  compact.push_back('.');
  base::Base64UrlAppend(*signature, compact);
  return compact;
}

std::vector<std::string> SampleTokens(const crypto::SigningKey& key, size_t count, absl::Time now) {
  const std::string header = token::EncodeAccessTokenHeader(key.algorithm(), kSampleKeyId);
  std::vector<std::string> tokens;
  tokens.reserve(count);
  for (size_t i = 0; i < count; ++i) tokens.push_back(SignToken(SampleClaims(i, now), header, key));
  return tokens;
}

}  // namespace signet::bench
