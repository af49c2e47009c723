#include <string>

#include "absl/strings/str_cat.h"
#include "envoy/service/auth/v3/external_auth.pb.h"
#include "tests/contract/tour.h"

namespace signet::contract {
namespace {

std::string Judge(const std::string& token) { return TokenField(token) + " audience: 'signet'"; }

std::string RefreshToken(const std::string& token) {
  return absl::StrCat("refresh_token: '", token, "'");
}

std::string Session(const std::string& id) { return absl::StrCat("session_id: '", id, "'"); }

constexpr char kNoSession[] = "01920000-0000-7000-8000-000000000001";

}  // namespace

// From where stands in the lineage's history where it succeeded.
void Tour::RefreshAndValidate() {
  const auto login = LogIn(email_, password_);
  const std::string root = login.tokens().refresh_token();
  const auto mark = [&]() -> AuditMark& {
    return Leaves("REFRESH").By(user_).On(user_).In(login.session_id());
  };
  const auto second = Call<v1::RefreshResponse>("Refresh", RefreshToken(root));
  mark();
  EXPECT_TRUE(Call<v1::RefreshResponse>("Refresh", RefreshToken(root)).replayed());
  mark().Because("REPLAYED");
  const std::string leaf = second.tokens().refresh_token();
  const auto third = Call<v1::RefreshResponse>("Refresh", RefreshToken(leaf));
  mark();
  Call<v1::RefreshResponse>("Refresh", RefreshToken(absl::StrCat("sgr_", kMadeUpToken)), "",
                            "UNAUTHENTICATED REFRESH_TOKEN_INVALID");

  const std::string token = third.tokens().access_token();
  EXPECT_TRUE(Call<v1::ValidateResponse>("Validate", Judge(token)).active());
  EXPECT_FALSE(Call<v1::ValidateResponse>("Validate", Judge(kMadeUpToken)).active());
  Call<v1::ValidateBatchResponse>(
      "ValidateBatch",
      absl::StrCat("audience: 'signet' tokens: '", token, "' tokens: '", kMadeUpToken, "'"));
  Call<v1::GetJwksResponse>("GetJwks", "");
  // As a gateway asks; the server of the tour has no rules.
  const auto denied = Call<envoy::service::auth::v3::CheckResponse>(
      "Check", absl::StrCat("attributes { request { http { method: 'GET' path: '/x' headers { key: "
                            "'authorization' value: 'Bearer ",
                            token, "' } } } }"));
  EXPECT_EQ(denied.denied_response().status().code(), 403);
  // A stream of one question.
  EXPECT_TRUE(Call<v1::ValidateStreamResponse>("ValidateStream",
                                               absl::StrCat("request: { ", Judge(token), " }"))
                  .response()
                  .active());
  Call<v1::WatchRevocationsResponse>("WatchRevocations", "resume_after: -1", "",
                                     "INVALID_ARGUMENT FIELD_INVALID resume_after");
  // It has the key set, and says goodbye.
  EXPECT_GT(Call<v1::WatchKeySetResponse>("WatchKeySet", "verifier_id: 'tour'").key_set_version(),
            0);
  Call<v1::WatchKeySetResponse>("WatchKeySet", "", "",
                                "INVALID_ARGUMENT FIELD_INVALID verifier_id");

  Call<v1::RefreshResponse>("Refresh", RefreshToken(root), "",
                            "UNAUTHENTICATED REFRESH_TOKEN_REUSED");
  Leaves("REFRESH").Refused("REFRESH_TOKEN_REUSED").On(user_).In(login.session_id());
}

void Tour::RevokeAndExplain() {
  const auto login = LogIn(email_, password_);
  const std::string token = login.tokens().access_token();
  (void)AdministratorsToken();
  const auto admin = LogIn(kAdministrator, kPassword);
  const std::string bearer = admin.tokens().access_token();
  for (const std::string& live : {token, login.tokens().refresh_token()}) {
    Call<v1::ExplainTokenResponse>("ExplainToken", TokenField(live), bearer);
    Leaves("EXPLAIN_TOKEN").By(admin.user_id()).In(login.session_id());
  }
  const std::string id = Call<v1::ValidateResponse>("Validate", Judge(token)).claims().token_id();
  Call<v1::RevokeResponse>("Revoke", TokenField(token));
  Leaves("REVOKE_TOKEN").On(user_).In(login.session_id()).About(id);
  Call<v1::RevokeResponse>("Revoke", TokenField(login.tokens().refresh_token()));
  Leaves("REVOKE_TOKEN").On(user_).In(login.session_id());
  Call<v1::RevokeResponse>("Revoke", TokenField(kMadeUpToken));

  Call<v1::ExplainTokenResponse>("ExplainToken", TokenField(kMadeUpToken), bearer);
  Leaves("EXPLAIN_TOKEN").By(admin.user_id());
  const auto person = LogIn(email_, password_);
  Call<v1::ExplainTokenResponse>("ExplainToken", TokenField(token), person.tokens().access_token(),
                                 "PERMISSION_DENIED PERMISSION_MISSING tokens.explain");
  LeavesBy("ACCESS_DENIED", person)
      .Refused("PERMISSION_MISSING")
      .About("signet.v1.TokenService/ExplainToken");
}

void Tour::LookAtSessions() {
  const auto mine = LogIn(email_, password_);
  const std::string other = LogIn(email_, password_).session_id();
  const std::string bearer = mine.tokens().access_token();
  Call<v1::ListSessionsResponse>("ListSessions", "", bearer);
  Call<v1::GetLineageResponse>("GetLineage", Session(other), bearer);
  Call<v1::TerminateSessionResponse>("TerminateSession", Session(other), bearer);
  Leaves("TERMINATE_SESSION").By(user_).On(user_).In(other);
  Call<v1::TerminateSessionResponse>("TerminateSession", Session(other), bearer,
                                     "NOT_FOUND SESSION_UNKNOWN");
  Leaves("TERMINATE_SESSION").Refused("SESSION_ENDED").By(user_).On(user_).In(other);
  Call<v1::TerminateSessionResponse>("TerminateSession", Session(kNoSession), bearer,
                                     "NOT_FOUND SESSION_UNKNOWN");
  Leaves("TERMINATE_SESSION").Refused("SESSION_UNKNOWN").By(user_).In(kNoSession);
}

}  // namespace signet::contract
