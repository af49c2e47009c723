#include "client/base/base64url.h"

#include <gtest/gtest.h>

#include "client/base/random.h"

namespace signet::base {
namespace {

TEST(Base64UrlTest, EncodesTheVectorsOfRfc4648WithoutPadding) {
  EXPECT_EQ(Base64UrlEncode(""), "");
  EXPECT_EQ(Base64UrlEncode("f"), "Zg");
  EXPECT_EQ(Base64UrlEncode("fo"), "Zm8");
  EXPECT_EQ(Base64UrlEncode("foo"), "Zm9v");
  EXPECT_EQ(Base64UrlEncode("foob"), "Zm9vYg");
  EXPECT_EQ(Base64UrlEncode("fooba"), "Zm9vYmE");
  EXPECT_EQ(Base64UrlEncode("foobar"), "Zm9vYmFy");
}

TEST(Base64UrlTest, UsesTheUrlAlphabet) {
  EXPECT_EQ(Base64UrlEncode("\xfb\xff\xbf"), "-_-_");
  EXPECT_EQ(Base64UrlDecode("-_-_"), "\xfb\xff\xbf");
  EXPECT_EQ(Base64UrlDecode("+/+/"), std::nullopt);
}

TEST(Base64UrlTest, AppendKeepsWhatIsThere) {
  std::string text = "head.";
  Base64UrlAppend("foo", text);
  EXPECT_EQ(text, "head.Zm9v");
}

TEST(Base64UrlTest, RoundTripsEveryLengthAndEveryByte) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(bytes)), bytes);
    bytes.push_back(static_cast<char>(i));
  }
  for (int i = 0; i < 50; ++i) {
    const std::string random = RandomBytes(static_cast<size_t>(i));
    EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(random)), random);
  }
}

TEST(Base64UrlTest, RefusesPaddingBlanksAndLineEnds) {
  for (const char* text :
       {"Zg==", "Zm8=", "Zm9v=", "Zm 9v", " Zm9v", "Zm9v ", "Zm9v\n", "\tZm9v"}) {
    EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << text;
  }
}

TEST(Base64UrlTest, RefusesAnImpossibleLength) {
  EXPECT_EQ(Base64UrlDecode("Z"), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("Zm9vY"), std::nullopt);
}

TEST(Base64UrlTest, RefusesUnusedBitsSoThatEachValueHasOneSpelling) {
  EXPECT_EQ(Base64UrlDecode("Zg"), "f");
  EXPECT_EQ(Base64UrlDecode("Zm8"), "fo");
  // Every other last character whose unused bits are not zero.
  int spellings_of_one = 0;
  int spellings_of_two = 0;
  for (int c = 0; c < 256; ++c) {
    const char last = static_cast<char>(c);
    spellings_of_one += Base64UrlDecode(std::string("Z") + last).has_value() ? 1 : 0;
    spellings_of_two += Base64UrlDecode(std::string("Zm") + last).has_value() ? 1 : 0;
  }
  EXPECT_EQ(spellings_of_one, 4);
  EXPECT_EQ(spellings_of_two, 16);
}

TEST(Base64UrlTest, RefusesEveryByteOutsideTheAlphabetAtEveryPosition) {
  for (int c = 0; c < 256; ++c) {
    const char bad = static_cast<char>(c);
    if (absl::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
            .find(bad) != absl::string_view::npos) {
      continue;
    }
    for (size_t at = 0; at < 7; ++at) {
      std::string text = "AAAAAAA";
      text[at] = bad;
      EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << c << " at " << at;
    }
  }
}

TEST(Base64UrlTest, DecodesIntoABufferThatIsReused) {
  std::string out(100, 'x');
  const char* const before = out.data();
  EXPECT_TRUE(Base64UrlDecode("Zm9vYmFy", out));
  EXPECT_EQ(out, "foobar");
  EXPECT_EQ(out.data(), before);
  EXPECT_FALSE(Base64UrlDecode("Zm9vYmF=", out));
}

}  // namespace
}  // namespace signet::base
