#include "server/domain/mfa/totp.h"

#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace signet::domain {
namespace {

const base::Secret& RfcSecret() {
  static const base::Secret secret("12345678901234567890");
  return secret;
}

// RFC 4226 appendix D.
TEST(TotpTest, CodesAreThoseOfRfc4226) {
  const std::vector<std::string> codes = {"755224", "287082", "359152", "969429", "338314",
                                          "254676", "287922", "162583", "399871", "520489"};
  for (size_t counter = 0; counter < codes.size(); ++counter) {
    EXPECT_EQ(HotpCode(RfcSecret(), static_cast<int64_t>(counter), 6), codes[counter]);
  }
}

// RFC 6238 appendix B, the SHA-1 rows.
TEST(TotpTest, CodesAreThoseOfRfc6238) {
  const std::vector<std::pair<int64_t, std::string>> vectors = {
      {59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
      {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [seconds, code] : vectors) {
    const int64_t step = TotpStepAt(absl::FromUnixSeconds(seconds));
    EXPECT_EQ(HotpCode(RfcSecret(), step, 8), code) << seconds;
  }
}

TEST(TotpTest, OneStepBeforeAndAfterIsForgivenAndNoMore) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'015);
  const int64_t current = TotpStepAt(now);
  constexpr int64_t kNever = std::numeric_limits<int64_t>::min();
  for (int64_t off = -3; off <= 3; ++off) {
    const std::string code = HotpCode(RfcSecret(), current + off, 6);
    const auto matched = MatchTotp(RfcSecret(), code, now, kNever);
    EXPECT_EQ(matched.has_value(), off >= -1 && off <= 1) << off;
    if (matched) {
      EXPECT_EQ(*matched, current + off);
    }
  }
  EXPECT_FALSE(MatchTotp(RfcSecret(), "", now, kNever));
  EXPECT_FALSE(MatchTotp(RfcSecret(), HotpCode(RfcSecret(), current, 8), now, kNever));
}

// RFC 6238 section 5.2: a code counts once, and an older one never after it.
TEST(TotpTest, AStepThatCountedAndThoseBeforeItCountNoMore) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'015);
  const int64_t current = TotpStepAt(now);
  EXPECT_FALSE(MatchTotp(RfcSecret(), HotpCode(RfcSecret(), current, 6), now, current));
  EXPECT_FALSE(MatchTotp(RfcSecret(), HotpCode(RfcSecret(), current - 1, 6), now, current));
  EXPECT_EQ(MatchTotp(RfcSecret(), HotpCode(RfcSecret(), current + 1, 6), now, current),
            current + 1);
}

// RFC 4648 section 10, without the padding.
TEST(TotpTest, Base32IsThatOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "MY"},
                                                                    {"fo", "MZXQ"},
                                                                    {"foo", "MZXW6"},
                                                                    {"foob", "MZXW6YQ"},
                                                                    {"fooba", "MZXW6YTB"},
                                                                    {"foobar", "MZXW6YTBOI"}};
  for (const auto& [bytes, text] : vectors) EXPECT_EQ(Base32(bytes), text);
}

TEST(TotpTest, TheUriSaysWhoseCodesTheseAreAndHowTheyAreMade) {
  EXPECT_EQ(ProvisioningUri("Signet: Test", "ada@example.com", base::Secret("foobar")).reveal(),
            "otpauth://totp/Signet%3A%20Test:ada%40example.com?secret=MZXW6YTBOI"
            "&issuer=Signet%3A%20Test&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace signet::domain
