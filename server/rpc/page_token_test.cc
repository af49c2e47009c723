#include "server/rpc/page_token.h"

#include <gtest/gtest.h>

#include "client/base/base64url.h"
#include "client/base/error.h"

namespace signet::rpc {
namespace {

const base::UserId kUser = *base::UserId::FromString("0191e4a0-0000-7000-8000-000000000001");
const base::UserId kOther = *base::UserId::FromString("0191e4a0-0000-7000-8000-000000000002");
const base::SessionId kLast = *base::SessionId::FromString("0191e4a0-0000-7000-8000-000000000003");

PageTokens Tokens(char key) { return PageTokens(base::Secret(std::string(32, key))); }

TEST(PageTokens, ContinuesWhereThePageBeforeEnded) {
  const std::string token = Tokens('k').Encode(kUser, kLast);
  EXPECT_EQ(*Tokens('k').Decode(token, kUser), kLast);
}

TEST(PageTokens, IsRefusedOnAnotherUsersListAndUnderAnotherKey) {
  const std::string token = Tokens('k').Encode(kUser, kLast);
  EXPECT_FALSE(Tokens('k').Decode(token, kOther).ok());
  EXPECT_FALSE(Tokens('x').Decode(token, kUser).ok());
}

TEST(PageTokens, IsRefusedWhereAnyBitDiffers) {
  const PageTokens tokens = Tokens('k');
  const std::string bytes = *base::Base64UrlDecode(tokens.Encode(kUser, kLast));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(tokens.Decode(base::Base64UrlEncode(changed), kUser).ok()) << i;
  }
}

TEST(PageTokens, NamesItsFieldForEveryOtherText) {
  for (const char* text : {"", "x", "AAAA", "not base64!"}) {
    const auto refused = Tokens('k').Decode(text, kUser);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(base::FieldViolations(refused.status()).at(0).field, "page_token");
  }
}

}  // namespace
}  // namespace signet::rpc
