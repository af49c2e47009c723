#include "server/pkcs11/key_uri.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace signet::pkcs11 {
namespace {

absl::Status Refused(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(why, "; as in pkcs11:token=signet;object=kek (RFC 7512)"));
}

absl::string_view ValueOf(const CK_ATTRIBUTE* attribute) {
  if (attribute == nullptr) return {};
  return {static_cast<const char*>(attribute->pValue), attribute->ulValueLen};
}

}  // namespace

absl::StatusOr<KeyUri> KeyUri::Parse(const std::string& text) {
  KeyUri key;
  key.uri_.reset(p11_kit_uri_new());
  P11KitUri* const uri = key.uri_.get();
  if (p11_kit_uri_parse(text.c_str(), P11_KIT_URI_FOR_ANY, uri) != P11_KIT_URI_OK) {
    return Refused("is no pkcs11: URI");
  }
  if (p11_kit_uri_any_unrecognized(uri) != 0) {
    return Refused("has an attribute that is not known");
  }
  if (p11_kit_uri_get_pin_value(uri) != nullptr || p11_kit_uri_get_pin_source(uri) != nullptr) {
    return Refused("holds a PIN, or where it is: that belongs in pkcs11.pin_file");
  }
  if (p11_kit_uri_get_module_path(uri) != nullptr || p11_kit_uri_get_module_name(uri) != nullptr) {
    return Refused("names a module: that belongs in pkcs11.module");
  }
  if (const auto* type = p11_kit_uri_get_attribute(uri, CKA_CLASS)) {
    const auto* const value = static_cast<const CK_OBJECT_CLASS*>(type->pValue);
    if (*value != CKO_SECRET_KEY) return Refused("has another type than secret-key");
    p11_kit_uri_clear_attribute(uri, CKA_CLASS);
  }
  const CK_TOKEN_INFO& token = *p11_kit_uri_get_token_info(uri);
  absl::string_view where = Unpadded(token.label);
  if (where.empty()) where = Unpadded(token.serialNumber);
  if (where.empty()) return Refused("names no token (token or serial)");
  std::string what(ValueOf(p11_kit_uri_get_attribute(uri, CKA_LABEL)));
  if (what.empty()) {
    what = absl::BytesToHexString(ValueOf(p11_kit_uri_get_attribute(uri, CKA_ID)));
  }
  if (what.empty()) return Refused("names no key (object or id)");
  key.id_ = absl::StrCat("pkcs11:", where, "/", what);
  return key;
}

bool KeyUri::Matches(CK_SLOT_ID slot, const CK_SLOT_INFO& info, const CK_TOKEN_INFO& token) const {
  const CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(uri_.get());
  if (wanted != static_cast<CK_SLOT_ID>(-1) && wanted != slot) return false;
  return p11_kit_uri_match_slot_info(uri_.get(), &info) != 0 &&
         p11_kit_uri_match_token_info(uri_.get(), &token) != 0;
}

absl::Span<const CK_ATTRIBUTE> KeyUri::attributes() const {
  CK_ULONG count = 0;
  const CK_ATTRIBUTE* const first = p11_kit_uri_get_attributes(uri_.get(), &count);
  return {first, count};
}

}  // namespace signet::pkcs11
