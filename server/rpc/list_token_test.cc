#include "server/rpc/list_token.h"

#include <gtest/gtest.h>

#include "client/base/error.h"

namespace signet::rpc {
namespace {

const ListTokens& Tokens() {
  static const ListTokens tokens{base::Secret("a secret of the cluster")};
  return tokens;
}

TEST(ListTokens, GoOnWhereThePageEnded) {
  EXPECT_EQ(*Tokens().Decode(Tokens().Encode("roles", "clerk"), "roles"), "clerk");
  EXPECT_EQ(*Tokens().Decode("", "roles"), "");
}

TEST(ListTokens, AreGoodForTheirOwnListAlone) {
  const std::string token = Tokens().Encode("roles", "clerk");
  std::string longer = token + "AA";
  std::string changed = token;
  changed[0] = changed[0] == 'A' ? 'B' : 'A';
  for (const std::string& bad : {longer, changed, std::string("x"), std::string(2000, 'A')}) {
    EXPECT_EQ(base::ErrorReason(Tokens().Decode(bad, "roles").status()), "FIELD_INVALID") << bad;
  }
  EXPECT_FALSE(Tokens().Decode(token, "rolesclerk").ok());
  EXPECT_FALSE(Tokens().Decode(token, "role").ok());
  EXPECT_FALSE(ListTokens(base::Secret("another")).Decode(token, "roles").ok());
}

}  // namespace
}  // namespace signet::rpc
