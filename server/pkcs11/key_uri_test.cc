#include "server/pkcs11/key_uri.h"

#include <gmock/gmock.h>

namespace signet::pkcs11 {
namespace {

using testing::HasSubstr;

std::string IdOf(const std::string& text) {
  const auto uri = KeyUri::Parse(text);
  return uri.ok() ? uri->id() : std::string(uri.status().message());
}

TEST(KeyUriTest, NamesAKeyOfAToken) {
  EXPECT_EQ(IdOf("pkcs11:token=signet;object=kek"), "pkcs11:signet/kek");
  EXPECT_EQ(IdOf("pkcs11:token=My%20token;object=kek;type=secret-key;id=%01"),
            "pkcs11:My token/kek");
  EXPECT_EQ(IdOf("pkcs11:serial=4d0d;id=%0A%ff"), "pkcs11:4d0d/0aff");
}

TEST(KeyUriTest, SaysWhatIsMissingOrDoesNotBelongThere) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "is no pkcs11: URI"},
      {"kek", "is no pkcs11: URI"},
      {"pkcs11:token=%zz;object=kek", "is no pkcs11: URI"},
      {"pkcs11:", "names no token"},
      {"pkcs11:object=kek", "names no token"},
      {"pkcs11:token=signet", "names no key"},
      {"pkcs11:tokn=signet;object=kek", "has an attribute that is not known"},
      {"pkcs11:token=signet;object=kek;type=private", "another type than secret-key"},
      {"pkcs11:token=signet;object=kek?module-path=/lib/m.so", "pkcs11.module"},
      {"pkcs11:token=signet;object=kek?module-name=m", "pkcs11.module"},
      {"pkcs11:token=signet;object=kek?pin-source=/pin", "pkcs11.pin_file"},
      {"pkcs11:token=signet;object=kek?pin-value=1234", "pkcs11.pin_file"}};
  for (const auto& [text, says] : cases) {
    const auto uri = KeyUri::Parse(text);
    EXPECT_TRUE(absl::IsInvalidArgument(uri.status())) << text;
    EXPECT_THAT(uri.status().message(), HasSubstr(says)) << text;
    EXPECT_THAT(uri.status().message(), testing::Not(HasSubstr("1234")));
  }
}

}  // namespace
}  // namespace signet::pkcs11
