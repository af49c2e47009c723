#include "server/config/signing_key_keys.h"

#include <string>

namespace signet::config {
namespace {

using S = Settings;
using std::string;
using Dur = absl::Duration;

}  // namespace

std::vector<Key> MakeSigningKeyKeys() {
  return {
      {"keys.algorithm", "ES256",
       Text{[](S& s) -> string& { return s.keys.algorithm; },
            {"ES256", "ES384", "EdDSA", "RS256", "PS256"}},
       "Algorithm of new signing keys. Older keys keep theirs."},
      {"keys.kek", "",
       SecretText{[](S& s) -> base::Secret& { return s.keys.kek; },
                  [](S& s) -> string& { return s.keys.kek_file; }},
       "Key-encryption key that seals the signing keys in the database: 32 random bytes as 64 "
       "hexadecimal digits or base64url, in a file that others cannot read. Make one with `openssl "
       "rand -hex 32`. Required, unless `key_encryption.source` says otherwise.",
       "/etc/signet/kek"},
      {"keys.publish_lead", "5m",
       Duration{[](S& s) -> Dur& { return s.keys.publish_lead; }, absl::ZeroDuration(),
                absl::Hours(24 * 7)},
       "How long a new key stands in the key set before it may sign. At least jwks_max_age."},
      {"keys.verifier_lease", "30s",
       Duration{[](S& s) -> Dur& { return s.keys.verifier_lease; }, absl::Seconds(5),
                absl::Hours(1)},
       "How long a verifier that watches the key set and is lost still counts: until then no key "
       "is "
       "activated that it does not hold."},
      {"keys.retire_after", "1d",
       Duration{[](S& s) -> Dur& { return s.keys.retire_after; }, absl::ZeroDuration(),
                absl::Hours(24 * 30)},
       "How long a replaced key stays in the key set after its last token has expired."},
      {"keys.jwks_max_age", "5m",
       Duration{[](S& s) -> Dur& { return s.keys.jwks_max_age; }, absl::Seconds(1),
                absl::Hours(24)},
       "How long others may keep a fetched key set (Cache-Control)."},
      {"keys.rotate_after", "90d",
       Duration{[](S& s) -> Dur& { return s.keys.rotate_after; }, absl::ZeroDuration(),
                absl::Hours(24 * 3650)},
       "How long a key signs before the servers replace it by themselves. 0s: only administrators "
       "do."},
      {"keys.rotation_check", "1m",
       Duration{[](S& s) -> Dur& { return s.keys.rotation_check; }, absl::Milliseconds(100),
                absl::Hours(1)},
       "How often a server looks whether a step of that is due."},
      {"keys.verifier_patience", "0s",
       Duration{[](S& s) -> Dur& { return s.keys.verifier_patience; }, absl::ZeroDuration(),
                absl::Hours(24 * 365)},
       "How long a planned replacement waits for verifiers that watch the key set and do not hold "
       "the new key. 0s: until they do; anything else lets it sign then, and they refuse its "
       "tokens."},
      {"keys.erase_after", "30d",
       Duration{[](S& s) -> Dur& { return s.keys.erase_after; }, absl::ZeroDuration(),
                absl::Hours(24 * 3650)},
       "How long after it was retired or tainted the private half of a key is destroyed. Its "
       "public "
       "half stays, so that no name comes back. 0s: never."},
  };
}

}  // namespace signet::config
