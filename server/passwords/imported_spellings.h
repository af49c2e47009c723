#pragma once

#include "server/domain/ports/imported_hashes.h"

namespace signet::passwords {

// The domain's ImportedHashes: what other systems write for the forms of phc_string.h.
//
//   $argon2id$ $argon2i$ $argon2d$ $2a$ $2b$ $2y$ $scrypt$ $pbkdf2-sha256$i=…    as they are stored
//   $pbkdf2-sha256$29000$<salt>$<hash>, $pbkdf2-sha512$…    passlib, whose base64 has '.' for '+'
//   pbkdf2_sha256$600000$<salt>$<hash>    Django: a salt that is text, padded base64
//
// Whatever is beyond a bound of phc_string.h is refused here, so that an import tells it, and not
// the first login.
class ImportedSpellings final : public domain::ImportedHashes {
 public:
  absl::StatusOr<std::string> ToStored(absl::string_view field,
                                       absl::string_view text) const override;
};

}  // namespace signet::passwords
