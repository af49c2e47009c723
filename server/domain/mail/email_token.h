#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/ids.h"
#include "client/base/secret.h"

namespace signet::domain {

// What an e-mailed token is good for, and nothing else. Values are in the database and in tokens.
enum class EmailTokenPurpose {
  kVerifyEmail = 1,
  kPasswordReset = 2,
  kEmailChangeOld = 3,  // sent to the present address
  kEmailChangeNew = 4,  // sent to the new one
};

// What the store may see of a presented token.
struct PresentedEmailToken {
  base::UserId user_id;
  EmailTokenPurpose purpose = EmailTokenPurpose::kVerifyEmail;
  std::string secret_hash;  // SHA-256 of the secret, 32 bytes
};

// An e-mailed token: `sge_` and base64url of
//   version (1) | purpose (1) | user id (16) | secret (32) | checksum (4: the first bytes of
//   SHA-256 over all before it)
// A person has at most one per purpose: a newer one takes its place. As with a refresh token, the
// checksum refuses a typo without a query and proves nothing.
struct EmailToken {
  base::UserId user_id;
  EmailTokenPurpose purpose = EmailTokenPurpose::kVerifyEmail;
  base::Secret secret;  // 32 bytes

  // A fresh secret.
  static EmailToken New(base::UserId user, EmailTokenPurpose purpose);

  base::Secret Encode() const;
  // Nothing for any other form: length, alphabet, version, purpose, checksum. A whole link (what a
  // person copies from the mail) is no token: the front end takes what follows the '#'.
  static std::optional<EmailToken> Parse(absl::string_view text);

  std::string SecretHash() const;
  PresentedEmailToken ToPresented() const { return {user_id, purpose, SecretHash()}; }
};

}  // namespace signet::domain
