// the status console over a real server, as far as no browser is needed (tests/console has
// one).

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"
#include "tests/harness/authenticator.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using tests::HttpAnswer;

constexpr char kOurs[] = "Sec-Fetch-Site: same-origin";
constexpr char kCookie[] = "__Host-signet-console";

class ConsoleTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService({{"console.enabled", "true"}}); }

  static int port() { return server().http_port(); }
  static HttpAnswer Get(const std::string& path, const std::vector<std::string>& fields = {}) {
    return tests::HttpGet(port(), path, fields);
  }
  static HttpAnswer Login(const std::string& email, const std::string& password = kPassword) {
    return tests::HttpPost(port(), "/console/login",
                           absl::StrCat("email=", email, "&password=", password), {kOurs});
  }
  // "Cookie: …" of the answer to a login.
  static std::string CookieOf(const HttpAnswer& answer) {
    const auto found = answer.fields.find("set-cookie");
    if (found == answer.fields.end()) return "";
    return "Cookie: " + found->second.substr(0, found->second.find(';'));
  }
  static std::string Bearer(const std::string& token) { return "Authorization: Bearer " + token; }
};

TEST_F(ConsoleTest, IsOffUnlessItIsSwitchedOn) {
  tests::ServerProcess other(database());
  other.Start();
  EXPECT_EQ(tests::HttpGet(other.http_port(), "/console").status, 404);
  EXPECT_EQ(tests::HttpPost(other.http_port(), "/console/login", "", {kOurs}).status, 404);
}

TEST_F(ConsoleTest, WithoutASessionThereIsTheFormAndEveryAnswerIsGuarded) {
  for (const char* path : {"/console", "/console/keys", "/console/none"}) {
    const HttpAnswer answer = Get(path);
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.body, HasSubstr("action=\"/console/login\""));
    EXPECT_EQ(answer.fields.at("cache-control"), "no-store");
    EXPECT_EQ(answer.fields.at("x-frame-options"), "DENY");
    EXPECT_EQ(answer.fields.at("referrer-policy"), "same-origin");
    EXPECT_THAT(answer.fields.at("content-security-policy"), StartsWith("default-src 'none'; "));
    EXPECT_THAT(answer.fields.at("content-security-policy"), Not(HasSubstr("unsafe")));
  }
  EXPECT_EQ(Get("/console", {Bearer("a.b.c")}).status, 401);
  EXPECT_EQ(Get("/console", {absl::StrCat("Cookie: ", kCookie, "=a.b.c")}).status, 401);
}

// an auditor and an administrator may look, nobody else.
TEST_F(ConsoleTest, ARoleSaysWhoMayLook) {
  EXPECT_EQ(Get("/console", {Bearer(AdminToken())}).status, 200);
  const std::string email = NewPerson();
  const HttpAnswer person = Get("/console/keys", {Bearer(LoginOf(email).tokens().access_token())});
  EXPECT_EQ(person.status, 403);
  EXPECT_THAT(person.body, HasSubstr("console.read"));
  EXPECT_THAT(person.body, Not(HasSubstr("Signing keys")));
  v1::GrantRoleRequest grant;
  grant.set_subject_id(LoginOf(email).user_id());
  grant.set_role("auditor");
  ASSERT_EQ(Describe(ServiceClient::Call(client().access(), &v1::AccessService::Stub::GrantRole,
                                         grant, {.bearer = AdminToken()})
                         .status),
            "OK");
  EXPECT_EQ(Get("/console/keys", {Bearer(LoginOf(email).tokens().access_token())}).status, 200);
}

TEST_F(ConsoleTest, AFormLogsInByACookieThatNoScriptReadsAndLogsOut) {
  (void)AdminToken();
  const HttpAnswer in = Login(kAdminEmail);
  ASSERT_EQ(in.status, 303) << in.body;
  EXPECT_EQ(in.fields.at("location"), "/console");
  const std::string set = in.fields.at("set-cookie");
  EXPECT_THAT(set, StartsWith(absl::StrCat(kCookie, "=ey")));
  for (const char* part :
       {"; HttpOnly", "; SameSite=Strict", "; Secure", "; Path=/", "; Max-Age="}) {
    EXPECT_THAT(set, HasSubstr(part));
  }
  EXPECT_THAT(set, Not(HasSubstr("Domain")));
  const std::string cookie = CookieOf(in);
  EXPECT_THAT(Get("/console/database", {cookie}).body, HasSubstr("Connections"));
  const HttpAnswer out = tests::HttpPost(port(), "/console/logout", "", {kOurs, cookie});
  EXPECT_EQ(out.status, 303);
  EXPECT_THAT(out.fields.at("set-cookie"), HasSubstr("Max-Age=0"));
  // The session is gone, not the cookie alone.
  EXPECT_TRUE(
      tests::Eventually(absl::Seconds(5), [&] { return Get("/console", {cookie}).status == 401; }));
}

