// machines that call as themselves, by API keys, and the way off basic authentication.

#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/contract/service_test.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using AccountStub = v1::AccessService::Stub;

class ServiceAccountsTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService(); }

  void SetUp() override { admin_ = AdminToken(); }

  template <typename Request, typename Response>
  Answer<Response> Do(grpc::Status (AccountStub::*method)(grpc::ClientContext*, const Request&,
                                                          Response*),
                      const Request& request) {
    return ServiceClient::Call(client().access(), method, request, {.bearer = admin_});
  }
  std::string MakeAccount(const std::string& name) {
    v1::CreateServiceAccountRequest request;
    request.mutable_service_account()->set_name(name);
    const auto answer = Do(&AccountStub::CreateServiceAccount, request);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message.service_account().service_account_id();
  }
  v1::CreateApiKeyResponse MakeKey(const std::string& account) {
    v1::CreateApiKeyRequest request;
    request.set_service_account_id(account);
    request.mutable_api_key()->set_name("night run");
    request.mutable_api_key()->add_scopes("invoices");
    request.mutable_api_key()->add_scopes("reports");
    const auto answer = Do(&AccountStub::CreateApiKey, request);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message;
  }
  static Answer<v1::IssueServiceTokenResponse> Issue(const std::string& key,
                                                     const Credential& credential = {}) {
    v1::IssueServiceTokenRequest request;
    request.set_api_key(key);
    return ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::IssueServiceToken,
                               request, credential);
  }
  static std::string TokenOf(const std::string& key) {
    const auto answer = Issue(key);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message.access_token();
  }
  void Give(const std::string& subject, const std::string& role) {
    v1::GrantRoleRequest request;
    request.set_subject_id(subject);
    request.set_role(role);
    EXPECT_EQ(Describe(Do(&AccountStub::GrantRole, request).status), "OK");
  }
  static Credential Basic(const std::string& user, const std::string& password) {
    return {.metadata = {{"authorization",
                          "Basic " + absl::Base64Escape(absl::StrCat(user, ":", password))}}};
  }
  static Answer<v1::CheckPermissionResponse> Check(const Credential& credential,
                                                   const std::string& permission,
                                                   const std::string& subject = "") {
    v1::CheckPermissionRequest request;
    request.set_permission(permission);
    request.set_subject_id(subject);
    return ServiceClient::Call(client().access(), &AccountStub::CheckPermission, request,
                               credential);
  }
  static double BasicCount(const std::string& result) {
    return tests::MetricSum(server().http_port(), "signet_basic_authentications_total",
                            absl::StrCat("result=\"", result, "\""));
  }

  std::string admin_;
};

TEST_F(ServiceAccountsTest, FromTheFirstKeyToTheLast) {
  const std::string account = MakeAccount("billing");
  Give(account, "auditor");
  const auto key = MakeKey(account);
  EXPECT_EQ(key.secret().size(), 85u);
  EXPECT_THAT(key.secret(), StartsWith(key.api_key().prefix() + "_"));

  const auto issued = Issue(key.secret());
  ASSERT_EQ(Describe(issued.status), "OK");
  EXPECT_THAT(issued.message.scopes(), ElementsAre("invoices", "reports"));
  EXPECT_EQ(issued.message.token_type(), "Bearer");
  EXPECT_GT(issued.message.expires_in().seconds(), 800);
  const auto judged = client().Validate(issued.message.access_token());
  ASSERT_TRUE(judged.message.active());
  const v1::Claims& claims = judged.message.claims();
  EXPECT_EQ(claims.subject(), account);
  EXPECT_EQ(claims.client_id(), "billing");
  EXPECT_THAT(claims.session_id(), IsEmpty());
  EXPECT_THAT(claims.roles(), ElementsAre("auditor"));

  // It calls as itself where the method table admits services, and nowhere else.
  const Credential machine{.bearer = issued.message.access_token()};
  EXPECT_TRUE(Check(machine, "access.read").message.allowed());
  EXPECT_FALSE(Check(machine, "access.manage").message.allowed());
  EXPECT_EQ(Describe(Check(machine, "keys.read", NewSession().user_id()).status), "OK");
  EXPECT_EQ(Describe(client().ListSessions(issued.message.access_token()).status),
            "UNAUTHENTICATED TOKEN_INVALID");
  v1::CreateServiceAccountRequest more;
  more.mutable_service_account()->set_name("another");
  EXPECT_EQ(Describe(ServiceClient::Call(client().access(), &AccountStub::CreateServiceAccount,
                                         more, machine)
                         .status),
            "UNAUTHENTICATED TOKEN_INVALID");

  v1::RevokeApiKeyRequest revoke;
  revoke.set_api_key_id(key.api_key().api_key_id());
  const absl::Time began = absl::Now();
  ASSERT_EQ(Describe(Do(&AccountStub::RevokeApiKey, revoke).status), "OK");
  EXPECT_EQ(client().AwaitRefusal(issued.message.access_token()), v1::INACTIVE_REASON_REVOKED_USER);
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));  // 1 s on a machine that is not busy
  EXPECT_EQ(Describe(Issue(key.secret()).status), "UNAUTHENTICATED CREDENTIALS_INVALID");
  EXPECT_EQ(Describe(Do(&AccountStub::RevokeApiKey, revoke).status), "NOT_FOUND API_KEY_UNKNOWN");
}

