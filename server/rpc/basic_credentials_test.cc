#include "server/rpc/basic_credentials.h"

#include <string>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/base/random.h"
#include "server/domain/access/api_key.h"

namespace signet::rpc {
namespace {

std::string Basic(const std::string& user, const std::string& password) {
  return absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(user, ":", password)));
}

//
TEST(BasicCredentials, OfAKeysIdAndTheKeyAreTheKey) {
  domain::ApiKey key;
  key.key_id = domain::ApiKeyId::New(absl::FromUnixSeconds(1'800'000'000));
  key.secret = base::Secret(base::RandomBytes(32));
  const std::string id = key.key_id.ToString();
  const std::string text(key.Encode().reveal());
  for (const std::string& password : {text, text.substr(37)}) {
    const auto found = ApiKeyOf(Basic(id, password));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->reveal(), text);
  }
  EXPECT_TRUE(ApiKeyOf("basic " + Basic(id, text).substr(6)).has_value());
  const std::string other = domain::ApiKeyId::New(absl::FromUnixSeconds(1'900'000'000)).ToString();
  EXPECT_FALSE(ApiKeyOf(Basic(other, text)).has_value());
}

TEST(BasicCredentials, NothingElseIsAKey) {
  for (const std::string& other :
       {std::string(), std::string("Basic "), std::string("Basic !!!"), Basic("ada", "secret"),
        Basic("", ""), std::string("Bearer eyJ"), "Basic " + std::string(2000, 'A')}) {
    EXPECT_FALSE(ApiKeyOf(other).has_value()) << other;
  }
}

}  // namespace
}  // namespace signet::rpc
