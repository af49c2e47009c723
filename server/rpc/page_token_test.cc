#include "server/rpc/page_token.h"

#include <gtest/gtest.h>

#include "client/base/base64url.h"
#include "client/base/error.h"

namespace signet::rpc {
namespace {

PageTokens Tokens(char key) { return PageTokens(base::Secret(std::string(32, key))); }

TEST(PageTokens, ContinuesWhereThePageBeforeEnded) {
  EXPECT_EQ(*Tokens('k').Decode(Tokens('k').Encode("roles", "clerk"), "roles"), "clerk");
  EXPECT_EQ(*Tokens('k').Decode("", "roles"), "") << "the first page";
}

TEST(PageTokens, IsRefusedOnAnotherUsersListAndUnderAnotherKey) {
  const std::string token = Tokens('k').Encode("sessions of ada", "last");
  for (const char* other : {"sessions of bob", "sessions of ad", "sessions of adalast", ""}) {
    EXPECT_FALSE(Tokens('k').Decode(token, other).ok()) << other;
  }
  EXPECT_FALSE(Tokens('x').Decode(token, "sessions of ada").ok());
}

TEST(PageTokens, IsRefusedWhereAnyBitDiffers) {
  const PageTokens tokens = Tokens('k');
  const std::string bytes = *base::Base64UrlDecode(tokens.Encode("roles", "clerk"));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(tokens.Decode(base::Base64UrlEncode(changed), "roles").ok()) << i;
  }
}

TEST(PageTokens, NamesItsFieldForEveryOtherText) {
  const std::string longer = Tokens('k').Encode("roles", "clerk") + "AA";
  for (const std::string& text : {std::string("x"), std::string("AAAA"), std::string("not base64!"),
                                  longer, std::string(2000, 'A')}) {
    const auto refused = Tokens('k').Decode(text, "roles");
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(base::FieldViolations(refused.status()).at(0).field, "page_token");
  }
}

}  // namespace
}  // namespace signet::rpc
