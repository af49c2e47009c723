#include "server/rpc/user_page_token.h"

#include <gtest/gtest.h>

#include "client/base/error.h"

namespace signet::rpc {
namespace {

const absl::Time kNow = absl::FromUnixMicros(1'795'000'000'123'456);

class UserPageTokensTest : public testing::Test {
 protected:
  const UserPageTokens tokens_{base::Secret(std::string(32, 'k'))};
  const domain::UserPosition last_{kNow, base::UserId::New(kNow), "ada@example.com"};
};

TEST_F(UserPageTokensTest, AListContinuesWhereItEnded) {
  domain::UserFilter filter;
  auto read = tokens_.Decode(tokens_.Encode(filter, last_), filter);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->created_at, last_.created_at);
  EXPECT_EQ(read->id, last_.id);
  filter.email_prefix = "a";
  read = tokens_.Decode(tokens_.Encode(filter, last_), filter);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->canonical_email, last_.canonical_email);
}

TEST_F(UserPageTokensTest, ItContinuesNoOtherList) {
  const std::string token = tokens_.Encode({}, last_);
  for (const domain::UserFilter& other :
       {domain::UserFilter{.email_prefix = "a"},
        domain::UserFilter{.status = domain::AccountStatus::kDisabled},
        domain::UserFilter{.role = "admin"}, domain::UserFilter{.created_from = kNow},
        domain::UserFilter{.created_before = kNow}}) {
    EXPECT_EQ(base::FieldViolations(tokens_.Decode(token, other).status())[0].field, "page_token");
  }
}

TEST_F(UserPageTokensTest, WhatWasChangedOrSignedByAnotherKeyIsRefused) {
  std::string token = tokens_.Encode({}, last_);
  const UserPageTokens others{base::Secret(std::string(32, 'o'))};
  EXPECT_FALSE(others.Decode(token, {}).ok());
  for (const size_t at : {size_t{0}, token.size() / 2, token.size() - 2}) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens_.Decode(changed, {}).ok()) << at;
  }
  EXPECT_FALSE(tokens_.Decode("", {}).ok());
  EXPECT_FALSE(tokens_.Decode("x", {}).ok());
}

}  // namespace
}  // namespace signet::rpc
