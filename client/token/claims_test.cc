#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/token/claims_parser.h"
#include "client/token/token_fixture.h"

namespace signet::token {
namespace {

constexpr char kLeast[] =
    R"({"iss":"i","sub":"s","aud":"a","client_id":"c","iat":1000,"exp":1900,"jti":"j"})";

std::string Judge(absl::string_view payload) {
  const auto parsed = ParseClaims(payload);
  if (std::holds_alternative<AccessTokenClaims>(parsed)) return "accepted";
  return std::string(RejectReasonName(std::get<RejectReason>(parsed)));
}

AccessTokenClaims Read(absl::string_view payload) {
  return std::get<AccessTokenClaims>(ParseClaims(payload));
}

// kLeast with one more claim, or with one text replaced.
std::string With(absl::string_view member) {
  return absl::StrReplaceAll(kLeast, {{"}", absl::StrCat(",", member, "}")}});
}
std::string Instead(absl::string_view old_text, absl::string_view new_text) {
  return absl::StrReplaceAll(kLeast, {{old_text, new_text}});
}

// R-301
TEST(Claims, WhatIsWrittenIsReadBack) {
  AccessTokenClaims claims = SomeClaims();
  claims.audiences = {"api", "other \"api\""};
  claims.not_before = At(999);
  claims.email = "a@example.com";
  claims.auth_time = At(990);
  claims.acr = "2";
  claims.amr = {"pwd", "otp"};
  const AccessTokenClaims read = Read(ClaimsJson(claims));
  EXPECT_EQ(read.issuer, claims.issuer);
  EXPECT_EQ(read.subject, claims.subject);
  EXPECT_EQ(read.audiences, claims.audiences);
  EXPECT_EQ(read.client_id, claims.client_id);
  EXPECT_EQ(read.token_id, claims.token_id);
  EXPECT_EQ(read.issued_at, claims.issued_at);
  EXPECT_EQ(read.expires_at, claims.expires_at);
  EXPECT_EQ(read.not_before, claims.not_before);
  EXPECT_EQ(read.session_id, claims.session_id);
  EXPECT_EQ(read.scopes, claims.scopes);
  EXPECT_EQ(read.roles, claims.roles);
  EXPECT_EQ(read.permissions, claims.permissions);
  EXPECT_EQ(read.email, claims.email);
  EXPECT_EQ(read.auth_time, claims.auth_time);
  EXPECT_EQ(read.acr, claims.acr);
  EXPECT_EQ(read.amr, claims.amr);
}

TEST(Claims, AreWrittenInOneShortForm) {
  EXPECT_EQ(ClaimsJson(SomeClaims()),
            R"({"iss":"https://id.example.com","sub":"user-1","aud":"api","client_id":"web",)"
            R"("iat":1000,"exp":1900,"jti":"jti-1","sid":"session-1","scope":"openid email",)"
            R"("roles":["admin"],"permissions":["users.read"]})");
  AccessTokenClaims least = Read(kLeast);
  EXPECT_EQ(ClaimsJson(least), kLeast);
}

TEST(Claims, RequiredOnesMustBeThereAndBeNonEmptyStrings) {
  for (const char* member :
       {R"("iss":"i",)", R"("sub":"s",)", R"("aud":"a",)", R"("client_id":"c",)", R"("iat":1000,)",
        R"("exp":1900,)", R"(,"jti":"j")"}) {
    EXPECT_EQ(Judge(Instead(member, "")), "claims_invalid") << member;
  }
  for (const char* text : {R"("i")", R"("s")", R"("a")", R"("c")", R"("j")"}) {
    for (const char* wrong : {R"("")", "1", "null", "true", "{}", "[]"}) {
      EXPECT_EQ(Judge(Instead(text, wrong)), "claims_invalid") << text << wrong;
    }
  }
}

TEST(Claims, TimesMustBeJsonIntegersOfAPossibleDate) {
  for (const char* wrong : {"1e3", "1000.0", "1000.5", "-1", "\"1000\"", "null", "253402300800",
                            "9223372036854775808", "true", "[1000]"}) {
    EXPECT_EQ(Judge(Instead("1000", wrong)), "claims_invalid") << wrong;
    EXPECT_EQ(Judge(Instead("1900", wrong)), "claims_invalid") << wrong;
    EXPECT_EQ(Judge(With(absl::StrCat("\"nbf\":", wrong))), "claims_invalid") << wrong;
    EXPECT_EQ(Judge(With(absl::StrCat("\"auth_time\":", wrong))), "claims_invalid") << wrong;
  }
  EXPECT_EQ(Read(Instead("1900", "253402300799")).expires_at, At(kMaxClaimTime));
  EXPECT_EQ(Read(Instead("1000", "0")).issued_at, At(0));
}

TEST(Claims, AudienceIsAStringOrAListOfStrings) {
  EXPECT_EQ(Read(Instead(R"("a")", R"(["a","b"])")).audiences,
            (std::vector<std::string>{"a", "b"}));
  for (const char* wrong : {"[]", R"(["a",""])", R"(["a",1])", R"([["a"]])", R"({"a":1})"}) {
    EXPECT_EQ(Judge(Instead(R"("a")", wrong)), "claims_invalid") << wrong;
  }
}

TEST(Claims, ScopesAreSeparatedBySingleSpaces) {
  EXPECT_EQ(Read(With(R"("scope":"a b c")")).scopes, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(Read(With(R"("scope":"")")).scopes, std::vector<std::string>());
  for (const char* wrong : {R"(" ")", R"(" a")", R"("a ")", R"("a  b")", R"(["a"])", "null"}) {
    EXPECT_EQ(Judge(With(absl::StrCat("\"scope\":", wrong))), "claims_invalid") << wrong;
  }
}

TEST(Claims, OptionalOnesOfTheWrongTypeAreRefused) {
  for (const char* name : {"sid", "email", "acr"}) {
    for (const char* wrong : {R"("")", "1", "null", "[]"}) {
      EXPECT_EQ(Judge(With(absl::StrCat("\"", name, "\":", wrong))), "claims_invalid") << name;
    }
  }
  for (const char* name : {"roles", "permissions", "amr"}) {
    for (const char* wrong : {R"("a")", "1", "null", "[1]", R"([""])", "{}"}) {
      EXPECT_EQ(Judge(With(absl::StrCat("\"", name, "\":", wrong))), "claims_invalid") << name;
    }
  }
}

TEST(Claims, ListsHaveALimitedNumberOfElements) {
  const auto list = [](absl::string_view name, size_t count) {
    const std::vector<std::string> elements(count, "\"x\"");
    return With(absl::StrCat("\"", name, "\":[", absl::StrJoin(elements, ","), "]"));
  };
  const auto scopes = [](size_t count) {
    return With(absl::StrCat("\"scope\":\"",
                             absl::StrJoin(std::vector<std::string>(count, "x"), " "), "\""));
  };
  EXPECT_EQ(Judge(list("permissions", kMaxPermissions)), "accepted");
  EXPECT_EQ(Judge(list("permissions", kMaxPermissions + 1)), "claims_invalid");
  EXPECT_EQ(Judge(list("roles", kMaxRoles)), "accepted");
  EXPECT_EQ(Judge(list("roles", kMaxRoles + 1)), "claims_invalid");
  EXPECT_EQ(Judge(list("amr", kMaxAuthenticationMethods + 1)), "claims_invalid");
  EXPECT_EQ(Judge(scopes(kMaxScopes)), "accepted");
  EXPECT_EQ(Judge(scopes(kMaxScopes + 1)), "claims_invalid");
}

TEST(Claims, PayloadsThatAreNoStrictJsonObjectAreMalformed) {
  for (const char* payload :
       {"", "[]", "text", R"({"iss":"a","iss":"b"})", R"({"x":{"a":1,"a":2}})"}) {
    EXPECT_EQ(Judge(payload), "malformed") << payload;
  }
  EXPECT_EQ(Judge(With(R"("sub":"other")")), "malformed") << "a second `sub`";
  EXPECT_EQ(Judge(Instead("1000", "18446744073709551616")), "malformed") << "over 64 bits";
  EXPECT_EQ(Judge(With(R"("unknown":{"deep":[1.5,null]})")), "accepted");
}

}  // namespace
}  // namespace signet::token
