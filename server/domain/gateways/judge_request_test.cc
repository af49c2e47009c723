// what may pass from a gateway to its upstream.

#include "server/domain/gateways/judge_request.h"

#include <string>

#include "gmock/gmock.h"
#include "server/domain/gateways/gateway_answer.h"
#include "server/domain/gateways/judge_fixture.h"

namespace signet::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Field = GatewayQuestion::Field;
using Result = GatewayResult;

class JudgeRequestTest : public JudgeFixture {
 protected:
  GatewayQuestion Ask(absl::string_view target, std::vector<Field> fields = {},
                      absl::string_view method = "GET", absl::string_view host = kHost) const {
    return {method, host, target, std::move(fields)};
  }
  Result ResultOf(const GatewayQuestion& question) const {
    return judge_->Run(question, now_).result;
  }
  // The same with the good token, and nothing else.
  Result WithToken(absl::string_view target) const {
    return ResultOf(Ask(target, {{"authorization", bearer_}}));
  }
};

TEST_F(JudgeRequestTest, TheRuleOfThePathDecides) {
  EXPECT_EQ(ResultOf(Ask("/public/x")), Result::kAnonymous);
  EXPECT_EQ(ResultOf(Ask("/api/x")), Result::kNoToken);
  EXPECT_EQ(WithToken("/api/x"), Result::kAllowed);
  EXPECT_EQ(WithToken("/other/x"), Result::kTokenRefused);  // for another audience
  EXPECT_EQ(WithToken("/scoped/x"), Result::kScopeMissing);
  EXPECT_EQ(WithToken("/admin/x"), Result::kScopeMissing);
  EXPECT_EQ(WithToken("/nowhere"), Result::kNoRule);
  EXPECT_EQ(ResultOf(Ask("/api/x", {{"authorization", bearer_ + "x"}})), Result::kTokenRefused);
  EXPECT_EQ(ResultOf(Ask("/api/x", {{"authorization", "Basic eDp5"}})), Result::kNoToken);
  EXPECT_EQ(observer_.Count(Result::kAllowed), 1u);
  EXPECT_EQ(observer_.Count(Result::kNoToken), 2u);
}

// What servers read differently passes where all of them end at one rule, and nowhere else.
TEST_F(JudgeRequestTest, EveryTrickWithAPathHasItsOneAnswer) {
  constexpr Result kYes = Result::kAllowed;
  constexpr Result kAnyone = Result::kAnonymous;
  constexpr Result kNo = Result::kAmbiguous;
  const struct {
    const char* target;
    Result expected;  // with a good token for /api/
  } kCases[] = {
      // dot segments, as they are and escaped
      {"/public/../api/x", kNo},
      {"/public/./x", kAnyone},
      {"/public/x/../y", kAnyone},
      {"/api/../public/x", kNo},
      {"/public/%2e%2e/admin/x", kNo},
      {"/public/%2E./admin/x", kNo},
      {"/public/.%2e/admin/x", kNo},
      {"/public/%2e/x", kAnyone},
      {"/public/%252e%252e/admin/x", kNo},
      {"/public/..", kNo},
      {"/../../admin/x", kNo},
      // slashes that are none to some
      {"/public/..%2fadmin/x", kNo},
      {"/public%2f..%2fadmin%2fx", kNo},
      {"/public/..%252fadmin/x", kNo},
      {"/api/a%2Fb", kYes},
      {"/api/a%2f..%2f..%2fpublic", kNo},
      {"/public/..\\admin\\x", kNo},
      {"/public/..%5cadmin/x", kNo},
      {"/api/a\\b", kYes},
      // more of them than one
      {"//admin/x", kNo},
      {"/public//x", kAnyone},
      {"/public//../admin/x", kNo},
      {"/api//x", kYes},
      // parameters of segments
      {"/public/..;/admin/x", kNo},
      {"/public;x=/../admin/x", kNo},
      // parameters cut, and dots resolved, before escapes are undone
      {"/public/a;%2Fz/..%2F..%2Fadmin/x", kNo},
      {"/public/x%2Fy/../..%2Fadmin/x", kNo},
      {"/public/a;%252Fz/..%252F..%252Fadmin/x", kNo},
      {"/api/a;%2Fz/..%2Fb", kYes},
      {"/api/x;v=1", kYes},
      // what is no path
      {"public/x", kNo},
      {"*", kNo},
      {"http://api.example.com/public/x", kNo},
      {"api.example.com:443", kNo},
      {"/public/x#/../admin", kNo},
      {"/public/%00", kNo},
      {"/public/%0d%0a", kNo},
      {"/public/%zz", kNo},
      {"/public/%2", kNo},
      {"/public/\xc3\xa4", kNo},
      {"/public/a b", kNo},
      // what is behind the question mark is not the path; an escaped one may be
      {"/api/x?y=/../public/", kYes},
      {"/api?/../public/x", kYes},
      {"/public/?/../api/x", kAnyone},
      {"/public/x%3f/../../admin", kNo},
      // letters are compared as they stand
      {"/API/x", Result::kNoRule},
      {"/%61pi/x", kNo},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(NameOf(WithToken(test.target)), NameOf(test.expected)) << test.target;
  }
}

