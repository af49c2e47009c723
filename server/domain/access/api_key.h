#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/ids.h"
#include "client/base/secret.h"

namespace signet::domain {

using ServiceAccountId = base::Id<struct ServiceAccountIdTag>;
using ApiKeyId = base::Id<struct ApiKeyIdTag>;

// An API key: `sgk_`, the key id as 32 hexadecimal digits, `_`, and base64url of
//   secret (32) | checksum (4: the first bytes of SHA-256 over key id and secret)
// The id leads to the one row; the checksum refuses a typo without a query, and lets secret
// scanners recognise the form. It proves nothing: the secret does.
struct ApiKey {
  ApiKeyId key_id;
  base::Secret secret;  // 32 bytes

  base::Secret Encode() const;
  // Nothing for any other form: prefix, length, alphabet, checksum.
  static std::optional<ApiKey> Parse(absl::string_view text);

  // SHA-256 of the secret: what is stored. 32 bytes.
  std::string SecretHash() const;
};

// The part of a key that may be shown: "sgk_0192f1c4…".
std::string ApiKeyPrefix(ApiKeyId id);

}  // namespace signet::domain
