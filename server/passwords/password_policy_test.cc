#include "server/passwords/password_policy.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"

namespace signet::passwords {
namespace {

constexpr char kField[] = "password";
constexpr char kEmail[] = "Alice.Smith@example.com";

std::unique_ptr<StrengthPolicy> Policy(const StrengthPolicy::Options& options = {}) {
  return StrengthPolicy::Create(options).value();
}

// The normalised password, or why not.
std::string Normalised(absl::string_view typed) {
  const auto result = Policy()->Normalise(kField, base::Secret(typed));
  if (result.ok()) return std::string(result->reveal());
  const auto violations = base::FieldViolations(result.status());
  return violations.empty() ? "?" : absl::StrCat("<", violations[0].description, ">");
}

// Empty, or why not.
std::string Refusal(const StrengthPolicy& policy, absl::string_view password,
                    absl::string_view email = kEmail) {
  const absl::Status status = policy.CheckStrength(kField, base::Secret(password), email);
  if (status.ok()) return "";
  const auto violations = base::FieldViolations(status);
  if (violations.size() != 1 || violations[0].field != kField) return "?";
  return violations[0].description;
}

constexpr char kTooShort[] = "must be at least 8 bytes long";
constexpr char kEmpty[] = "<is required>";
constexpr char kTooLong[] = "<must be at most 1024 bytes long>";
constexpr char kNotUtf8[] = "<must be valid UTF-8>";
constexpr char kCommon[] = "is one of the most common passwords; choose another";
constexpr char kBreached[] = "has appeared in a data breach; choose another";
constexpr char kControl[] = "must not contain control characters";
constexpr char kEasy[] = "is too easy to guess; a few uncommon words make a good one";
constexpr char kName[] = "is too easy to guess: it contains the name of your e-mail";

// R-104: at most 1024 bytes, counted after NFKC. A password imported with its hash may be short.
TEST(PasswordPolicyTest, LengthIsBoundedInBytesAfterNormalisation) {
  EXPECT_EQ(Normalised("1234567"), "1234567");
  EXPECT_EQ(Normalised("12345678"), "12345678");
  EXPECT_EQ(Normalised(""), kEmpty);
  EXPECT_EQ(Normalised(std::string(1024, 'x')), std::string(1024, 'x'));
  EXPECT_EQ(Normalised(std::string(1025, 'x')), kTooLong);
  EXPECT_EQ(Normalised(std::string(10'000'000, 'x')), kTooLong);
  // Seven full-width digits are 21 bytes as typed and 7 afterwards.
  EXPECT_EQ(Normalised("１２３４５６７"), "1234567");
  EXPECT_EQ(Normalised("１２３４５６７８"), "12345678");
  // One character that becomes 33 bytes (U+FDFA), 32 times over the limit.
  std::string ligatures;
  for (int i = 0; i < 32; ++i) ligatures += "\xEF\xB7\xBA";
  EXPECT_EQ(Normalised(ligatures), kTooLong);
  // 1,024 full-width letters: three times the limit as typed, and allowed.
  std::string wide;
  for (int i = 0; i < 1024; ++i) wide += "ａ";
  EXPECT_EQ(Normalised(wide), std::string(1024, 'a'));
}

// R-104: at least 8 bytes for a password that is being chosen.
TEST(PasswordPolicyTest, AChosenPasswordHasAtLeastEightBytes) {
  const auto policy = Policy();
  EXPECT_EQ(Refusal(*policy, "kX7#qz!"), kTooShort);
  EXPECT_NE(Refusal(*policy, "kX7#qz!w"), kTooShort);
}

TEST(PasswordPolicyTest, SpellingsThatLookAlikeBecomeOne) {
  EXPECT_EQ(Normalised("Zu\xCC\x88rich-x"), "Z\xC3\xBCrich-x");  // u + combining diaeresis
  EXPECT_EQ(Normalised("Z\xC3\xBCrich-x"), "Z\xC3\xBCrich-x");
  EXPECT_EQ(Normalised("of\xEF\xAC\x81"
                       "ce 123"),
            "office 123");  // ligature fi
  EXPECT_EQ(Normalised("no\xC2\xA0"
                       "break1"),
            "no break1");  // no-break space
  EXPECT_EQ(Normalised("  keeps blanks  "), "  keeps blanks  ");
  EXPECT_EQ(Normalised("KeepsCase"), "KeepsCase");
}

TEST(PasswordPolicyTest, WhatIsNotUtf8IsRefused) {
  for (const absl::string_view bad : {
           "12345678\xff",          // no such byte
           "12345678\xC3",          // cut short
           "12345678\x80",          // continuation alone
           "12345678\xC0\xAF",      // overlong
           "12345678\xE0\x80\xAF",  // overlong
           "12345678\xED\xA0\x80",  // surrogate
           "12345678\xF4\x90\x80\x80",
       }) {
    EXPECT_EQ(Normalised(bad), kNotUtf8) << bad;
  }
}

// A login must reach an imported account whatever its password is made of; only choosing one is
// stricter.
TEST(PasswordPolicyTest, ControlCharactersMayBeTypedButNotChosen) {
  const std::string with_nul("correct\0horse battery", 21);
  EXPECT_EQ(Normalised(with_nul), with_nul);
  const auto policy = Policy({.minimum_score = 0});
  EXPECT_EQ(Refusal(*policy, with_nul), kControl);
  EXPECT_EQ(Refusal(*policy, "correct horse\tbattery"), kControl);
  EXPECT_EQ(Refusal(*policy, "correct horse battery\n"), kControl);
  EXPECT_EQ(Refusal(*policy, "correct horse\x7f"), kControl);
  EXPECT_EQ(Refusal(*policy, "correct horse\xC2\x85"), kControl);
  EXPECT_EQ(Refusal(*policy, "correct horse \xC2\xA1"), "");
}

TEST(PasswordPolicyTest, TheMostCommonAreRefusedInAnyCaseAndAtAnyScore) {
  const auto lenient = Policy({.minimum_score = 0});
  for (const char* password :
       {"password", "PassWord", "12345678", "QWERTYUIOP", "iloveyou1", "zxcvbnm123", "00000000"}) {
    EXPECT_EQ(Refusal(*lenient, password), kCommon) << password;
  }
  EXPECT_EQ(Refusal(*lenient, "password9"), "");
}

// R-104: the score.
TEST(PasswordPolicyTest, WhatIsGuessedInFewTriesIsRefused) {
  const auto policy = Policy();
  for (const char* password : {"aaaaaaaaaaaaaaaa", "abcdefghijkl", "qwertyuiop123", "Password1!2",
                               "19840623", "hunter22", "dragonmonkey"}) {
    EXPECT_EQ(Refusal(*policy, password), kEasy) << password;
  }
  for (const char* password : {"correct horse battery staple", "x9$Kd2pQz!", "Tr0ub4dour&3",
                               "sommerregen7Birne", "größter Fußball im Süden"}) {
    EXPECT_EQ(Refusal(*policy, password), "") << password;
  }
}

TEST(PasswordPolicyTest, TheMinimumIsConfigurable) {
  EXPECT_EQ(Refusal(*Policy({.minimum_score = 3}), "Tr0ub4dour&3"), "");
  EXPECT_EQ(Refusal(*Policy({.minimum_score = 4}), "Tr0ub4dour&3"), kEasy);
  EXPECT_EQ(Refusal(*Policy({.minimum_score = 0}), "aaaaaaaaaaaaaaaa"), "");
  EXPECT_FALSE(StrengthPolicy::Create({.minimum_score = -1}).ok());
  EXPECT_FALSE(StrengthPolicy::Create({.minimum_score = 5}).ok());
}

TEST(PasswordPolicyTest, TheNameOfTheEmailIsNoSecret) {
  const auto policy = Policy();
  EXPECT_EQ(Refusal(*policy, "alice.smith2024"), kName);
  EXPECT_EQ(Refusal(*policy, "ALICE.SMITH-2024"), kName);
  EXPECT_EQ(Refusal(*policy, "smith-alice"), kEasy);
  EXPECT_EQ(Refusal(*policy, "example.com1"), kEasy);
  EXPECT_EQ(Refusal(*policy, "xqvzkwjh1", "xqvzkwjh@example.com"), kName);
  EXPECT_EQ(Refusal(*policy, "xqvzkwjh1", "bob@example.com"), "");
}

TEST(PasswordPolicyTest, OddEmailsDoNoHarm) {
  const auto policy = Policy();
  for (const absl::string_view email :
       {absl::string_view(""), absl::string_view("@"), absl::string_view("a@b"),
        absl::string_view("....@...."), absl::string_view("nul\0@x", 6)}) {
    EXPECT_EQ(Refusal(*policy, "correct horse battery staple", email), "") << email;
  }
  EXPECT_EQ(Refusal(*policy, "correct horse battery staple", std::string(100'000, '.')), "");
  EXPECT_EQ(Refusal(*policy, "correct horse battery staple", std::string(100'000, 'e')), "");
}

// zxcvbn grows with the cube of some inputs; the cap keeps a request from costing seconds.
TEST(PasswordPolicyTest, OnlyTheFirstBytesAreScored) {
  const auto policy = Policy();
  EXPECT_EQ(Refusal(*policy, std::string(1024, 'a')), kEasy);
  EXPECT_EQ(Refusal(*policy, std::string(64, 'a') + "x9$Kd2pQz!x9$Kd2pQz!"), kEasy);
  EXPECT_EQ(Refusal(*policy, "x9$Kd2pQz!" + std::string(1014, 'a')), "");
}

class BreachedPolicyTest : public testing::Test {
 protected:
  BreachedPolicyTest() : path_(absl::StrCat(testing::TempDir(), "/policy-breached-", getpid())) {
    // SHA-1 of "correct horse battery staple".
    std::ofstream(path_) << "ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42:9\n";
  }
  ~BreachedPolicyTest() override { std::filesystem::remove(path_); }
  const std::string path_;
};

// R-104: the blocklist, with a reason the person can read.
TEST_F(BreachedPolicyTest, ABreachedPasswordIsRefusedHoweverStrong) {
  const auto policy = Policy({.breached_passwords_file = path_});
  EXPECT_EQ(Refusal(*policy, "correct horse battery staple"), kBreached);
  EXPECT_EQ(Refusal(*policy, "correct horse battery staples"), "");
}

TEST_F(BreachedPolicyTest, AListThatCannotBeReadLetsNothingThrough) {
  const auto policy = Policy({.breached_passwords_file = path_});
  std::filesystem::resize_file(path_, 0);
  const absl::Status status =
      policy->CheckStrength(kField, base::Secret("sommerregen7Birne"), kEmail);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
}

TEST_F(BreachedPolicyTest, AMissingListStopsTheStart) {
  EXPECT_FALSE(StrengthPolicy::Create({.breached_passwords_file = path_ + "-missing"}).ok());
}

}  // namespace
}  // namespace signet::passwords
