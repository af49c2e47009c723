#include "server/passwords/imported_spellings.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "server/passwords/imported_hash.h"

namespace signet::passwords {
namespace {

constexpr char kCanonical[] =
    "$pbkdf2-sha256$i=29000$8PHy8/T19vf4+fr7/P3+/w$y5nE41FP/R2/UmxDUlEQsFP4Nx+Xu+w8mgq1Jg6CG+g";

std::string Stored(absl::string_view text) {
  const auto stored = ImportedSpellings().ToStored("password_hash", text);
  if (stored.ok()) {
    EXPECT_TRUE(ParseStoredHash(*stored)) << *stored;
    return *stored;
  }
  EXPECT_EQ(base::ErrorReason(stored.status()), "FIELD_INVALID");
  EXPECT_EQ(base::FieldViolations(stored.status())[0].field, "password_hash");
  return "";
}

//
TEST(ImportedSpellingsTest, WhatIsStoredAsItIsPassesThrough) {
  for (const char* text :
       {kCanonical, "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$/AomWzXGuO56QhmXE3p9/0R81VDwTUaD1xQMkGw+IbQ",
        "$argon2i$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$/AomWzXGuO56QhmXE3p9/0R81VDwTUaD1xQMkGw+IbQ",
        "$argon2d$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$7WlpgAteZBAUBN8fsClBmqjAK0wlZUrln2Vai1gUJKs",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"}) {
    EXPECT_EQ(Stored(text), text);
  }
}

TEST(ImportedSpellingsTest, PasslibAndDjangoBecomeTheOneSpelling) {
  EXPECT_EQ(Stored("$pbkdf2-sha256$29000$8PHy8/T19vf4.fr7/P3./w$"
                   "y5nE41FP/R2/UmxDUlEQsFP4Nx.Xu.w8mgq1Jg6CG.g"),
            kCanonical);
  const std::string django =
      Stored("pbkdf2_sha256$36000$seasalt12345$53029GujqF8yZZIdO0ByaXubRZsSqkTWbJmJMelkn1w=");
  EXPECT_EQ(django,
            "$pbkdf2-sha256$i=36000$c2Vhc2FsdDEyMzQ1$53029GujqF8yZZIdO0ByaXubRZsSqkTWbJmJMelkn1w");
  EXPECT_TRUE(*ImportedMatches(base::Secret("correct horse"),
                               std::get<ImportedHash>(*ParseStoredHash(django))));
}

TEST(ImportedSpellingsTest, WhatIsBeyondABoundOrOfNoFormIsRefused) {
  const std::string rest = "$8PHy8/T19vf4.fr7/P3./w$y5nE41FP/R2/UmxDUlEQsFP4Nx.Xu.w8mgq1Jg6CG.g";
  for (const std::string& text :
       {std::string(), std::string("plain text"), std::string("5f4dcc3b5aa765d61d8327deb882cf99"),
        absl::StrCat("$pbkdf2-sha256$999", rest), absl::StrCat("$pbkdf2-sha256$2000001", rest),
        absl::StrCat("$pbkdf2-sha256$029000", rest), absl::StrCat("$pbkdf2-sha256$-29000", rest),
        absl::StrCat("$pbkdf2$29000", rest), absl::StrCat(kCanonical, "x="),
        std::string("pbkdf2_sha256$ 36000$seasalt12345$53029GujqF8yZZIdO0ByaXubRZsSqkTWbJmJMelk="),
        std::string("pbkdf2_sha256$36000$short$53029GujqF8yZZIdO0ByaXubRZsSqkTWbJmJMelkn1w="),
        std::string("pbkdf2_sha1$36000$seasalt12345$AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        std::string("$2y$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        std::string("$scrypt$ln=21,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046w"),
        std::string("$scrypt$ln=17,r=8,p=5$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046w"),
        std::string("$scrypt$ln=18,r=16,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046w"),
        std::string("$scrypt$ln=14,r=0,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046w")}) {
    EXPECT_EQ(Stored(text), "") << text;
  }
  EXPECT_NE(Stored("$scrypt$ln=17,r=8,p=4$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046w"), "");
}

}  // namespace
}  // namespace signet::passwords
