#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/ids.h"
#include "client/base/secret.h"

namespace signet::domain {

// A session token, reduced to what the store may see: never the secret itself.
struct PresentedSession {
  base::UserId user_id;
  base::SessionId session_id;
  std::string secret_hash;  // 32 bytes
};

// The opaque credential of a session: `sgs_` and base64url of
//   version (1) | user id (16) | session id (16) | secret (32) |
//   checksum (4: the first bytes of SHA-256 over all before it)
// The ids let every look-up go by primary key; the checksum refuses a typo without a query, and
// lets secret scanners recognise the form. It proves nothing: the secret, 256 random bits, does.
struct SessionToken {
  base::UserId user_id;
  base::SessionId session_id;
  base::Secret secret;  // 32 bytes

  // Whether `text` claims to be one, by its prefix: it is judged as one then, and as nothing else.
  static bool Is(absl::string_view text);

  base::Secret Encode() const;
  // Nothing for any other form: length, alphabet, version, checksum.
  static std::optional<SessionToken> Parse(absl::string_view text);

  // What is stored: SHA-256 of a label and the secret. Without the label the hash of a session
  // token would be that of a refresh token with the same secret, which its holder could write
  // himself.
  std::string SecretHash() const;
  PresentedSession ToPresented() const;
};

}  // namespace signet::domain
