#include "server/config/pkcs11_keys.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/pkcs11/key_uri.h"

namespace signet::config {
namespace {

using S = Settings;
using std::string;
using Dur = absl::Duration;

}  // namespace

std::vector<Key> MakePkcs11Keys() {
  return {
      {"pkcs11.module", "", Path{[](S& s) -> string& { return s.pkcs11.module; }},
       "The vendor's library (PKCS #11), which is loaded into this process.",
       "/usr/lib/softhsm/libsofthsm2.so"},
      {"pkcs11.uri", "", Text{[](S& s) -> string& { return s.pkcs11.uri; }},
       "The key, as a URI (RFC 7512): the token by its label (`token`) or `serial`, the key by its "
       "label (`object`) or `id`. It is an AES key of 256 bits that may encrypt and decrypt.",
       "pkcs11:token=signet;object=kek"},
      {"pkcs11.pin", "",
       SecretText{[](S& s) -> base::Secret& { return s.pkcs11.pin; },
                  [](S& s) -> string& { return s.pkcs11.pin_file; }},
       "PIN of the token's user, in a file that others cannot read. One that is refused is not "
       "tried again, because tokens lock.",
       "/etc/signet/hsm-pin"},
      {"pkcs11.start_timeout", "1m",
       Duration{[](S& s) -> Dur& { return s.pkcs11.start_timeout; }, absl::ZeroDuration(),
                absl::Hours(24)},
       "How long a start waits for the hardware module before it fails."},
  };
}

void CheckPkcs11(const Settings& settings, std::vector<string>& problems) {
  const Pkcs11Settings& pkcs11 = settings.pkcs11;
  if (!pkcs11.uri.empty()) {
    const auto uri = pkcs11::KeyUri::Parse(pkcs11.uri);
    if (!uri.ok()) problems.push_back(absl::StrCat("pkcs11.uri ", uri.status().message()));
  }
  // p11-kit looks for another in a folder of its own.
  if (!pkcs11.module.empty() && !absl::StartsWith(pkcs11.module, "/")) {
    problems.push_back("pkcs11.module is no absolute path");
  }
  if (!settings.key_encryption.in_hardware()) return;
  if (pkcs11.module.empty()) {
    problems.push_back("key_encryption.source: pkcs11 needs pkcs11.module: the vendor's library");
  }
  if (pkcs11.uri.empty()) {
    problems.push_back(
        "key_encryption.source: pkcs11 needs pkcs11.uri, as pkcs11:token=signet;object=kek");
  }
  if (!settings.keys.kek.empty() || !settings.keys.kek_file.empty()) {
    problems.push_back("keys.kek and key_encryption.source: pkcs11 exclude each other");
  }
}

}  // namespace signet::config
