#include "server/passwords/phc_string.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace signet::passwords {
namespace {

constexpr char kArgon2id[] =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
constexpr char kBcryptHash[] = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

std::string With(absl::string_view text, absl::string_view from, absl::string_view to) {
  return absl::StrReplaceAll(text, {{from, to}});
}

std::string Argon2idOf(absl::string_view params, size_t salt_bytes, size_t hash_bytes) {
  Argon2idHash hash{.salt = std::string(salt_bytes, 's'), .hash = std::string(hash_bytes, 'h')};
  return With(FormatArgon2id(hash), "m=19456,t=2,p=1", params);
}

bool Reads(absl::string_view text) { return ParseStoredHash(text).has_value(); }

TEST(PhcStringTest, ReadsAnArgon2idHash) {
  const auto parsed = ParseStoredHash(kArgon2id);
  ASSERT_TRUE(parsed);
  const auto* hash = std::get_if<Argon2idHash>(&*parsed);
  ASSERT_NE(hash, nullptr);
  EXPECT_EQ(hash->params, (Argon2Params{.memory_kib = 65536, .passes = 2, .lanes = 1}));
  EXPECT_EQ(hash->salt, "somesalt");
  EXPECT_EQ(hash->hash.size(), 32u);
}

TEST(PhcStringTest, WhatIsFormattedReadsBackTheSame) {
  EXPECT_EQ(FormatArgon2id(std::get<Argon2idHash>(*ParseStoredHash(kArgon2id))), kArgon2id);
  std::string all_digits;  // every digit of the alphabet, '+' and '/' among them
  for (int i = 0; i < 48; ++i) all_digits.push_back(static_cast<char>(i * 5 + 251));
  const Argon2idHash hash{.salt = all_digits, .hash = all_digits};
  const auto parsed = ParseStoredHash(FormatArgon2id(hash));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<Argon2idHash>(*parsed).salt, all_digits);
}

TEST(PhcStringTest, TheDefaultIsOwasps) {
  EXPECT_EQ(Argon2Params(), (Argon2Params{.memory_kib = 19456, .passes = 2, .lanes = 1}));
}

// parameters at a bound are read, one beyond is refused before anything is computed.
TEST(PhcStringTest, Argon2idParametersAreBounded) {
  EXPECT_TRUE(Reads(Argon2idOf("m=262144,t=10,p=4", 64, 64)));
  EXPECT_TRUE(Reads(Argon2idOf("m=8,t=1,p=1", 8, 16)));
  EXPECT_TRUE(Reads(Argon2idOf("m=32,t=1,p=4", 8, 16)));
  for (const char* params :
       {"m=262145,t=2,p=1", "m=999999999,t=2,p=1", "m=4294967295,t=2,p=1", "m=4294967296,t=2,p=1",
        "m=99999999999999999999,t=2,p=1", "m=7,t=1,p=1", "m=31,t=1,p=4", "m=0,t=1,p=1",
        "m=19456,t=11,p=1", "m=19456,t=0,p=1", "m=19456,t=2,p=5", "m=19456,t=2,p=0"}) {
    EXPECT_FALSE(Reads(Argon2idOf(params, 16, 32))) << params;
  }
  EXPECT_FALSE(Reads(Argon2idOf("m=19456,t=2,p=1", 7, 32)));
  EXPECT_FALSE(Reads(Argon2idOf("m=19456,t=2,p=1", 65, 32)));
  EXPECT_FALSE(Reads(Argon2idOf("m=19456,t=2,p=1", 16, 15)));
  EXPECT_FALSE(Reads(Argon2idOf("m=19456,t=2,p=1", 16, 65)));
  EXPECT_FALSE(Reads(Argon2idOf("m=19456,t=2,p=1", 0, 0)));
}

TEST(PhcStringTest, NumbersHaveOneSpelling) {
  for (const char* params :
       {"m=019456,t=2,p=1", "m=+19456,t=2,p=1", "m=-1,t=2,p=1", "m= 19456,t=2,p=1",
        "m=19456 ,t=2,p=1", "m=0x4c00,t=2,p=1", "m=19456.0,t=2,p=1", "m=,t=2,p=1",
        "m=19456,t=02,p=1", "m=1e4,t=2,p=1", "m=19456,t=2,p=1,", "t=2,m=19456,p=1", "m=19456,t=2",
        "m=19456,p=1,t=2", "m=19456,t=2,p=1,keyid=AAAA", "m=19456,t=2,p=1,data=AAAA",
        "m=19456,m=19456,t=2,p=1"}) {
    EXPECT_FALSE(Reads(Argon2idOf(params, 16, 32))) << params;
  }
}

