#include "server/signing/key_encryption_key.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace signet::signing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string& Bytes() {
  static const std::string bytes =
      absl::HexStringToBytes("fbff00112233445566778899aabbccddeeff102030405060708090a0b0c0d0e0");
  return bytes;
}

class KeyFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "signet-kek-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = directory_ + "/kek";
  }
  void TearDown() override {
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }
  void Write(absl::string_view content, mode_t mode = 0600) {
    std::ofstream(path_, std::ios::binary) << content;
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
  }

  std::string directory_;
  std::string path_;
};

std::string IdOf(absl::string_view text) {
  const auto key = KeyEncryptionKey::FromText(base::Secret(text));
  return key.ok() ? key->id() : std::string(key.status().message());
}

TEST(KeyEncryptionKeyTest, EverySpellingOfTheSameBytesIsTheSameKey) {
  const std::string id = IdOf(absl::BytesToHexString(Bytes()));
  EXPECT_EQ(id.size(), 16u);
  EXPECT_EQ(IdOf(absl::Base64Escape(Bytes())), id);
  EXPECT_EQ(IdOf(absl::WebSafeBase64Escape(Bytes())), id);
  EXPECT_EQ(IdOf(absl::StrCat("  ", absl::AsciiStrToUpper(absl::BytesToHexString(Bytes())), "\n")),
            id);
}

TEST(KeyEncryptionKeyTest, TextOfAnyOtherLengthOrAlphabetIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("short"), Bytes(), absl::BytesToHexString(Bytes()) + "00",
        absl::BytesToHexString(Bytes()).substr(2), std::string(64, 'g'), std::string(43, '!'),
        absl::Base64Escape(Bytes() + "x")}) {
    EXPECT_EQ(KeyEncryptionKey::FromText(base::Secret(text)).status().code(),
              absl::StatusCode::kInvalidArgument)
        << absl::CHexEscape(text);
  }
}

TEST(KeyEncryptionKeyTest, AKeyOfZerosIsAPlaceholder) {
  EXPECT_THAT(IdOf(std::string(64, '0')), HasSubstr("all zeros"));
}

TEST(KeyEncryptionKeyTest, AMessageNeverHoldsTheText) {
  EXPECT_THAT(IdOf("hunter2-hunter2"), Not(HasSubstr("hunter2")));
}

//
TEST(KeyEncryptionKeyTest, OpensWhatItSealedAndOnlyInItsContext) {
  const auto key = KeyEncryptionKey::FromText(base::Secret(absl::BytesToHexString(Bytes())));
  ASSERT_TRUE(key.ok());
  const auto sealed = key->Seal(base::Secret("private"), "row a");
  ASSERT_TRUE(sealed.ok());
  EXPECT_THAT(*sealed, Not(HasSubstr("private")));
  EXPECT_EQ(key->Open(*sealed, "row a")->reveal(), "private");
  EXPECT_EQ(key->Open(*sealed, "row b").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(KeyFileTest, RawBytesAndTextAreRead) {
  const std::string id = IdOf(absl::BytesToHexString(Bytes()));
  Write(Bytes());
  EXPECT_EQ(KeyEncryptionKey::FromFile(path_)->id(), id);
  Write(absl::BytesToHexString(Bytes()) + "\n");
  EXPECT_EQ(KeyEncryptionKey::FromFile(path_)->id(), id);
  Write(absl::Base64Escape(Bytes()), 0400);
  EXPECT_EQ(KeyEncryptionKey::FromFile(path_)->id(), id);
}

TEST_F(KeyFileTest, AFileThatOthersMayReadOrChangeIsRefused) {
  for (const mode_t mode : {0604, 0602, 0620, 0660, 0601, 0644}) {
    Write(absl::BytesToHexString(Bytes()), mode);
    const auto key = KeyEncryptionKey::FromFile(path_);
    EXPECT_EQ(key.status().code(), absl::StatusCode::kFailedPrecondition) << std::oct << mode;
    EXPECT_THAT(std::string(key.status().message()), HasSubstr("chmod 600"));
  }
}

// As orchestrators mount secrets: root:service 0440.
TEST_F(KeyFileTest, GroupReadingIsForRootsFilesAlone) {
  Write(absl::BytesToHexString(Bytes()), 0440);
  EXPECT_EQ(KeyEncryptionKey::FromFile(path_).ok(), geteuid() == 0);
  if (geteuid() != 0) return;
  ASSERT_EQ(chown(path_.c_str(), 12345, 12345), 0);
  EXPECT_FALSE(KeyEncryptionKey::FromFile(path_).ok());
}

TEST_F(KeyFileTest, ErrorsNameThePath) {
  const auto missing = KeyEncryptionKey::FromFile(path_);
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr(path_));
  Write("nonsense");
  const auto invalid = KeyEncryptionKey::FromFile(path_);
  EXPECT_EQ(invalid.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(invalid.status().message()), HasSubstr(path_));
  EXPECT_THAT(std::string(invalid.status().message()), Not(HasSubstr("nonsense")));
}

TEST_F(KeyFileTest, ADirectoryIsNoKey) {
  EXPECT_EQ(KeyEncryptionKey::FromFile(directory_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(KeyFileTest, ACreatedKeyIsReadBackAndNeverOverwritten) {
  ASSERT_TRUE(KeyEncryptionKey::CreateFile(path_).ok());
  const auto first = KeyEncryptionKey::FromFile(path_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(KeyEncryptionKey::CreateFile(path_).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(KeyEncryptionKey::FromFile(path_)->id(), first->id());
}

}  // namespace
}  // namespace signet::signing
