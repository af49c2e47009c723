#include "server/passwords/breached_passwords.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace signet::passwords {
namespace {

std::string Sha1(absl::string_view text) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  return absl::AsciiStrToUpper(absl::BytesToHexString(digest));
}

class BreachedPasswordsTest : public testing::Test {
 protected:
  BreachedPasswordsTest()
      : path_(absl::StrCat(testing::TempDir(), "/breached-", getpid(), "-",
                           testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  ~BreachedPasswordsTest() override { std::filesystem::remove(path_); }

  absl::StatusOr<std::unique_ptr<BreachedPasswords>> Open(absl::string_view content) {
    std::ofstream(path_, std::ios::binary) << content;
    return BreachedPasswords::Open(path_);
  }
  absl::StatusCode CodeOf(absl::string_view content) { return Open(content).status().code(); }

  const std::string path_;
};

bool Contains(const BreachedPasswords& list, absl::string_view password) {
  return list.Contains(base::Secret(password)).value();
}

// `count` lines of "password-<i>", with line lengths that vary.
std::string ListOf(int count, absl::string_view line_end) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    lines.push_back(Sha1(absl::StrCat("password-", i)));
    if (i % 3 != 0) absl::StrAppend(&lines.back(), ":", i % 3 == 1 ? "7" : "12345678901");
  }
  std::sort(lines.begin(), lines.end());
  std::string content;
  for (const auto& line : lines) absl::StrAppend(&content, line, line_end);
  return content;
}

TEST_F(BreachedPasswordsTest, FindsEachLineAndNothingElse) {
  for (const int count : {1, 2, 3, 10, 1000}) {
    for (const char* line_end : {"\n", "\r\n"}) {
      const auto list = Open(ListOf(count, line_end));
      ASSERT_TRUE(list.ok()) << list.status();
      for (int i = 0; i < count; ++i) {
        EXPECT_TRUE(Contains(**list, absl::StrCat("password-", i))) << i << " of " << count;
      }
      for (int i = count; i < count + 200; ++i) {
        EXPECT_FALSE(Contains(**list, absl::StrCat("password-", i))) << i << " of " << count;
      }
    }
  }
}

TEST_F(BreachedPasswordsTest, TheLastLineMayLackItsEnd) {
  const auto list = Open(absl::StrCat(std::string(40, '0'), ":1\n", Sha1("last one")));
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_TRUE(Contains(**list, "last one"));
  EXPECT_FALSE(Contains(**list, "another"));
}

TEST_F(BreachedPasswordsTest, AFileThatIsNotSuchAListIsRefused) {
  constexpr auto kRefused = absl::StatusCode::kInvalidArgument;
  const std::string hash = Sha1("x");
  EXPECT_EQ(CodeOf(""), kRefused);
  EXPECT_EQ(CodeOf("\n"), kRefused);
  EXPECT_EQ(CodeOf("password\nletmein\n"), kRefused);
  EXPECT_EQ(CodeOf(hash.substr(1)), kRefused);
  EXPECT_EQ(CodeOf(absl::StrCat(hash, "0\n")), kRefused);
  EXPECT_EQ(CodeOf(absl::AsciiStrToLower(hash)), kRefused);
  EXPECT_EQ(CodeOf(absl::StrCat(hash, "\n\n")), kRefused);
  EXPECT_EQ(CodeOf(absl::StrCat(hash, ":", std::string(500, '1'), "\n")), kRefused);
  EXPECT_EQ(CodeOf(std::string(1'000'000, 'A')), kRefused);
  EXPECT_EQ(CodeOf(std::string(1'000'000, '\n')), kRefused);
}

TEST_F(BreachedPasswordsTest, AFileThatIsNotSortedIsRefused) {
  const std::string low(40, '1'), high(40, '2');
  EXPECT_TRUE(Open(absl::StrCat(low, "\n", high, "\n")).ok());
  EXPECT_EQ(CodeOf(absl::StrCat(high, "\n", low, "\n")), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(absl::StrCat(low, "\n", low, "\n")), absl::StatusCode::kInvalidArgument);
}

TEST_F(BreachedPasswordsTest, AMissingFileOrAFolderIsRefused) {
  EXPECT_EQ(BreachedPasswords::Open(path_ + "-missing").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(BreachedPasswords::Open(testing::TempDir()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(BreachedPasswordsTest, AFileTruncatedInPlaceIsAnErrorAndNotANo) {
  const auto list = Open(ListOf(1000, "\n"));
  ASSERT_TRUE(list.ok());
  std::filesystem::resize_file(path_, 0);
  EXPECT_FALSE((*list)->Contains(base::Secret("password-1")).ok());
}

}  // namespace
}  // namespace signet::passwords
