#include "server/connect/gzip.h"

#include <string>

#include "client/base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::connect {
namespace {

using ::testing::HasSubstr;

std::string Why(const absl::StatusOr<std::string>& read) {
  return std::string(read.status().message());
}

TEST(GzipTest, WhatIsPackedComesOutAgain) {
  for (const std::string& text : {std::string(), std::string("{}"), std::string(100'000, 'x')}) {
    EXPECT_EQ(*Gunzip(Gzip(text), 100'000), text);
  }
}

// a small bomb is stopped where it grows over the limit, to the byte.
TEST(GzipTest, MoreThanTheLimitIsRefused) {
  const std::string bomb = Gzip(std::string(16 << 20, '0'));
  ASSERT_LT(bomb.size(), 100'000u);
  EXPECT_THAT(Why(Gunzip(bomb, 65'536)), HasSubstr("unpacks to more than 65536 bytes"));
  EXPECT_TRUE(Gunzip(Gzip(std::string(65'536, 'x')), 65'536).ok());
  EXPECT_FALSE(Gunzip(Gzip(std::string(65'537, 'x')), 65'536).ok());
}

TEST(GzipTest, WhatGzipDidNotPackIsRefused) {
  const std::string packed = Gzip("some text");
  std::string changed = packed;
  changed[packed.size() - 6] ^= 1;  // of its checksum
  for (const std::string& wrong :
       {std::string(), std::string("plain"), packed.substr(0, packed.size() - 1), packed + "x",
        packed + packed, changed}) {
    const auto read = Gunzip(wrong, 1000);
    EXPECT_EQ(base::ErrorReason(read.status()), "FIELD_INVALID");
    EXPECT_THAT(Why(read), HasSubstr("gzip"));
  }
}

}  // namespace
}  // namespace signet::connect
