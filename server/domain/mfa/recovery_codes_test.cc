#include "server/domain/mfa/recovery_codes.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"

namespace signet::domain {
namespace {

const absl::Time kUsedAt = absl::FromUnixSeconds(1'800'000'000);

//
TEST(RecoveryCodesTest, ThereAreTenReadableOnesOfSixtyBits) {
  std::set<std::string> distinct;
  for (const base::Secret& code : MakeRecoveryCodes()) {
    EXPECT_THAT(std::string(code.reveal()),
                testing::MatchesRegex("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-"
                                      "[0-9A-HJKMNP-TV-Z]{4}"));
    distinct.insert(std::string(code.reveal()));
  }
  EXPECT_EQ(distinct.size(), 10u);
}

TEST(RecoveryCodesTest, TypingIsForgivenWhatPeopleMixUp) {
  EXPECT_EQ(NormaliseRecoveryCode("o1ab-CDEF-ghjl")->reveal(), "01ABCDEFGHJ1");
  EXPECT_EQ(NormaliseRecoveryCode(" 01AB CDEFGHJI ")->reveal(), "01ABCDEFGHJ1");
  for (const char* wrong : {"", "01AB-CDEF-GHJ", "01AB-CDEF-GHJKM", "01AB-CDEF-GHJU", "123456"}) {
    EXPECT_FALSE(NormaliseRecoveryCode(wrong)) << wrong;
  }
}

TEST(RecoveryCodesTest, TheHashIsOfThePersonTheCodeAndTheKey) {
  const RecoveryCodeHasher hasher(base::Secret(std::string(32, 'k')));
  const RecoveryCodeHasher other(base::Secret(std::string(32, 'l')));
  const auto ada = base::UserId::New(kUsedAt);
  const base::Secret code("01ABCDEFGHJ1");
  const std::set<std::string> hashes = {
      hasher.Hash(ada, code), hasher.Hash(base::UserId::New(kUsedAt), code), other.Hash(ada, code),
      hasher.Hash(ada, base::Secret("01ABCDEFGHJ2"))};
  EXPECT_EQ(hashes.size(), 4u);
  EXPECT_EQ(hasher.Hash(ada, code).size(), 32u);
  std::vector<base::Secret> set;
  set.emplace_back("01ab-cdef-ghj1");
  EXPECT_EQ(hasher.HashAll(ada, set), std::vector<std::string>{hasher.Hash(ada, code)});
}

}  // namespace
}  // namespace signet::domain