TEST(PhcStringTest, OtherVariantsAndVersionsAreRefused) {
  EXPECT_FALSE(Reads(With(kArgon2id, "$argon2id$", "$argon2$")));
  EXPECT_FALSE(Reads(With(kArgon2id, "$argon2id$", "$Argon2id$")));
  EXPECT_FALSE(Reads(With(kArgon2id, "v=19", "v=16")));
  EXPECT_FALSE(Reads(With(kArgon2id, "v=19", "v=20")));
  EXPECT_FALSE(Reads(With(kArgon2id, "$v=19", "")));
}

TEST(PhcStringTest, Base64IsCanonicalAndOfTheStandardAlphabet) {
  EXPECT_TRUE(Reads("$argon2id$v=19$m=64,t=1,p=1$++//++//++//$AAAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_FALSE(Reads("$argon2id$v=19$m=64,t=1,p=1$--__--__--__$AAAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_FALSE(Reads("$argon2id$v=19$m=64,t=1,p=1$++//++//++//$AAAAAAAAAAAAAAAAAAAAAA=="));
  EXPECT_FALSE(Reads("$argon2id$v=19$m=64,t=1,p=1$++//++//++//$AAAAAAAAAAAAAAAAAAAAAB"));
  EXPECT_FALSE(Reads("$argon2id$v=19$m=64,t=1,p=1$++//++//++//$AAAAAAAAAAAAAAAAAAAAA A"));
}

TEST(PhcStringTest, NothingMayPrecedeFollowOrBeMissing) {
  const std::string text = kArgon2id;
  for (size_t size = 0; size < text.size(); ++size) {
    const auto parsed = ParseStoredHash(text.substr(0, size));
    // A shorter digest is another valid hash; nothing else is.
    EXPECT_TRUE(!parsed || std::get<Argon2idHash>(*parsed).hash.size() < 32) << size;
  }
  EXPECT_FALSE(Reads(absl::StrCat(" ", text)));
  EXPECT_FALSE(Reads(absl::StrCat(text, " ")));
  EXPECT_FALSE(Reads(absl::StrCat(text, "\n")));
  EXPECT_FALSE(Reads(absl::StrCat(text, "$")));
  EXPECT_FALSE(Reads(absl::StrCat(text, absl::string_view("\0", 1))));
  EXPECT_FALSE(Reads(absl::StrCat(text, std::string(100'000, 'A'))));
}

TEST(PhcStringTest, ReadsTheThreeBcryptPrefixes) {
  for (const char* prefix : {"$2a$", "$2b$", "$2y$"}) {
    const std::string text = With(kBcryptHash, "$2a$", prefix);
    const auto parsed = ParseStoredHash(text);
    ASSERT_TRUE(parsed) << prefix;
    EXPECT_EQ(std::get<BcryptHash>(*parsed).text, text);
    EXPECT_EQ(std::get<BcryptHash>(*parsed).cost, 5);
  }
  for (const char* prefix : {"$2$", "$2x$", "$2c$", "$2A$", "$1$", "$5$", "$6$", "$y$", "2a$"}) {
    EXPECT_FALSE(Reads(With(kBcryptHash, "$2a$", prefix))) << prefix;
  }
}

TEST(PhcStringTest, BcryptCostIsBounded) {
  for (const char* cost : {"04", "09", "10", "14"}) {
    EXPECT_TRUE(Reads(With(kBcryptHash, "$05$", absl::StrCat("$", cost, "$")))) << cost;
  }
  for (const char* cost : {"00", "03", "15", "31", "99", "5", "005", "-5", "+5", " 5", "0x"}) {
    EXPECT_FALSE(Reads(With(kBcryptHash, "$05$", absl::StrCat("$", cost, "$")))) << cost;
  }
}

TEST(PhcStringTest, BcryptHasExactlySixtyCharactersOfItsAlphabet) {
  const std::string text = kBcryptHash;
  EXPECT_FALSE(Reads(text.substr(0, 59)));
  EXPECT_FALSE(Reads(absl::StrCat(text, ".")));
  for (const char bad : {'$', '+', '=', '-', '_', ' ', ':', '\n', '\0', '\xff'}) {
    for (size_t at = 7; at < text.size(); at += 13) {
      std::string changed = text;
      changed[at] = bad;
      EXPECT_FALSE(Reads(changed)) << static_cast<int>(bad) << " at " << at;
    }
  }
}

TEST(PhcStringTest, WhatIsNoHashIsRefused) {
  for (const char* text : {"", "$", "$$", "$2", "$2a$", "password", "*", "!", "x", "$argon2id$",
                           "$argon2id$v=19$m=", "$pbkdf2-sha256$i=1$AAAAAAAAAAA$AAAA"}) {
    EXPECT_FALSE(Reads(text)) << text;
  }
}

}  // namespace
}  // namespace signet::passwords
