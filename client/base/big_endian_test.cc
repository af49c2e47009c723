#include "client/base/big_endian.h"

#include <limits>

#include <gtest/gtest.h>

namespace signet::base {
namespace {

std::string Bytes(uint64_t value, size_t bytes) {
  std::string out = "x";
  AppendBigEndian(value, bytes, out);
  return out.substr(1);
}

TEST(BigEndianTest, PutsTheMostSignificantByteFirst) {
  EXPECT_EQ(Bytes(0x0102030405060708, 8), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(Bytes(0x01020304, 2), "\x03\x04");
  EXPECT_EQ(Bytes(1, 0), "");
}

TEST(BigEndianTest, ReadsBackWhatItWrote) {
  for (const int64_t value : {int64_t{0}, int64_t{255}, int64_t{-1}, int64_t{1} << 40,
                              std::numeric_limits<int64_t>::min()}) {
    EXPECT_EQ(static_cast<int64_t>(ReadBigEndian(Bytes(static_cast<uint64_t>(value), 8))), value);
  }
  EXPECT_EQ(ReadBigEndian("\xff\xfe"), 0xfffeu);
  EXPECT_EQ(ReadBigEndian(""), 0u);
}

}  // namespace
}  // namespace signet::base
