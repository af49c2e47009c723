#include "server/domain/sessions/session_token.h"

#include <set>

#include <gtest/gtest.h>

#include "client/base/random.h"
#include "server/domain/sessions/refresh_token.h"

namespace signet::domain {
namespace {

const absl::Time kSessionStart = absl::FromUnixSeconds(1'800'000'000);

SessionToken SampleToken() {
  return {base::UserId::New(kSessionStart), base::SessionId::New(kSessionStart),
          base::Secret(base::RandomBytes(32))};
}

TEST(SessionToken, ComesBackAsItWasWritten) {
  const SessionToken token = SampleToken();
  const base::Secret text = token.Encode();
  EXPECT_EQ(text.reveal().substr(0, 4), "sgs_");
  ASSERT_TRUE(SessionToken::Is(text.reveal()));
  const auto parsed = SessionToken::Parse(text.reveal());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->user_id, token.user_id);
  EXPECT_EQ(parsed->session_id, token.session_id);
  EXPECT_EQ(parsed->secret.reveal(), token.secret.reveal());
}

// A typo costs no query.
TEST(SessionToken, WithAnyCharacterChangedIsNone) {
  const std::string text(SampleToken().Encode().reveal());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(SessionToken::Parse(changed).has_value()) << i;
  }
  EXPECT_FALSE(SessionToken::Parse(text + "A").has_value());
  EXPECT_FALSE(SessionToken::Parse(text.substr(0, text.size() - 1)).has_value());
  EXPECT_FALSE(SessionToken::Parse("").has_value());
}

// Whoever holds one cannot write the refresh token of the same lineage: the row's hash is not the
// hash of any secret that he knows.
TEST(SessionToken, IsNoRefreshTokenWithTheSameSecret) {
  const SessionToken token = SampleToken();
  RefreshToken forged;
  forged.user_id = token.user_id;
  forged.session_id = token.session_id;
  forged.secret = token.secret.Clone();
  EXPECT_NE(forged.SecretHash(), token.SecretHash());
  EXPECT_FALSE(RefreshToken::Parse(token.Encode().reveal()).has_value());
  EXPECT_FALSE(SessionToken::Parse(forged.Encode().reveal()).has_value());
}

}  // namespace
}  // namespace signet::domain
