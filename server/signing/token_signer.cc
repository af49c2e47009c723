#include "server/signing/token_signer.h"

#include <utility>

#include "client/base/base64url.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/token/claims_writer.h"
#include "client/token/jws.h"

namespace signet::signing {
namespace {

constexpr size_t kLongestSignature = 512;  // RS256 with 4096 bits

size_t EncodedSize(size_t bytes) { return (bytes * 4 + 2) / 3; }

// This thread's memory for one payload, so that only the result is allocated.
const std::string& Payload(const token::AccessTokenClaims& claims, const std::string& issuer) {
  thread_local std::string json;
  json.clear();
  token::WriteClaims(claims, issuer, json);
  return json;
}

}  // namespace

TokenSigner::TokenSigner(std::string issuer, const base::Snapshot<std::optional<ActiveKey>>& active,
                         const base::Snapshot<token::RevocationSet>& revocations)
    : issuer_(std::move(issuer)), active_(active), revocations_(revocations) {}

absl::StatusOr<domain::TokenIssuer::Issued> TokenSigner::Issue(
    const token::AccessTokenClaims& claims) {
  const absl::Time not_before = revocations_.Read().tenant_not_before();
  if (claims.issued_at < not_before) {
    token::AccessTokenClaims later = claims;
    later.issued_at = not_before;
    return Issue(later);
  }
  const std::optional<ActiveKey>& active = active_.Read();
  if (!active) {
    return base::WithRetryAfter(
        base::MakeError(absl::StatusCode::kUnavailable, "SIGNING_UNAVAILABLE",
                        "there is no active signing key"),
        absl::Seconds(1));
  }
  const std::string& payload = Payload(claims, issuer_);
  std::string compact;
  compact.reserve(active->encoded_header.size() + EncodedSize(payload.size()) +
                  EncodedSize(kLongestSignature) + 2);
  compact += active->encoded_header;
  compact += '.';
  base::Base64UrlAppend(payload, compact);
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, active->key.Sign(compact));
  compact += '.';
  base::Base64UrlAppend(signature, compact);
  if (compact.size() > token::kMaxTokenSize) {
    return base::MakeError(absl::StatusCode::kInternal, "INTERNAL",
                           "the account's roles and permissions do not fit into a token");
  }
  return Issued{base::Secret(std::move(compact)), active->kid};
}

}  // namespace signet::signing
