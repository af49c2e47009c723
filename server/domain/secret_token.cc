#include "server/domain/secret_token.h"

#include <utility>

#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/crypto/digest.h"

namespace signet::domain {

base::Secret EncodeSecretToken(absl::string_view prefix, std::string body) {
  // At its final size first: an allocation that grows would leave a copy behind.
  std::string framed;
  framed.reserve(body.size() + kTokenChecksumSize);
  framed += body;
  framed += TokenChecksum(body);
  std::string text(prefix);
  text.reserve(prefix.size() + 2 * framed.size());
  base::Base64UrlAppend(framed, text);
  base::Wipe(framed);
  base::Wipe(body);
  return base::Secret(std::move(text));
}

std::optional<base::Secret> DecodeSecretToken(absl::string_view prefix, size_t body_size,
                                              absl::string_view text) {
  if (!absl::ConsumePrefix(&text, prefix)) return std::nullopt;
  std::string decoded;
  const bool canonical = base::Base64UrlDecode(text, decoded);
  const base::Secret holder(std::move(decoded));  // wiped on every way out
  const absl::string_view framed = holder.reveal();
  if (!canonical || framed.size() != body_size + kTokenChecksumSize) return std::nullopt;
  const absl::string_view body = framed.substr(0, body_size);
  if (TokenChecksum(body) != framed.substr(body_size)) return std::nullopt;
  return base::Secret(body);
}

std::string TokenChecksum(absl::string_view covered) {
  return crypto::Sha256Bytes(covered).substr(0, kTokenChecksumSize);
}

std::string TokenSecretHash(const base::Secret& secret) {
  return crypto::Sha256Bytes(secret.reveal());
}

}  // namespace signet::domain
