#include "server/config/pkcs11_keys.h"

#include <gmock/gmock.h>

#include "server/config/problems_of.h"

namespace signet::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::map<std::string, std::string> WithHardware() {
  return {{"SIGNET_KEY_ENCRYPTION_SOURCE", "pkcs11"},
          {"SIGNET_PKCS11_MODULE", "/dev/null"},
          {"SIGNET_PKCS11_URI", "pkcs11:token=signet;object=kek"}};
}

// with the key in a hardware module no other is needed; a token may want no PIN.
TEST(Pkcs11KeysTest, AKeyInHardwareReplacesTheOtherOne) {
  EXPECT_THAT(ProblemsOf(WithHardware()), IsEmpty());
}

TEST(Pkcs11KeysTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(ProblemsOf({{"SIGNET_KEY_ENCRYPTION_SOURCE", "pkcs11"}}),
              ElementsAre(HasSubstr("needs pkcs11.module"), HasSubstr("needs pkcs11.uri")));
}

TEST(Pkcs11KeysTest, EachRefusalNamesItsKey) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"SIGNET_PKCS11_MODULE", "/nonexistent/module.so", "pkcs11.module"},
      {"SIGNET_PKCS11_MODULE", ".", "pkcs11.module is no absolute path"},
      {"SIGNET_PKCS11_URI", "signet/kek", "pkcs11.uri is no pkcs11: URI"},
      {"SIGNET_PKCS11_URI", "pkcs11:object=kek", "pkcs11.uri names no token"},
      {"SIGNET_KEYS_KEK", "secret", "keys.kek and key_encryption.source: pkcs11"},
      {"SIGNET_PKCS11_START_TIMEOUT", "2d", "pkcs11.start_timeout"}};
  for (const auto& [name, value, says] : cases) {
    auto environment = WithHardware();
    environment[name] = value;
    const auto problems = ProblemsOf(environment);
    ASSERT_FALSE(problems.empty()) << name << "=" << value;
    EXPECT_THAT(problems.front(), HasSubstr(says));
  }
}

//
TEST(Pkcs11KeysTest, APinInTheUriIsRefusedAndNotRepeated) {
  auto environment = WithHardware();
  environment["SIGNET_PKCS11_URI"] = "pkcs11:token=signet;object=kek?pin-value=canary-7f3a";
  EXPECT_THAT(ProblemsOf(environment),
              ElementsAre(testing::AllOf(HasSubstr("belongs in pkcs11.pin_file"),
                                         Not(HasSubstr("canary-7f3a")))));
}

}  // namespace
}  // namespace signet::config
