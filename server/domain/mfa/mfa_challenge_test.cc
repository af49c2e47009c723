#include "server/domain/mfa/mfa_challenge.h"

#include <gtest/gtest.h>

#include "client/base/base64url.h"

namespace signet::domain {
namespace {

const absl::Time kMadeAt = absl::FromUnixSeconds(1'800'000'000);

MfaChallenges Challenges(char key = 'k') {
  return MfaChallenges(base::Secret(std::string(32, key)), absl::Minutes(5));
}

MfaChallenge Some() {
  MfaChallenge challenge;
  challenge.user_id = base::UserId::New(kMadeAt);
  challenge.session_id = base::SessionId::New(kMadeAt);
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
  const base::Secret text = Challenges().Issue(asked, kMadeAt);
  EXPECT_EQ(text.reveal().substr(0, 4), "sgm_");
  const auto opened = Challenges().Open(text.reveal(), kMadeAt + absl::Minutes(4));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->user_id, asked.user_id);
  EXPECT_EQ(opened->session_id, asked.session_id);
  EXPECT_EQ(opened->password_version, 7);
  EXPECT_EQ(opened->expires_at, kMadeAt + absl::Minutes(5));
  EXPECT_EQ(opened->client_id, "web");
  EXPECT_EQ(opened->audience, "shop");
  EXPECT_EQ(opened->scopes, asked.scopes);
  EXPECT_EQ(opened->device_name, "Ada's laptop");
}

TEST(MfaChallengeTest, ExpiresAndIsNobodyElses) {
  const std::string text(Challenges().Issue(Some(), kMadeAt).reveal());
  EXPECT_TRUE(Challenges().Open(text, kMadeAt + absl::Minutes(5) - absl::Seconds(1)));
  EXPECT_FALSE(Challenges().Open(text, kMadeAt + absl::Minutes(5)));
  EXPECT_FALSE(Challenges('l').Open(text, kMadeAt));
}

// Whoever could change one byte could name another user, a later expiry or more scopes.
TEST(MfaChallengeTest, AnyChangeMakesItWorthless) {
  const std::string text(Challenges().Issue(Some(), kMadeAt).reveal());
  const std::string bytes = *base::Base64UrlDecode(absl::string_view(text).substr(4));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(Challenges().Open("sgm_" + base::Base64UrlEncode(changed), kMadeAt)) << i;
    EXPECT_FALSE(Challenges().Open("sgm_" + base::Base64UrlEncode(bytes.substr(0, i)), kMadeAt))
        << i;
  }
  EXPECT_FALSE(Challenges().Open("sgr_" + text.substr(4), kMadeAt));
  EXPECT_FALSE(Challenges().Open(text + "A", kMadeAt));
  EXPECT_FALSE(Challenges().Open("", kMadeAt));
}

}  // namespace
}  // namespace signet::domain
