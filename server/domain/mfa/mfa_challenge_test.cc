#include "server/domain/mfa/mfa_challenge.h"

#include <gtest/gtest.h>

#include "client/base/base64url.h"

namespace signet::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

MfaChallenges Challenges(char key = 'k') {
  return MfaChallenges(base::Secret(std::string(32, key)), absl::Minutes(5));
}

MfaChallenge Some() {
  MfaChallenge challenge;
  challenge.user_id = base::UserId::New(kNow);
  challenge.session_id = base::SessionId::New(kNow);
  challenge.password_version = 7;
  challenge.client_id = "web";
  challenge.audience = "shop";
  challenge.scopes = {"orders", "email"};
  challenge.device_name = "Ada's laptop";
  return challenge;
}

// what the password step decided comes back whole.
TEST(MfaChallengeTest, SaysAllThatThePasswordStepDecided) {
  const MfaChallenge asked = Some();
  const base::Secret text = Challenges().Issue(asked, kNow);
  EXPECT_EQ(text.reveal().substr(0, 4), "sgm_");
  const auto opened = Challenges().Open(text.reveal(), kNow + absl::Minutes(4));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->user_id, asked.user_id);
  EXPECT_EQ(opened->session_id, asked.session_id);
  EXPECT_EQ(opened->password_version, 7);
  EXPECT_EQ(opened->expires_at, kNow + absl::Minutes(5));
  EXPECT_EQ(opened->client_id, "web");
  EXPECT_EQ(opened->audience, "shop");
  EXPECT_EQ(opened->scopes, asked.scopes);
  EXPECT_EQ(opened->device_name, "Ada's laptop");
}

TEST(MfaChallengeTest, ExpiresAndIsNobodyElses) {
  const std::string text(Challenges().Issue(Some(), kNow).reveal());
  EXPECT_TRUE(Challenges().Open(text, kNow + absl::Minutes(5) - absl::Seconds(1)));
  EXPECT_FALSE(Challenges().Open(text, kNow + absl::Minutes(5)));
  EXPECT_FALSE(Challenges('l').Open(text, kNow));
}

// Whoever could change one byte could name another user, a later expiry or more scopes.
TEST(MfaChallengeTest, AnyChangeMakesItWorthless) {
  const std::string text(Challenges().Issue(Some(), kNow).reveal());
  const std::string bytes = *base::Base64UrlDecode(absl::string_view(text).substr(4));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(Challenges().Open("sgm_" + base::Base64UrlEncode(changed), kNow)) << i;
    EXPECT_FALSE(Challenges().Open("sgm_" + base::Base64UrlEncode(bytes.substr(0, i)), kNow)) << i;
  }
  EXPECT_FALSE(Challenges().Open("sgr_" + text.substr(4), kNow));
  EXPECT_FALSE(Challenges().Open(text + "A", kNow));
  EXPECT_FALSE(Challenges().Open("", kNow));
}

}  // namespace
}  // namespace signet::domain
