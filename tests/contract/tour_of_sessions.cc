#include <string>

#include "absl/strings/str_cat.h"
#include "tests/contract/tour.h"

namespace signet::contract {
namespace {

std::string Credentials(const std::string& email, const std::string& password) {
  return absl::StrCat("email: '", email, "' password: '", password, "'");
}

std::string SessionToken(const std::string& token) {
  return absl::StrCat("session_token: '", token, "'");
}

std::string Policy(const std::string& mode, int share) {
  return absl::StrCat("policy: { mode: SESSION_MODE_", mode, " share_percent: ", share, " }");
}

}  // namespace

void Tour::HoldBySessionTokens() {
  const auto create = [&](const std::string& more, const std::string& status = "OK") {
    return Call<v1::CreateSessionResponse>(
        "CreateSession", absl::StrCat(Credentials(email_, password_), more), "", status);
  };
  const auto created = create("");
  Leaves("LOGIN").By(user_).On(user_).In(created.session_id()).About("session token");
  const std::string token = created.session().session_token();
  EXPECT_EQ(token.substr(0, 4), "sgs_");
  EXPECT_TRUE(Call<v1::ValidateSessionResponse>(
                  "ValidateSession", absl::StrCat(SessionToken(token), " audience: 'signet'"))
                  .active());
  EXPECT_TRUE(Call<v1::ExtendSessionResponse>("ExtendSession", SessionToken(token)).active());
  // Its bearer is the person, as with an access token.
  EXPECT_EQ(Call<v1::GetSessionResponse>("GetSession", "", token).user_id(), user_);
  Call<v1::GetSessionPolicyResponse>("GetSessionPolicy", "", token,
                                     "PERMISSION_DENIED PERMISSION_MISSING sessions.manage");
  Call<v1::SetSessionPolicyResponse>("SetSessionPolicy", Policy("OFF", 100), token,
                                     "PERMISSION_DENIED PERMISSION_MISSING sessions.manage");
  Leaves("ACCESS_DENIED")
      .Refused("PERMISSION_MISSING")
      .By(user_)
      .On(user_)
      .In(created.session_id())
      .About("signet.v1.SessionService/SetSessionPolicy");

  (void)AdministratorsToken();
  const auto admin = LogIn(kAdministrator, kPassword);
  const std::string bearer = admin.tokens().access_token();
  const auto set = [&](const std::string& mode, int share, const std::string& about) {
    Call<v1::SetSessionPolicyResponse>("SetSessionPolicy", Policy(mode, share), bearer);
    Leaves("SWITCH_SESSIONS").By(admin.user_id()).In(admin.session_id()).About(about);
  };
  Call<v1::GetSessionPolicyResponse>("GetSessionPolicy", "", bearer);
  set("READ_ONLY", 100, "read_only 100%");
  create("", "FAILED_PRECONDITION SESSION_TOKENS_OFF");
  Leaves("LOGIN").Refused("SESSION_TOKENS_OFF").By(user_).On(user_);
  const auto moved = create(" accept_tokens: true");
  Leaves("LOGIN").By(user_).On(user_).In(moved.session_id());
  EXPECT_TRUE(moved.has_tokens());
  set("ON", 0, "on 0%");

  Call<v1::ExplainTokenResponse>("ExplainToken", absl::StrCat("token: '", token, "'"), bearer);
  Leaves("EXPLAIN_TOKEN").By(admin.user_id()).In(created.session_id());
  Call<v1::RevokeResponse>("Revoke", absl::StrCat("token: '", token, "'"));
  Leaves("REVOKE_TOKEN").On(user_).In(created.session_id());
}

}  // namespace signet::contract
