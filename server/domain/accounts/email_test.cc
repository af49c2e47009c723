#include "server/domain/accounts/email.h"

#include <gtest/gtest.h>

#include "client/base/error.h"

namespace signet::domain {
namespace {

std::string Canonical(absl::string_view typed) {
  const auto email = ParseEmail("email", typed);
  return email.ok() ? email->canonical : "refused: " + std::string(email.status().message());
}

// R-101: every spelling of one address is one account.
TEST(EmailTest, LookAlikeSpellingsHaveOneCanonicalForm) {
  EXPECT_EQ(Canonical("Ada@Example.COM"), "ada@example.com");
  EXPECT_EQ(Canonical("\uFF41\uFF44\uFF41@example.com"), "ada@example.com");  // full width
  EXPECT_EQ(Canonical("ada\uFF20example.com"), "ada@example.com");            // full-width @
  EXPECT_EQ(Canonical("jos\u00E9@example.com"), Canonical("jose\u0301@example.com"));
  EXPECT_EQ(Canonical("STRASSE@example.com"), Canonical("stra\u00DFe@example.com"));
  EXPECT_EQ(Canonical("ada@b\u00FCcher.example"), "ada@xn--bcher-kva.example");
  EXPECT_EQ(Canonical("ada@XN--BCHER-KVA.example"), "ada@xn--bcher-kva.example");
}

TEST(EmailTest, KeepsThePersonsSpellingForDisplay) {
  EXPECT_EQ(ParseEmail("email", "Ada.Lovelace@Example.COM")->display, "Ada.Lovelace@Example.COM");
}

TEST(EmailTest, DifferentPeopleStayDifferent) {
  EXPECT_NE(Canonical("ada+work@example.com"), Canonical("ada@example.com"));
  EXPECT_NE(Canonical("a.da@example.com"), Canonical("ada@example.com"));
}

// R-503: each refusal names the field.
TEST(EmailTest, RefusesWhatIsNoAddressAndNamesTheField) {
  const std::string cases[] = {"",
                               "a",
                               "ab",
                               "@example.com",
                               "ada@",
                               "ada",
                               "a@b@c.com",
                               "ada@localhost",
                               "ada @example.com",
                               "ada@exa mple.com",
                               "ada\n@example.com",
                               "a\u200Bda@example.com",
                               "\xff\xfe@example.com",
                               "ada@.example.com",
                               "ada@example..com",
                               "ada@example.com.",
                               ".ada@example.com",
                               "ada.@example.com",
                               "a..da@example.com",
                               "ada@-bad-.example",
                               "ada@exa_mple.com",
                               std::string(65, 'a') + "@example.com",
                               std::string(60, 'a') + "@" + std::string(250, 'b'),
                               std::string(2000, 'a'),
                               std::string("ada\0@example.com", 16)};
  for (const std::string& typed : cases) {
    const auto email = ParseEmail("user.email", typed);
    ASSERT_FALSE(email.ok()) << typed;
    EXPECT_EQ(email.status().code(), absl::StatusCode::kInvalidArgument) << typed;
    EXPECT_EQ(base::ErrorReason(email.status()), "FIELD_INVALID");
    ASSERT_EQ(base::FieldViolations(email.status()).size(), 1u);
    EXPECT_EQ(base::FieldViolations(email.status())[0].field, "user.email");
  }
}

TEST(EmailTest, AcceptsTheLongestLocalPart) {
  EXPECT_EQ(Canonical(std::string(64, 'a') + "@example.com"),
            std::string(64, 'a') + "@example.com");
}

}  // namespace
}  // namespace signet::domain
