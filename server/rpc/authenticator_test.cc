#include "server/rpc/authenticator.h"

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/token/token_fixture.h"

namespace signet::rpc {
namespace {

constexpr char kUser[] = "0191e4a0-0000-7000-8000-000000000001";
constexpr char kSession[] = "0191e4a0-0000-7000-8000-000000000002";

class BearerAuthenticatorTest : public testing::Test {
 protected:
  static std::string Token(const std::string& subject = kUser) {
    token::AccessTokenClaims claims = token::SomeClaims();
    claims.subject = subject;
    claims.session_id = kSession;
    return token::SignClaims(token::TestKey(), "k", claims);
  }

  absl::StatusOr<domain::Caller> Ask(const std::string& authorization,
                                     absl::Time now = token::At(1100)) const {
    return authenticator_.Authenticate(authorization, now);
  }

  base::Snapshot<token::KeySet> keys_{
      std::make_shared<const token::KeySet>(token::SetOf("k", token::TestKey()))};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<const token::RevocationSet>()};
  const token::AccessTokenVerifier verifier_{{"https://id.example.com"}, keys_, revocations_};
  const BearerAuthenticator authenticator_{verifier_};
};

TEST_F(BearerAuthenticatorTest, KnowsTheSessionOfAValidTokenWhateverItsAudience) {
  const auto caller = Ask(absl::StrCat("Bearer ", Token()));
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->user_id().ToString(), kUser);
  EXPECT_EQ(caller->session_id().ToString(), kSession);
  EXPECT_TRUE(caller->Has("users.read"));
  EXPECT_TRUE(Ask(absl::StrCat("bearer ", Token())).ok());
}

TEST_F(BearerAuthenticatorTest, HasOneAnswerForEverythingElse) {
  const std::string token = Token();
  const absl::Status missing = Ask("").status();
  EXPECT_EQ(base::ErrorReason(missing), "TOKEN_INVALID");
  EXPECT_EQ(Ask(token).status(), missing);
  EXPECT_EQ(Ask(absl::StrCat("Basic ", token)).status(), missing);
  EXPECT_EQ(Ask(absl::StrCat("Bearer  ", token)).status(), missing);
  EXPECT_EQ(Ask(absl::StrCat("Bearer ", token, "x")).status(), missing);
  EXPECT_EQ(Ask(absl::StrCat("Bearer ", token), token::At(5000)).status(), missing);
}

TEST_F(BearerAuthenticatorTest, RefusesAValidTokenThatIsNoPersons) {
  const auto refused = Ask(absl::StrCat("Bearer ", Token("some-service")));
  EXPECT_EQ(base::ErrorReason(refused.status()), "TOKEN_INVALID");
}

// a machine is no person, nor a person a machine.
TEST_F(BearerAuthenticatorTest, KnowsAServiceAccountByATokenWithoutASession) {
  token::AccessTokenClaims claims = token::SomeClaims();
  claims.subject = kUser;
  claims.session_id = std::nullopt;
  const std::string machine =
      absl::StrCat("Bearer ", token::SignClaims(token::TestKey(), "k", claims));
  const auto service = authenticator_.AuthenticateService(machine, token::At(1100));
  ASSERT_TRUE(service.ok());
  EXPECT_EQ(service->account_id().ToString(), kUser);
  EXPECT_TRUE(service->Has("users.read"));
  EXPECT_EQ(base::ErrorReason(Ask(machine).status()), "TOKEN_INVALID");
  const std::string person = absl::StrCat("Bearer ", Token());
  EXPECT_FALSE(authenticator_.AuthenticateService(person, token::At(1100)).ok());
  EXPECT_FALSE(authenticator_.AuthenticateService(machine, token::At(5000)).ok());
}

TEST_F(BearerAuthenticatorTest, KnowsNobodyByBasicWhereNobodyMayComeSo) {
  EXPECT_FALSE(authenticator_.AuthenticateBasic("Basic YTpi", domain::CallInfo()).ok());
}

}  // namespace
}  // namespace signet::rpc