TEST_F(JudgeRequestTest, AMethodIsWhatAnyServerTakesItFor) {
  const Field token{"authorization", bearer_};
  const auto result = [&](absl::string_view method, std::vector<Field> fields = {}) {
    fields.push_back(token);
    return ResultOf(Ask("/api/x", std::move(fields), method));
  };
  EXPECT_EQ(result("GET"), Result::kAllowed);
  EXPECT_EQ(result("POST"), Result::kScopeMissing);
  // A rule for POST covers what a server takes for it.
  EXPECT_EQ(result("post"), Result::kAmbiguous);
  EXPECT_EQ(result("Delete"), Result::kAmbiguous);
  EXPECT_EQ(result("get"), Result::kAllowed);  // by either reading
  for (const char* name : {"x-http-method-override", "x-http-method", "x-method-override"}) {
    EXPECT_EQ(result("GET", {{name, "DELETE"}}), Result::kAmbiguous) << name;
    EXPECT_EQ(result("GET", {{name, "delete"}}), Result::kAmbiguous) << name;
    EXPECT_EQ(result("GET", {{name, "PATCH"}}), Result::kAllowed) << name;
    EXPECT_EQ(result("GET", {{name, "GET"}, {name, "PUT"}}), Result::kAmbiguous) << name;
    // Some take the first of a list.
    for (const char* none : {"DELETE, x", "DELETE,x", " DELETE", "", "DELETE;", "DEL\xc3"}) {
      EXPECT_EQ(result("GET", {{name, none}}), Result::kAmbiguous) << name << none;
    }
    EXPECT_EQ(result("GET", {{name, std::string(65, 'x')}}), Result::kAmbiguous) << name;
  }
  for (const char* method : {"", "G T", "GET,POST", "GET\r\n", "\xc3\xa4"}) {
    EXPECT_EQ(result(method), Result::kQuestionInvalid) << method;
  }
}

TEST_F(JudgeRequestTest, AHostIsWhatAnyServerTakesItFor) {
  const auto result = [&](absl::string_view host, std::vector<Field> fields = {}) {
    fields.push_back({"authorization", bearer_});
    return ResultOf(Ask("/api/x", std::move(fields), "GET", host));
  };
  EXPECT_EQ(result("inner.example.com"), Result::kScopeMissing);
  for (const char* same : {"INNER.example.com", "inner.example.com:8443", "inner.example.com.",
                           "inner.example.com.:443"}) {
    EXPECT_EQ(result(same), Result::kScopeMissing) << same;
  }
  EXPECT_EQ(result(kHost, {{"x-forwarded-host", "inner.example.com"}}), Result::kAmbiguous);
  EXPECT_EQ(result(kHost, {{"x-forwarded-host", "other.example.com"}}), Result::kAllowed);
  EXPECT_EQ(result(kHost, {{"x-forwarded-host", "a, inner.example.com"}}), Result::kAmbiguous);
  EXPECT_EQ(result("[::1]:443"), Result::kAllowed);
  // Rules name hosts, so the question has to.
  for (const char* none : {"", "a, b", "x@inner.example.com", "a/b", "a b", ":443"}) {
    EXPECT_EQ(result(none), Result::kQuestionInvalid) << none;
  }
}

