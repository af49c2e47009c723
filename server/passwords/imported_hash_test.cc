#include "server/passwords/imported_hash.h"

#include <string>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace signet::passwords {
namespace {

bool MatchesImported(absl::string_view password, const ImportedHash& stored) {
  const auto matches = ImportedMatches(base::Secret(password), stored);
  EXPECT_TRUE(matches.ok()) << matches.status();
  return matches.ok() && *matches;
}

bool MatchesImported(absl::string_view password, absl::string_view stored) {
  const auto parsed = ParseStoredHash(stored);
  EXPECT_TRUE(parsed) << stored;
  return parsed && MatchesImported(password, std::get<ImportedHash>(*parsed));
}

// RFC 7914 section 12, third vector.
TEST(ImportedHashTest, ScryptMatchesThePublishedVector) {
  const std::string hash = absl::HexStringToBytes(
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
      "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
  const ScryptHash stored{14, 8, 1, "SodiumChloride", hash};
  EXPECT_TRUE(MatchesImported("pleaseletmein", stored));
  EXPECT_FALSE(MatchesImported("pleaseletmeout", stored));
  EXPECT_FALSE(MatchesImported("", stored));
}

// RFC 7914 section 11, second vector, as far as one digest goes.
TEST(ImportedHashTest, Pbkdf2MatchesThePublishedVector) {
  const std::string hash =
      absl::HexStringToBytes("4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
  EXPECT_TRUE(
      MatchesImported("Password", Pbkdf2Hash{Pbkdf2Hash::Digest::kSha256, 80'000, "NaCl", hash}));
  EXPECT_FALSE(
      MatchesImported("Password", Pbkdf2Hash{Pbkdf2Hash::Digest::kSha256, 80'001, "NaCl", hash}));
  EXPECT_FALSE(
      MatchesImported("Password", Pbkdf2Hash{Pbkdf2Hash::Digest::kSha512, 80'000, "NaCl", hash}));
}

// What Python's hashlib and the argon2 library's own encoder answer.
TEST(ImportedHashTest, EveryFormMatchesItsPasswordAlone) {
  struct Sample {
    const char* password;
    const char* stored;
  };
  for (const Sample& sample :
       {Sample{"correct horse",
               "$pbkdf2-sha256$i=29000$8PHy8/T19vf4+fr7/P3+/w$"
               "y5nE41FP/R2/UmxDUlEQsFP4Nx+Xu+w8mgq1Jg6CG+g"},
        Sample{"correct horse",
               "$pbkdf2-sha512$i=29000$8PHy8/T19vf4+fr7/P3+/w$4srhfqhgHbikk8MkS9ME60pNao0zOtxVDdBQG"
               "3pTQFxBamtXKNnG3qrdLbsSrk73OWXc72VRJ4mt59S9DXcyYw"},
        Sample{"pleaseletmein",
               "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$"
               "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"},
        Sample{"password",
               "$argon2i$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$"
               "/AomWzXGuO56QhmXE3p9/0R81VDwTUaD1xQMkGw+IbQ"},
        Sample{"password",
               "$argon2d$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$"
               "7WlpgAteZBAUBN8fsClBmqjAK0wlZUrln2Vai1gUJKs"}}) {
    EXPECT_TRUE(MatchesImported(sample.password, sample.stored)) << sample.stored;
    EXPECT_FALSE(MatchesImported(std::string(sample.password) + "x", sample.stored))
        << sample.stored;
  }
}

TEST(ImportedHashTest, NothingBeyondTheBoundsIsComputed) {
  const std::string salt(16, 's');
  const std::string hash(32, 'h');
  for (const ImportedHash& beyond : {
           ImportedHash(Pbkdf2Hash{Pbkdf2Hash::Digest::kSha256, 2'000'001, salt, hash}),
           ImportedHash(ScryptHash{21, 8, 1, salt, hash}),
           ImportedHash(ScryptHash{18, 16, 1, salt, hash}),  // 512 MiB
           ImportedHash(OtherArgon2Hash{
               OtherArgon2Hash::Variant::kD, {kMaxArgon2MemoryKib + 1, 1, 1}, salt, hash}),
       }) {
    EXPECT_TRUE(absl::IsInvalidArgument(ImportedMatches(base::Secret("x"), beyond).status()));
  }
}

}  // namespace
}  // namespace signet::passwords
