#include "server/domain/sessions/refresh_token.h"

#include <gtest/gtest.h>

#include "client/base/base64url.h"
#include "client/base/random.h"

namespace signet::domain {
namespace {

const absl::Time kIssuedAt = absl::FromUnixSeconds(1'800'000'000);

RefreshToken Sample() {
  RefreshToken token;
  token.user_id = base::UserId::New(kIssuedAt);
  token.session_id = base::SessionId::New(kIssuedAt);
  token.generation = 7;
  token.secret = base::Secret(base::RandomBytes(32));
  return token;
}

TEST(RefreshTokenTest, ParsesWhatItEncodes) {
  const RefreshToken token = Sample();
  const base::Secret text = token.Encode();
  EXPECT_EQ(text.reveal().substr(0, 4), "sgr_");
  EXPECT_EQ(text.size(), 4u + 98u);
  const auto parsed = RefreshToken::Parse(text.reveal());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->user_id, token.user_id);
  EXPECT_EQ(parsed->session_id, token.session_id);
  EXPECT_EQ(parsed->generation, 7);
  EXPECT_EQ(parsed->secret.reveal(), token.secret.reveal());
}

// 256 random or derived bits, and only their hash leaves for the store.
TEST(RefreshTokenTest, TheStoreSeesAHashAndNeverTheSecret) {
  const RefreshToken token = Sample();
  EXPECT_EQ(token.secret.size(), 32u);
  EXPECT_EQ(token.ToPresented().secret_hash.size(), 32u);
  EXPECT_NE(token.ToPresented().secret_hash, token.secret.reveal());
  EXPECT_EQ(token.ToPresented().secret_hash, token.SecretHash());
}

TEST(RefreshTokenTest, EveryChangedCharacterIsRefused) {
  const std::string text(Sample().Encode().reveal());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(RefreshToken::Parse(changed)) << i;
  }
}

TEST(RefreshTokenTest, RefusesOtherLengthsFormsAndVersions) {
  const std::string text(Sample().Encode().reveal());
  EXPECT_FALSE(RefreshToken::Parse(""));
  EXPECT_FALSE(RefreshToken::Parse("sgr_"));
  EXPECT_FALSE(RefreshToken::Parse(text.substr(4)));
  EXPECT_FALSE(RefreshToken::Parse(text + "A"));
  EXPECT_FALSE(RefreshToken::Parse(text + "="));
  EXPECT_FALSE(RefreshToken::Parse(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(RefreshToken::Parse("sgk_" + text.substr(4)));
}

TEST(RefreshTokenTest, RefusesAGenerationThatCannotBe) {
  RefreshToken token = Sample();
  token.generation = -1;
  EXPECT_FALSE(RefreshToken::Parse(token.Encode().reveal()));
  token.generation = std::numeric_limits<int32_t>::max();
  EXPECT_FALSE(RefreshToken::Parse(token.Encode().reveal()));
  token.generation = std::numeric_limits<int32_t>::max() - 1;
  EXPECT_TRUE(RefreshToken::Parse(token.Encode().reveal()));
}

}  // namespace
}  // namespace signet::domain
