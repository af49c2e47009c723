// The rules by which requests at gateways are decided.

#include "server/domain/gateways/authz_rules.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::domain {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Entries = std::vector<AuthzRules::Entry>;

std::string ProblemOf(const Entries& entries) {
  const auto rules = AuthzRules::Make(entries);
  return rules.ok() ? "" : std::string(rules.status().message());
}

TEST(AuthzRules, TheMostSpecificRuleDecidesWhateverTheOrder) {
  const auto rules = AuthzRules::Make({{"/", "audience", "all", 1},
                                       {"/orders/", "audience", "orders", 2},
                                       {"DELETE /orders/", "audience", "orders-delete", 3},
                                       {"/orders/public", "anonymous", "true", 4},
                                       {"Admin.example.com/", "audience", "admin", 5}});
  ASSERT_TRUE(rules.ok()) << rules.status();
  const auto audience = [&](const char* method, const char* host, const char* path) {
    const AuthzRule* rule = rules->Find(method, host, path);
    return rule == nullptr ? "none" : rule->anonymous ? "anonymous" : rule->audience;
  };
  EXPECT_EQ(audience("GET", "a", "/"), "all");
  EXPECT_EQ(audience("GET", "a", "/ordersx"), "all");
  EXPECT_EQ(audience("GET", "a", "/orders"), "orders");
  EXPECT_EQ(audience("GET", "a", "/orders/7"), "orders");
  EXPECT_EQ(audience("DELETE", "a", "/orders/7"), "orders-delete");
  EXPECT_EQ(audience("GET", "a", "/orders/public"), "anonymous");
  EXPECT_EQ(audience("GET", "a", "/orders/public/"), "anonymous");
  EXPECT_EQ(audience("GET", "a", "/orders/public/x"), "orders");
  EXPECT_EQ(audience("GET", "admin.example.com", "/orders/public"), "admin");
  EXPECT_TRUE(rules->name_hosts());
}

TEST(AuthzRules, WhatIsWrongIsNamedWithItsLine) {
  EXPECT_THAT(ProblemOf({}), HasSubstr("no rule"));
  EXPECT_THAT(ProblemOf({{"/a", "audiense", "x", 7}}), HasSubstr("line 7, \"/a\": there is no"));
  EXPECT_THAT(ProblemOf({{"/a", "scopes", "x", 1}}), HasSubstr("needs an audience"));
  EXPECT_THAT(ProblemOf({{"/a", "anonymous", "false", 1}}), HasSubstr("needs an audience"));
  EXPECT_THAT(ProblemOf({{"/a", "anonymous", "yes", 1}}), HasSubstr("true or false"));
  EXPECT_THAT(ProblemOf({{"/a", "anonymous", "true", 1}, {"/a", "scopes", "x", 2}}),
              HasSubstr("is anonymous and asks"));
  EXPECT_THAT(ProblemOf({{"/a", "audience", "x y", 1}}), HasSubstr("one word"));
  EXPECT_THAT(ProblemOf({{"/a", "audience", "", 1}}), HasSubstr("is empty"));
  EXPECT_THAT(ProblemOf({{"a", "audience", "x", 1}}), HasSubstr("has no path"));
  EXPECT_THAT(ProblemOf({{"get /a", "audience", "x", 1}}), HasSubstr("no methods"));
  EXPECT_THAT(ProblemOf({{"h:80/a", "audience", "x", 1}}), HasSubstr("no port"));
  EXPECT_THAT(ProblemOf({{"/a/../b", "audience", "x", 1}}), HasSubstr("more than one way"));
  EXPECT_THAT(ProblemOf({{"GET /a", "audience", "x", 1}, {"POST,GET /a", "audience", "y", 2}}),
              HasSubstr("same requests"));
}

// Who wrote them meant something, and would never learn that they stand for nothing.
TEST(AuthzRules, WhatWouldNeverApplyIsRefused) {
  for (const char* host :
       {"admin.example.com.", ".example.com", "a..b", ".", "a@b", "a,b", "\xc3"}) {
    EXPECT_THAT(ProblemOf({{absl::StrCat(host, "/"), "audience", "x", 3}}),
                AllOf(HasSubstr("line 3"), HasSubstr("the host is none")))
        << host;
  }
  for (const char* rule : {"*.admin.example.com/", "*/", "/admin/*", "/orders/{id}", "GET h/*"}) {
    EXPECT_THAT(ProblemOf({{rule, "audience", "x", 3}}),
                AllOf(HasSubstr(rule), HasSubstr("no wildcards")));
  }
  for (const char* rule : {"GET  /orders/", "GET POST /orders/", "GET /a b", "GET  h/"}) {
    EXPECT_THAT(ProblemOf({{rule, "audience", "x", 3}}),
                AllOf(HasSubstr(rule), HasSubstr("a second blank")));
  }
  EXPECT_THAT(ProblemOf({{" /orders/", "audience", "x", 3}}), HasSubstr("no methods"));
}

// Both cover both paths.
TEST(AuthzRules, APathWithAndWithoutASlashIsOne) {
  const auto both = [](const char* one, const char* other) {
    return ProblemOf({{one, "audience", "x", 1}, {other, "anonymous", "true", 2}});
  };
  EXPECT_THAT(both("/admin/", "/admin"), HasSubstr("line 2, \"/admin\": another rule, of /admin/"));
  EXPECT_THAT(both("/admin", "/admin/"), HasSubstr("same requests"));
  EXPECT_THAT(both("/admin/", "GET /admin"), HasSubstr("same requests"));
  EXPECT_THAT(both("GET /admin/", "/admin"), HasSubstr("same requests"));
  EXPECT_THAT(both("GET,POST h/admin/", "POST h/admin"), HasSubstr("same requests"));
  EXPECT_EQ(both("GET /admin/", "POST /admin"), "");
  EXPECT_EQ(both("a/admin/", "b/admin"), "");
  EXPECT_EQ(both("/admin/", "GET /admin/"), "");
}

}  // namespace
}  // namespace signet::domain