TEST_F(ServiceAccountsTest, ARotationOverlaps) {
  const std::string account = MakeAccount("rotating");
  const auto old = MakeKey(account);
  v1::RotateApiKeyRequest rotate;
  rotate.set_api_key_id(old.api_key().api_key_id());
  const auto next = Do(&AccountStub::RotateApiKey, rotate);
  ASSERT_EQ(Describe(next.status), "OK");
  EXPECT_NE(next.message.secret(), old.secret());
  for (const std::string& secret : {old.secret(), next.message.secret()}) {
    EXPECT_TRUE(client().Validate(TokenOf(secret)).message.active());
  }
  EXPECT_EQ(Describe(Do(&AccountStub::RotateApiKey, rotate).status), "NOT_FOUND API_KEY_UNKNOWN");
  v1::RotateApiKeyRequest at_once;
  at_once.set_api_key_id(next.message.api_key().api_key_id());
  at_once.mutable_overlap()->set_seconds(0);
  ASSERT_EQ(Describe(Do(&AccountStub::RotateApiKey, at_once).status), "OK");
  EXPECT_EQ(Describe(Issue(next.message.secret()).status), "UNAUTHENTICATED CREDENTIALS_INVALID");
}

TEST_F(ServiceAccountsTest, ADisabledAccountGetsNothing) {
  const std::string account = MakeAccount("pausing");
  const auto key = MakeKey(account);
  const std::string token = TokenOf(key.secret());
  v1::DisableServiceAccountRequest disable;
  disable.set_service_account_id(account);
  ASSERT_EQ(Describe(Do(&AccountStub::DisableServiceAccount, disable).status), "OK");
  EXPECT_EQ(client().AwaitRefusal(token), v1::INACTIVE_REASON_REVOKED_USER);
  EXPECT_EQ(Describe(Issue(key.secret()).status), "UNAUTHENTICATED CREDENTIALS_INVALID");
  v1::EnableServiceAccountRequest enable;
  enable.set_service_account_id(account);
  ASSERT_EQ(Describe(Do(&AccountStub::EnableServiceAccount, enable).status), "OK");
  EXPECT_TRUE(client().Validate(TokenOf(key.secret())).message.active());
}

// Which keys exist is nobody's business: byte by byte one answer.
TEST_F(ServiceAccountsTest, EveryKeyThatDoesNotWorkGetsTheSameBytes) {
  const std::string account = MakeAccount("secretive");
  const auto key = MakeKey(account);
  const auto other = MakeKey(account);
  v1::RevokeApiKeyRequest revoke;
  revoke.set_api_key_id(other.api_key().api_key_id());
  ASSERT_EQ(Describe(Do(&AccountStub::RevokeApiKey, revoke).status), "OK");
  const grpc::Status malformed = Issue("sgk_made_up").status;
  EXPECT_EQ(Describe(malformed), "UNAUTHENTICATED CREDENTIALS_INVALID");
  for (const std::string& bad :
       {other.secret(), key.secret().substr(0, 84) + "!", NewSession().tokens().refresh_token()}) {
    const grpc::Status refused = Issue(bad).status;
    EXPECT_EQ(refused.error_message(), malformed.error_message());
    EXPECT_EQ(refused.error_details(), malformed.error_details());
  }
}

