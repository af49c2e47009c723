#pragma once

#include <memory>
#include <string>

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace signet::pkcs11 {

// Which key of which token: "pkcs11:token=signet;object=kek" (RFC 7512). Immutable and thread-safe.
class KeyUri {
 public:
  // INVALID_ARGUMENT: no such URI; one that names no token (token or serial) or no key (object or
  // id), a key that is not secret, a PIN or a module, which have settings of their own. The message
  // goes on from the name of a setting, and never repeats what was given: it may hold a PIN.
  static absl::StatusOr<KeyUri> Parse(const std::string& text);

  // "pkcs11:TOKEN/LABEL"; the serial number and the ID (hexadecimal) where those are not given.
  const std::string& id() const { return id_; }

  bool Matches(CK_SLOT_ID slot, const CK_SLOT_INFO& info, const CK_TOKEN_INFO& token) const;
  // CKA_LABEL and CKA_ID, as far as given.
  absl::Span<const CK_ATTRIBUTE> attributes() const;

 private:
  struct Free {
    void operator()(P11KitUri* uri) const { p11_kit_uri_free(uri); }
  };

  KeyUri() = default;

  std::unique_ptr<P11KitUri, Free> uri_;
  std::string id_;
};

// Text of a structure of PKCS #11: padded with blanks, without an end.
template <size_t size>
absl::string_view Unpadded(const unsigned char (&text)[size]) {
  if (text[0] == '\0') return {};
  return {reinterpret_cast<const char*>(text), p11_kit_space_strlen(text, size)};
}

}  // namespace signet::pkcs11
