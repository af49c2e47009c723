#include "server/domain/mail/email_token.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"

namespace signet::domain {
namespace {

const base::UserId kUser = base::UserId::New(absl::FromUnixSeconds(1'795'000'000));

TEST(EmailToken, ComesBackAsItWasEncoded) {
  const EmailToken token = EmailToken::New(kUser, EmailTokenPurpose::kPasswordReset);
  const base::Secret text = token.Encode();
  EXPECT_EQ(text.reveal().substr(0, 4), "sge_");
  const auto parsed = EmailToken::Parse(text.reveal());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->user_id, kUser);
  EXPECT_EQ(parsed->purpose, EmailTokenPurpose::kPasswordReset);
  EXPECT_EQ(parsed->SecretHash(), token.SecretHash());
}

TEST(EmailToken, EveryOneHasASecretOfItsOwn) {
  EXPECT_NE(EmailToken::New(kUser, EmailTokenPurpose::kVerifyEmail).SecretHash(),
            EmailToken::New(kUser, EmailTokenPurpose::kVerifyEmail).SecretHash());
}

// The checksum covers the purpose too: a typo is never another token.
TEST(EmailToken, AnyChangedCharacterIsNoToken) {
  const base::Secret text = EmailToken::New(kUser, EmailTokenPurpose::kVerifyEmail).Encode();
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed(text.reveal());
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(EmailToken::Parse(changed)) << i;
  }
  for (const char* other : {"", "sge_", "sgr_AQ", "https://id.example.com/verify-email#sge_x"}) {
    EXPECT_FALSE(EmailToken::Parse(other));
  }
}

}  // namespace
}  // namespace signet::domain