// Frameworks that take the path from these fields would serve another one.
TEST_F(JudgeRequestTest, FieldsThatReplaceThePathMustLeadToTheSameRule) {
  for (const char* name : {"x-original-url", "x-rewrite-url"}) {
    EXPECT_EQ(ResultOf(Ask("/public/x", {{name, "/admin/x"}})), Result::kAmbiguous) << name;
    EXPECT_EQ(ResultOf(Ask("/public/x", {{name, "https://a/admin/x?y"}})), Result::kAmbiguous);
    EXPECT_EQ(ResultOf(Ask("/public/x", {{name, "/public/..%2fadmin"}})), Result::kAmbiguous);
    EXPECT_EQ(ResultOf(Ask("/public/x", {{name, "https://a/public/y"}})), Result::kAnonymous);
    EXPECT_EQ(ResultOf(Ask("/public/x", {{name, ""}})), Result::kAmbiguous);
    // A host ends before a query, too.
    for (const char* url : {"http://a?/public/x", "http://a#/public/x", "http://a\\/public/x"}) {
      EXPECT_EQ(ResultOf(Ask("/public/x", {{name, url}})), Result::kAmbiguous) << url;
    }
  }
}

// Applications that read fields as variables know no difference.
TEST_F(JudgeRequestTest, FieldsAreKnownByTheirOtherSpelling) {
  EXPECT_EQ(ResultOf(Ask("/public/x", {{"X_Original-URL", "/admin/x"}})), Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/public/x", {{"x-rewrite_url", "/admin/x"}})), Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/api/x", {{"authorization", bearer_}, {"x_http_method", "DELETE"}})),
            Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/api/x", {{"x_forwarded_host", "inner.example.com"}})),
            Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/public/x",
                         {{"x-original-url", "/public/a"}, {"x_original_url", "/public/a"}})),
            Result::kAmbiguous);
}

// Anybody may send them: they are refused unread.
TEST_F(JudgeRequestTest, WhatIsHugeIsRefused) {
  const std::string huge = "/public/%2e" + std::string(8 << 20, ';');
  EXPECT_EQ(ResultOf(Ask(huge)), Result::kAmbiguous);
  for (const char* name :
       {"x-original-url", "x-rewrite-url", "x-http-method", "x-forwarded-host", "connection"}) {
    EXPECT_EQ(ResultOf(Ask("/public/x", {{name, huge}})), Result::kAmbiguous) << name;
  }
  EXPECT_EQ(ResultOf(Ask("/public/x", {}, huge)), Result::kQuestionInvalid);
  EXPECT_EQ(ResultOf(Ask("/public/x", {}, "GET", std::string(263, 'a'))), Result::kQuestionInvalid);
  EXPECT_EQ(ResultOf(Ask("/public/" + std::string(8185, 'x'))), Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/public/" + std::string(8184, 'x'))), Result::kAnonymous);
}

TEST_F(JudgeRequestTest, DoubledOrRemovedFieldsPassNowhere) {
  const Field token{"authorization", bearer_};
  EXPECT_EQ(ResultOf(Ask("/api/x", {token, token})), Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/open/x", {token, {"authorization", "Basic eDp5"}})), Result::kAmbiguous);
  const std::string joined = bearer_ + "," + bearer_;
  EXPECT_EQ(ResultOf(Ask("/api/x", {{"authorization", joined}})), Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/open/x", {{"authorization", "Digest a=\"b\", c=\"d\""}})),
            Result::kAnonymous);
  for (const char* option :
       {"Authorization", "close, X-Signet-Subject", "x-forwarded-uri", "X-SIGNET-ANYTHING"}) {
    EXPECT_EQ(ResultOf(Ask("/api/x", {token, {"connection", option}})), Result::kAmbiguous);
  }
  EXPECT_EQ(ResultOf(Ask("/api/x", {token, {"connection", "keep-alive, te"}})), Result::kAllowed);
}

TEST_F(JudgeRequestTest, NamesOfFieldsHaveNoCase) {
  EXPECT_EQ(ResultOf(Ask("/api/x", {{"Authorization", bearer_}})), Result::kAllowed);
  EXPECT_EQ(ResultOf(Ask("/api/x", {{"Authorization", bearer_}, {"authorization", bearer_}})),
            Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/public/x", {{"Connection", "X-Signet-Scope"}})), Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/public/x", {{"X-Original-URL", "/admin/x"}})), Result::kAmbiguous);
  EXPECT_EQ(ResultOf(Ask("/api/x", {{"X-HTTP-Method-Override", "DELETE"}})), Result::kAmbiguous);
  EXPECT_THAT(LookalikesIn(Ask("/x", {{"X-Signet-Subject", "a"}, {"X_Signet_Subject", "b"}})),
              ElementsAre("X_Signet_Subject"));
}