TEST_F(ServiceAccountsTest, BasicCredentialsAreAnApiKeyAndAreCounted) {
  const std::string account = MakeAccount("legacy");
  const auto key = MakeKey(account);
  const std::string id = key.api_key().api_key_id();
  const double accepted = BasicCount("accepted");
  const double refused = BasicCount("refused");
  EXPECT_EQ(Describe(Check(Basic(id, key.secret()), "keys.read").status), "OK");
  EXPECT_TRUE(client()
                  .Validate(Issue("", Basic(id, key.secret())).message.access_token())
                  .message.active());
  EXPECT_EQ(BasicCount("accepted") - accepted, 2);
  EXPECT_EQ(Describe(Check(Basic(id, "wrong"), "keys.read").status),
            "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(Describe(Check(Basic("ada", "secret"), "keys.read").status),
            "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(Describe(Issue("", Basic(id, "wrong")).status), "UNAUTHENTICATED CREDENTIALS_INVALID");
  EXPECT_EQ(BasicCount("refused") - refused, 3);
  // Not where only people may call.
  EXPECT_EQ(
      Describe(ServiceClient::Call(client().sessions(), &v1::SessionService::Stub::ListSessions,
                                   v1::ListSessionsRequest(), Basic(id, key.secret()))
                   .status),
      "UNAUTHENTICATED TOKEN_INVALID");
}

// neither stored nor logged.
TEST_F(ServiceAccountsTest, TheKeyIsNowhereButInItsAnswer) {
  const auto key = MakeKey(MakeAccount("discreet"));
  const std::string secret = key.secret().substr(37);
  (void)TokenOf(key.secret());
  (void)Check(Basic(key.api_key().api_key_id(), key.secret()), "keys.read");
  EXPECT_THAT(tests::Dump(database()), Not(HasSubstr(secret)));
  EXPECT_THAT(server().log(), Not(HasSubstr(secret)));
  v1::ListApiKeysRequest list;
  list.set_service_account_id(key.api_key().service_account_id());
  EXPECT_THAT(Do(&AccountStub::ListApiKeys, list).message.ShortDebugString(),
              Not(HasSubstr(secret)));
}

class BasicOffTest : public ServiceAccountsTest {
 protected:
  static void SetUpTestSuite() { StartService({{"legacy.basic_auth", "off"}}); }
};

TEST_F(BasicOffTest, BasicCanBeSwitchedOff) {
  const auto key = MakeKey(MakeAccount("legacy"));
  const std::string id = key.api_key().api_key_id();
  EXPECT_EQ(Describe(Check(Basic(id, key.secret()), "keys.read").status),
            "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(Describe(Issue("", Basic(id, key.secret())).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  EXPECT_EQ(BasicCount("switched_off"), 2);
  EXPECT_EQ(Describe(Issue(key.secret()).status), "OK");
}

// a key that works, a network that guesses, and Basic have their rates. What somebody
// only says about a key is not held against its owner.
class ApiKeyRatesTest : public ServiceAccountsTest {
 protected:
  static void SetUpTestSuite() {
    StartService({{"listen.trusted_proxies", "127.0.0.0/8"},
                  {"rates.api_key", "address 40/24h, account 10/24h"}});
  }
  static Credential From(const std::string& address, Credential credential = {}) {
    credential.metadata.push_back({"x-forwarded-for", address});
    return credential;
  }
};

TEST_F(ApiKeyRatesTest, AKeyGetsSoManyTokens) {
  const std::string account = MakeAccount("busy");
  const auto key = MakeKey(account);
  std::map<std::string, int> endings;
  for (int i = 0; i < 15; ++i) ++endings[Describe(Issue(key.secret(), From("192.0.2.1")).status)];
  EXPECT_EQ(endings.size(), 2u);
  EXPECT_GE(endings["OK"], 9);
  EXPECT_LE(endings["OK"], 12);
  EXPECT_GE(endings["RESOURCE_EXHAUSTED RATE_LIMITED +retry"], 3);
  EXPECT_EQ(Describe(Issue(MakeKey(account).secret(), From("192.0.2.1")).status), "OK");
}

TEST_F(ApiKeyRatesTest, GuessesCountForTheNetworkAndNotForTheKey) {
  const auto key = MakeKey(MakeAccount("guessed-at"));
  std::string wrong = key.secret();
  wrong[60] = wrong[60] == 'A' ? 'B' : 'A';
  std::map<std::string, int> endings;
  for (int i = 0; i < 60; ++i) ++endings[Describe(Issue(wrong, From("192.0.2.2")).status)];
  EXPECT_EQ(endings.size(), 2u);
  EXPECT_GE(endings["UNAUTHENTICATED CREDENTIALS_INVALID"], 36);
  EXPECT_LE(endings["UNAUTHENTICATED CREDENTIALS_INVALID"], 44);
  EXPECT_GE(endings["RESOURCE_EXHAUSTED RATE_LIMITED +retry"], 16);
  // Basic is no way around.
  const Credential basic = Basic(key.api_key().api_key_id(), key.secret());
  EXPECT_EQ(Describe(Check(From("192.0.2.2", basic), "keys.read").status),
            "RESOURCE_EXHAUSTED RATE_LIMITED +retry");
  EXPECT_EQ(Describe(Check(From("192.0.2.3", basic), "keys.read").status), "OK");
  EXPECT_EQ(Describe(Issue(key.secret(), From("192.0.2.3")).status), "OK");
}

}  // namespace
}  // namespace signet::contract
