// who still gets session tokens, switched without a restart.

#include <set>
#include <string>
#include <vector>

#include "tests/contract/sessions_fixture.h"

namespace signet::contract {
namespace {

using Sessions = v1::SessionService::Stub;

// by share of the users, without a restart, and back.
TEST_F(SessionsTest, AShareOfTheUsersIsMovedAndBack) {
  std::vector<std::string> people;
  for (int i = 0; i < 12; ++i) people.push_back(NewPerson());
  const auto old_ones = [&](int share) {
    Set(v1::SESSION_MODE_READ_ONLY, share);
    std::set<std::string> on_the_old_way;
    for (const std::string& email : people) {
      const auto answer = Create(email);
      if (answer.ok()) {
        on_the_old_way.insert(email);
      } else {
        EXPECT_EQ(Describe(answer.status), "FAILED_PRECONDITION SESSION_TOKENS_OFF");
        EXPECT_TRUE(Create(email, true).message.has_tokens()) << "who can take tokens gets them";
      }
    }
    return on_the_old_way;
  };
  EXPECT_EQ(old_ones(0).size(), 12u);
  const auto at_half = old_ones(50);
  const auto at_most = old_ones(90);
  for (const std::string& email : at_most) EXPECT_TRUE(at_half.contains(email));
  EXPECT_EQ(old_ones(100).size(), 0u);
  EXPECT_EQ(old_ones(50), at_half);
  EXPECT_EQ(old_ones(0).size(), 12u);
}

TEST_F(SessionsTest, ReadOnlyServesThoseThatAreThereAndOffRefusesThem) {
  const std::string token = NewToken();
  Set(v1::SESSION_MODE_READ_ONLY, 100);
  EXPECT_TRUE(Validate(token).active());
  EXPECT_TRUE(ValidateSession(token).active());
  Set(v1::SESSION_MODE_OFF, 100);
  EXPECT_EQ(Validate(token).reason(), v1::INACTIVE_REASON_SESSION_TOKENS_OFF);
  EXPECT_EQ(ValidateSession(token).reason(), v1::INACTIVE_REASON_SESSION_TOKENS_OFF);
  EXPECT_EQ(Authz({"Cookie: session=" + token}), 401);
  EXPECT_EQ(Describe(ServiceClient::Call(client().sessions(), &Sessions::GetSession, {},
                                         {.bearer = token})
                         .status),
            "UNAUTHENTICATED TOKEN_INVALID");
  Set(v1::SESSION_MODE_ON, 100);
  EXPECT_TRUE(Validate(token).active()) << "nothing was ended";
}

// Nobody learns from it who has an account, or who is on the new way.
TEST_F(SessionsTest, WithoutThePasswordEveryAnswerIsTheSame) {
  Set(v1::SESSION_MODE_OFF, 100);
  v1::CreateSessionRequest request;
  request.set_email(NewPerson());
  request.set_password("not the password");
  EXPECT_EQ(
      Describe(ServiceClient::Call(client().sessions(), &Sessions::CreateSession, request).status),
      "UNAUTHENTICATED CREDENTIALS_INVALID");
  request.set_email("nobody.at.all@example.com");
  EXPECT_EQ(
      Describe(ServiceClient::Call(client().sessions(), &Sessions::CreateSession, request).status),
      "UNAUTHENTICATED CREDENTIALS_INVALID");
}

}  // namespace
}  // namespace signet::contract
