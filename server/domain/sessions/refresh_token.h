#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/ids.h"
#include "client/base/secret.h"
#include "server/domain/sessions/lineage.h"

namespace signet::domain {

// A refresh token: `sgr_` and base64url of
//   version (1) | user id (16) | session id (16) | generation (4, big-endian) | secret (32) |
//   checksum (4: the first bytes of SHA-256 over all before it)
// The ids let every look-up go by primary key to one shard; the checksum refuses a typo without a
// query, and lets secret scanners recognise the form. It proves nothing: the secret does.
struct RefreshToken {
  base::UserId user_id;
  base::SessionId session_id;
  int32_t generation = 0;
  base::Secret secret;  // 32 bytes

  base::Secret Encode() const;
  // Nothing for any other form: length, alphabet, version, negative generation, checksum.
  static std::optional<RefreshToken> Parse(absl::string_view text);

  // SHA-256 of the secret: what is stored. 32 bytes.
  std::string SecretHash() const;
  // What the store may see of it.
  Presented ToPresented() const;
};

}  // namespace signet::domain
