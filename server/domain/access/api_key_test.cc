#include "server/domain/access/api_key.h"

#include <string>

#include <gtest/gtest.h>

#include "client/base/random.h"

namespace signet::domain {
namespace {

ApiKey SomeKey() {
  ApiKey key;
  key.key_id = ApiKeyId::New(absl::FromUnixSeconds(1'800'000'000));
  key.secret = base::Secret(base::RandomBytes(32));
  return key;
}

//
TEST(ApiKey, ComesBackFromItsText) {
  const ApiKey key = SomeKey();
  const base::Secret text = key.Encode();
  EXPECT_EQ(text.size(), 85u);
  EXPECT_EQ(text.reveal().substr(0, 36), ApiKeyPrefix(key.key_id));
  const auto parsed = ApiKey::Parse(text.reveal());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->key_id, key.key_id);
  EXPECT_EQ(parsed->secret.reveal(), key.secret.reveal());
  EXPECT_EQ(parsed->SecretHash(), key.SecretHash());
  EXPECT_EQ(key.SecretHash().size(), 32u);
}

// a typo is refused without a query.
TEST(ApiKey, EveryChangedCharacterIsATypo) {
  const std::string text(SomeKey().Encode().reveal());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(ApiKey::Parse(changed).has_value()) << i;
  }
}

TEST(ApiKey, NothingElseIsOne) {
  const std::string text(SomeKey().Encode().reveal());
  for (const std::string& other :
       {std::string(), std::string("sgk_"), text.substr(0, 36), text.substr(0, 84), text + "A",
        " " + text, text + "\n", "sgr_" + text.substr(4), std::string(10000, 'a')}) {
    EXPECT_FALSE(ApiKey::Parse(other).has_value()) << other.substr(0, 100);
  }
}

}  // namespace
}  // namespace signet::domain