TEST_F(JudgeRequestTest, AQuestionThatSaysTooLittleOrTooMuchIsNone) {
  EXPECT_EQ(ResultOf({}), Result::kQuestionInvalid);
  EXPECT_EQ(ResultOf(Ask("")), Result::kQuestionInvalid);
  EXPECT_EQ(ResultOf(Ask("/public/x", std::vector<Field>(257, {"a", "b"}))),
            Result::kQuestionInvalid);
  // Each part is odd in as many ways as there are.
  EXPECT_EQ(ResultOf(Ask("/public/%2561;a\\b/../c",
                         {{"x-original-url", "/public/%2561;a\\b/../c"},
                          {"x-rewrite-url", "/public/%2561;a\\b/../d"},
                          {"x-http-method", "put"},
                          {"x-method-override", "patch"}},
                         "get")),
            Result::kAmbiguous);
}

TEST_F(JudgeRequestTest, WithoutRulesNothingPasses) {
  const JudgeRequest nothing({}, validate_, observer_);
  EXPECT_EQ(nothing.Run(Ask("/public/x"), now_).result, Result::kNoRule);
  // Nothing else is looked at.
  EXPECT_EQ(nothing.Run(Ask("/public/%zz", {{"x-original-url", "*"}}), now_).result,
            Result::kNoRule);
}

// too little is known, which is no fault of the token.
TEST_F(JudgeRequestTest, StaleKnowledgeOfRevocationsIsARefusalOfItsOwnKind) {
  const ValidateToken strict{
      verifier_, keys_, revocations_, {.max_revocation_staleness = absl::Seconds(10)}};
  const auto rules = AuthzRules::Make({{"/", "audience", "api", 1}});
  const JudgeRequest judge(*rules, strict, observer_);
  const auto decision = judge.Run(Ask("/x", {{"authorization", bearer_}}), now_);
  EXPECT_EQ(decision.result, Result::kRevocationStale);
  EXPECT_EQ(HttpStatusOf(decision.result), 503);
  EXPECT_FALSE(decision.passes());
  // A forged one is refused for what it is.
  EXPECT_EQ(judge.Run(Ask("/x", {{"authorization", bearer_ + "x"}}), now_).result,
            Result::kTokenRefused);
}

TEST_F(JudgeRequestTest, TheAnswerSaysWhoItIsOrWhyNot) {
  const auto allowed = judge_->Run(Ask("/api/x", {{"authorization", bearer_}}), now_);
  const auto identity = IdentityOf(allowed);
  EXPECT_EQ(identity[0].value, "user-1");
  EXPECT_EQ(identity[1].value, "web");
  EXPECT_EQ(identity[2].value, "session-1");
  EXPECT_EQ(identity[3].value, "openid email");
  EXPECT_EQ(identity[4].value, "users.read");
  EXPECT_TRUE(allowed.keeps_token());
  EXPECT_FALSE(judge_->Run(Ask("/bare/x", {{"authorization", bearer_}}), now_).keeps_token());
  const auto anonymous = judge_->Run(Ask("/public/x", {{"authorization", bearer_}}), now_);
  EXPECT_FALSE(anonymous.keeps_token());
  for (const IdentityField& field : IdentityOf(anonymous)) EXPECT_EQ(field.value, "") << field.name;
  EXPECT_EQ(ChallengeOf(judge_->Run(Ask("/api/x"), now_)), "Bearer realm=\"signet\"");
  EXPECT_THAT(ChallengeOf(judge_->Run(Ask("/scoped/x", {{"authorization", bearer_}}), now_)),
              HasSubstr("insufficient_scope\", scope=\"openid orders\""));
}

// What an application could take for our fields is told apart from what only looks like it.
TEST_F(JudgeRequestTest, LookalikesAreNamed) {
  EXPECT_THAT(LookalikesIn(Ask("/x", {{"x_signet_subject", "a"},
                                      {"x-signet_scope", "b"},
                                      {"x-signet-admin", "c"},
                                      {"x-signet-admin", "d"},
                                      {"x-signet-subject", "e"},
                                      {"x-signetsubject", "f"}})),
              ElementsAre("x-signet-admin", "x-signet_scope", "x_signet_subject"));
  EXPECT_THAT(LookalikesIn(Ask("/x")), IsEmpty());
}

}  // namespace
}  // namespace signet::domain