// it is the Login of the RPC, with its metrics, audit and one answer.
TEST_F(ConsoleTest, AWrongPasswordAndAnUnknownAddressAreAnsweredAlike) {
  const std::string email = NewPerson();
  const auto events = [] {
    return std::stoi(tests::Sql(database(), "SELECT count(*) FROM signet.audit_events"));
  };
  const double before = tests::MetricSum(port(), "signet_logins_total", "");
  const int audited = events();
  const HttpAnswer wrong = Login(email, "not+the+password");
  const HttpAnswer unknown = Login("nobody@people.example", "not+the+password");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  for (const HttpAnswer& answer : {wrong, unknown}) {
    EXPECT_THAT(answer.body, HasSubstr("E-mail or password is wrong."));
    EXPECT_EQ(answer.fields.count("set-cookie"), 0);
    EXPECT_EQ(answer.fields.count("x-request-id"), 1);
  }
  EXPECT_EQ(tests::MetricSum(port(), "signet_logins_total", ""), before + 2);
  EXPECT_EQ(events(), audited + 2);
}

TEST_F(ConsoleTest, AFormOfAnotherSiteLogsNobodyInOrOut) {
  const std::string email = NewPerson();
  const std::string form = absl::StrCat("email=", email, "&password=", kPassword);
  for (const std::vector<std::string>& fields : {std::vector<std::string>{},
                                                 {"Sec-Fetch-Site: cross-site"},
                                                 {"Origin: null"},
                                                 {"Origin: https://evil.example"}}) {
    const HttpAnswer answer = tests::HttpPost(port(), "/console/login", form, fields);
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.fields.count("set-cookie"), 0);
  }
  const std::string cookie = CookieOf(Login(email));
  EXPECT_EQ(
      tests::HttpPost(port(), "/console/logout", "", {"Sec-Fetch-Site: cross-site", cookie}).status,
      403);
  EXPECT_EQ(Get("/console", {cookie}).status, 403);  // still there, and still not permitted
}

TEST_F(ConsoleTest, ASecondFactorIsAskedFor) {
  const std::string email = NewPerson();
  const std::string bearer = LoginOf(email).tokens().access_token();
  const auto enrolled = ServiceClient::Call(client().auth(), &v1::AuthService::Stub::EnrollTotp,
                                            v1::EnrollTotpRequest(), {.bearer = bearer});
  ASSERT_EQ(Describe(enrolled.status), "OK");
  const tests::Authenticator app(enrolled.message.secret());
  v1::ConfirmTotpRequest confirm;
  confirm.set_code(app.Code());
  const auto confirmed = ServiceClient::Call(client().auth(), &v1::AuthService::Stub::ConfirmTotp,
                                             confirm, {.bearer = bearer});
  ASSERT_EQ(Describe(confirmed.status), "OK");
  const HttpAnswer form = Login(email);
  EXPECT_EQ(form.status, 200);
  EXPECT_EQ(form.fields.count("set-cookie"), 0);
  const std::string before = "name=\"challenge\" value=\"";
  const size_t at = form.body.find(before);
  ASSERT_NE(at, form.body.npos);
  const size_t begin = at + before.size();
  const std::string challenge = form.body.substr(begin, form.body.find('"', begin) - begin);
  const auto post = [&](const std::string& code) {
    return tests::HttpPost(port(), "/console/login",
                           absl::StrCat("challenge=", challenge, "&code=", code), {kOurs});
  };
  EXPECT_EQ(post("000000x").status, 401);
  const HttpAnswer in = post(confirmed.message.recovery_codes(0));
  EXPECT_EQ(in.status, 303) << in.body;
  EXPECT_EQ(Get("/console", {CookieOf(in)}).status, 403);
}

// What a stranger types comes back as text.
TEST_F(ConsoleTest, WhatIsTypedIsNoMarkup) {
  const HttpAnswer answer =
      tests::HttpPost(port(), "/console/login",
                      "email=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%40x.example&password=b",
                      {kOurs, "User-Agent: <script>alert(2)</script>"});
  EXPECT_GE(answer.status, 400);
  EXPECT_THAT(answer.body, Not(HasSubstr("<script")));
  EXPECT_THAT(answer.body, HasSubstr("&lt;script&gt;alert(1)"));
  const std::string page = Get("/console/rpc/%3Cscript%3E/x", {Bearer(AdminToken())}).body;
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST_F(ConsoleTest, ItsFilesAreItsOwn) {
  const HttpAnswer style = Get("/console/style.css");
  EXPECT_EQ(style.status, 200);
  EXPECT_THAT(style.fields.at("content-type"), StartsWith("text/css"));
  EXPECT_THAT(style.body, Not(HasSubstr("url(")));
  EXPECT_THAT(style.body, Not(HasSubstr("@import")));
  EXPECT_EQ(Get("/console/icon.svg").fields.at("content-type"), "image/svg+xml");
}

}  // namespace
}  // namespace signet::contract
