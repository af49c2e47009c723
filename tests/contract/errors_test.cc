// every method, every situation that a caller can bring about, and the one answer to it.

#include <iterator>
#include <set>
#include <vector>

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/contract/errors_of_access.h"
#include "tests/contract/errors_of_audit.h"
#include "tests/contract/errors_of_mfa.h"
#include "tests/contract/errors_of_sessions.h"
#include "tests/contract/errors_of_streams.h"
#include "tests/contract/errors_of_users.h"
#include "tests/contract/service_test.h"

namespace signet::contract {
namespace {

using google::protobuf::DescriptorPool;

constexpr char kUuid[] = "01920000-0000-7000-8000-000000000001";

constexpr Row kGolden[] = {
    {"AuthService/Register", As::kNobody, "email: 'a@b.example' password: '$STRONG'", "OK"},
    {"AuthService/Register", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID password"},
    {"AuthService/Register", As::kNobody, "password: '$STRONG'",
     "INVALID_ARGUMENT FIELD_INVALID email"},
    {"AuthService/Register", As::kNobody, "email: 'ab' password: '$STRONG'",
     "INVALID_ARGUMENT FIELD_INVALID email"},
    {"AuthService/Register", As::kNobody, "email: '$A255' password: '$STRONG'",
     "INVALID_ARGUMENT FIELD_INVALID email"},
    {"AuthService/Register", As::kNobody, "email: 'no at sign' password: '$STRONG'",
     "INVALID_ARGUMENT FIELD_INVALID email"},
    {"AuthService/Register", As::kNobody, "email: 'a@b.example' password: '$A1025'",
     "INVALID_ARGUMENT FIELD_INVALID password"},
    {"AuthService/Register", As::kNobody, "email: 'a@b.example' password: 'tK7%x'",
     "INVALID_ARGUMENT FIELD_INVALID password"},
    {"AuthService/Register", As::kNobody, "email: 'a@b.example' password: 'password1'",
     "INVALID_ARGUMENT FIELD_INVALID password"},

    {"AuthService/Login", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID password"},
    {"AuthService/Login", As::kNobody, "password: 'x'", "INVALID_ARGUMENT FIELD_INVALID email"},
    {"AuthService/Login", As::kNobody, "email: '$A255' password: 'x'",
     "INVALID_ARGUMENT FIELD_INVALID email"},
    {"AuthService/Login", As::kNobody, "email: 'a@b.example' password: '$A1025'",
     "INVALID_ARGUMENT FIELD_INVALID password"},
    {"AuthService/Login", As::kNobody, "email: 'a@b.example' password: 'x' client_id: '$A129'",
     "INVALID_ARGUMENT FIELD_INVALID client_id"},
    {"AuthService/Login", As::kNobody, "email: 'a@b.example' password: 'x' client_id: 'a b'",
     "INVALID_ARGUMENT FIELD_INVALID client_id"},
    {"AuthService/Login", As::kNobody, "email: 'a@b.example' password: 'x' audience: '$A257'",
     "INVALID_ARGUMENT FIELD_INVALID audience"},
    {"AuthService/Login", As::kNobody, "email: 'a@b.example' password: 'x' scopes: '$A65'",
     "INVALID_ARGUMENT FIELD_INVALID scopes[0]"},
    {"AuthService/Login", As::kNobody, "email: 'a@b.example' password: 'x' scopes: ['a', 'b\"c']",
     "INVALID_ARGUMENT FIELD_INVALID scopes[1]"},
    {"AuthService/Login", As::kNobody, "email: 'a@b.example' password: 'x' scopes: ''",
     "INVALID_ARGUMENT FIELD_INVALID scopes[0]"},
    {"AuthService/Login", As::kNobody, "email: 'a@b.example' password: 'x' $SCOPES33",
     "INVALID_ARGUMENT FIELD_INVALID scopes"},
    {"AuthService/Login", As::kNobody, "email: 'a@b.example' password: 'x' device_name: '$A129'",
     "INVALID_ARGUMENT FIELD_INVALID device_name"},
    {"AuthService/Login", As::kNobody, "email: 'nobody@b.example' password: 'x'",
     "UNAUTHENTICATED CREDENTIALS_INVALID"},

    {"AuthService/Logout", As::kNobody, "", kNoCredential},
    {"AuthService/Logout", As::kForger, "", kNoCredential},
    {"AuthService/LogoutAll", As::kNobody, "", kNoCredential},
    {"AuthService/LogoutAll", As::kForger, "", kNoCredential},

    {"AuthService/GetChallenge", As::kNobody, "", "OK"},
    {"AuthService/ChangePassword", As::kNobody, "", kNoCredential},
    {"AuthService/ChangePassword", As::kPerson, "new_password: '$STRONG'",
     "INVALID_ARGUMENT FIELD_INVALID current_password"},
    {"AuthService/ChangePassword", As::kPerson, "current_password: 'x'",
     "INVALID_ARGUMENT FIELD_INVALID new_password"},
    {"AuthService/ChangePassword", As::kPerson, "current_password: 'x' new_password: '$A1025'",
     "INVALID_ARGUMENT FIELD_INVALID new_password"},
    {"AuthService/ChangePassword", As::kPerson,
     "current_password: '$CURRENT' new_password: 'password1'",
     "INVALID_ARGUMENT FIELD_INVALID new_password"},
    {"AuthService/ChangePassword", As::kPerson, "current_password: 'x' new_password: '$STRONG'",
     "UNAUTHENTICATED CREDENTIALS_INVALID"},

    {"AuthService/VerifyEmail", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID token"},
    {"AuthService/VerifyEmail", As::kNobody, "token: '$A129'",
     "INVALID_ARGUMENT FIELD_INVALID token"},
    {"AuthService/VerifyEmail", As::kNobody, "token: 'sge_x'",
     "UNAUTHENTICATED EMAIL_TOKEN_INVALID"},
    {"AuthService/ResendVerification", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID email"},
    {"AuthService/ResendVerification", As::kNobody, "email: 'a@b.example'",
     "FAILED_PRECONDITION MAIL_NOT_CONFIGURED"},
    {"AuthService/RequestPasswordReset", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID email"},
    {"AuthService/RequestPasswordReset", As::kNobody, "email: '$A255'",
     "INVALID_ARGUMENT FIELD_INVALID email"},
    {"AuthService/RequestPasswordReset", As::kNobody, "email: 'a@b.example'",
     "FAILED_PRECONDITION MAIL_NOT_CONFIGURED"},
    {"AuthService/ConfirmPasswordReset", As::kNobody, "token: 'x'",
     "INVALID_ARGUMENT FIELD_INVALID new_password"},
    {"AuthService/ConfirmPasswordReset", As::kNobody, "new_password: '$STRONG'",
     "INVALID_ARGUMENT FIELD_INVALID token"},
    {"AuthService/ConfirmPasswordReset", As::kNobody, "token: 'x' new_password: '$A1025'",
     "INVALID_ARGUMENT FIELD_INVALID new_password"},
    {"AuthService/ConfirmPasswordReset", As::kNobody, "token: 'x' new_password: '$STRONG'",
     "UNAUTHENTICATED EMAIL_TOKEN_INVALID"},
    {"AuthService/RequestEmailChange", As::kNobody, "", kNoCredential},
    {"AuthService/RequestEmailChange", As::kPerson, "new_email: 'a@b.example'",
     "INVALID_ARGUMENT FIELD_INVALID current_password"},
    {"AuthService/RequestEmailChange", As::kPerson, "current_password: 'x'",
     "INVALID_ARGUMENT FIELD_INVALID new_email"},
    {"AuthService/RequestEmailChange", As::kPerson,
     "current_password: 'x' new_email: 'a@b.example'", "FAILED_PRECONDITION MAIL_NOT_CONFIGURED"},
    {"AuthService/ConfirmEmailChange", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID token"},
    {"AuthService/ConfirmEmailChange", As::kNobody, "token: 'x'",
     "UNAUTHENTICATED EMAIL_TOKEN_INVALID"},

    {"AuthService/StepUp", As::kNobody, "", kNoCredential},
    {"AuthService/StepUp", As::kPerson, "", "INVALID_ARGUMENT FIELD_INVALID password"},
    {"AuthService/StepUp", As::kPerson, "password: '$A1025'",
     "INVALID_ARGUMENT FIELD_INVALID password"},
    {"AuthService/StepUp", As::kPerson, "password: 'x'", "UNAUTHENTICATED CREDENTIALS_INVALID"},

    {"TokenService/Refresh", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID refresh_token"},
    {"TokenService/Refresh", As::kNobody, "refresh_token: '$A257'",
     "INVALID_ARGUMENT FIELD_INVALID refresh_token"},
    {"TokenService/Refresh", As::kNobody, "refresh_token: 'sgr_made_up'",
     "UNAUTHENTICATED REFRESH_TOKEN_INVALID"},

    {"TokenService/Validate", As::kNobody, "audience: 'signet'",
     "INVALID_ARGUMENT FIELD_INVALID token"},
    {"TokenService/Validate", As::kNobody, "token: 'x'", "INVALID_ARGUMENT FIELD_INVALID audience"},
    {"TokenService/Validate", As::kNobody, "token: 'x' audience: '$A257'",
     "INVALID_ARGUMENT FIELD_INVALID audience"},
    {"TokenService/Validate", As::kNobody, "token: '$A9000' audience: 'signet'", "OK"},

    {"TokenService/ValidateBatch", As::kNobody, "tokens: 'x'",
     "INVALID_ARGUMENT FIELD_INVALID audience"},
    {"TokenService/ValidateBatch", As::kNobody, "audience: 'signet'",
     "INVALID_ARGUMENT FIELD_INVALID tokens"},
    {"TokenService/ValidateBatch", As::kNobody, "audience: 'signet' tokens: ['x', '']",
     "INVALID_ARGUMENT FIELD_INVALID tokens[1]"},
    {"TokenService/ValidateBatch", As::kNobody, "audience: 'signet' $TOKENS1001",
     "INVALID_ARGUMENT FIELD_INVALID tokens"},

    {"TokenService/Revoke", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID token"},
    {"TokenService/Revoke", As::kNobody, "token: '$A8193'", "INVALID_ARGUMENT FIELD_INVALID token"},
    {"TokenService/Revoke", As::kNobody, "token: 'dead or never alive'", "OK"},

    {"TokenService/ExplainToken", As::kNobody, "token: 'x'", kNoCredential},
    {"TokenService/ExplainToken", As::kPerson, "token: 'x'",
     "PERMISSION_DENIED PERMISSION_MISSING tokens.explain"},
    {"TokenService/ExplainToken", As::kAdministrator, "", "INVALID_ARGUMENT FIELD_INVALID token"},
    {"TokenService/ExplainToken", As::kAdministrator, "token: 'x' audience: '$A257'",
     "INVALID_ARGUMENT FIELD_INVALID audience"},
    {"TokenService/ExplainToken", As::kAdministrator, "token: 'x'", "OK"},

    {"TokenService/IssueServiceToken", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID api_key"},
    {"TokenService/IssueServiceToken", As::kNobody, "api_key: '$A257'",
     "INVALID_ARGUMENT FIELD_INVALID api_key"},
    {"TokenService/IssueServiceToken", As::kNobody, "api_key: 'x' audience: '$A257'",
     "INVALID_ARGUMENT FIELD_INVALID audience"},
    {"TokenService/IssueServiceToken", As::kNobody, "api_key: 'x' scopes: ['a', '']",
     "INVALID_ARGUMENT FIELD_INVALID scopes[1]"},
    {"TokenService/IssueServiceToken", As::kNobody, "api_key: 'x' $SCOPES33",
     "INVALID_ARGUMENT FIELD_INVALID scopes"},
    {"TokenService/IssueServiceToken", As::kNobody, "api_key: 'sgk_made_up'",
     "UNAUTHENTICATED CREDENTIALS_INVALID"},

    {"KeyService/ListKeys", As::kNobody, "", kNoCredential},
    {"KeyService/ListKeys", As::kPerson, "", "PERMISSION_DENIED PERMISSION_MISSING keys.read"},
    {"KeyService/ListKeys", As::kAdministrator, "", "OK"},
    {"KeyService/PrepareKey", As::kNobody, "", kNoCredential},
    {"KeyService/PrepareKey", As::kPerson, "", "PERMISSION_DENIED PERMISSION_MISSING keys.manage"},
    {"KeyService/PrepareKey", As::kAdministrator, "algorithm: 'HS256'",
     "INVALID_ARGUMENT FIELD_INVALID algorithm"},
    {"KeyService/ActivateKey", As::kNobody, "", kNoCredential},
    {"KeyService/ActivateKey", As::kPerson, "kid: 'x'",
     "PERMISSION_DENIED PERMISSION_MISSING keys.manage"},
    {"KeyService/ActivateKey", As::kAdministrator, "", "INVALID_ARGUMENT FIELD_INVALID kid"},
    {"KeyService/ActivateKey", As::kAdministrator, "kid: '$A33'",
     "INVALID_ARGUMENT FIELD_INVALID kid"},
    {"KeyService/ActivateKey", As::kAdministrator, "kid: '1999-01-a'", "NOT_FOUND KEY_UNKNOWN"},
    {"KeyService/TaintKey", As::kNobody, "", kNoCredential},
    {"KeyService/TaintKey", As::kPerson, "kid: 'x'",
     "PERMISSION_DENIED PERMISSION_MISSING keys.manage"},
    {"KeyService/TaintKey", As::kAdministrator, "", "INVALID_ARGUMENT FIELD_INVALID kid"},
    {"KeyService/TaintKey", As::kAdministrator, "kid: '1999-01-a'", "NOT_FOUND KEY_UNKNOWN"},
    {"KeyService/RetireKey", As::kNobody, "", kNoCredential},
    {"KeyService/RetireKey", As::kPerson, "kid: 'x'",
     "PERMISSION_DENIED PERMISSION_MISSING keys.manage"},
    {"KeyService/RetireKey", As::kAdministrator, "", "INVALID_ARGUMENT FIELD_INVALID kid"},
    {"KeyService/RetireKey", As::kAdministrator, "kid: '1999-01-a'", "NOT_FOUND KEY_UNKNOWN"},

    {"KeyService/DestroyKey", As::kAdministrator, nullptr, "UNIMPLEMENTED METHOD_UNKNOWN"},
    {"NoService/AtAll", As::kNobody, nullptr, "UNIMPLEMENTED METHOD_UNKNOWN"},

};

std::vector<Row> AllRows() {
  std::vector<Row> rows(std::begin(kGolden), std::end(kGolden));
  rows.insert(rows.end(), std::begin(kMfaErrors), std::end(kMfaErrors));
  rows.insert(rows.end(), std::begin(kAuditErrors), std::end(kAuditErrors));
  rows.insert(rows.end(), std::begin(kSessionErrors), std::end(kSessionErrors));
  rows.insert(rows.end(), std::begin(kStreamErrors), std::end(kStreamErrors));
  rows.insert(rows.end(), std::begin(kUserErrors), std::end(kUserErrors));
  rows.insert(rows.end(), std::begin(kAccessErrors), std::end(kAccessErrors));
  return rows;
}

std::string Repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string Expanded(const std::string& request) {
  std::vector<std::pair<std::string, std::string>> words = {
      {"$STRONG", kOtherPassword},
      {"$CURRENT", kPassword},
      {"$UUID", kUuid},
      {"$SCOPES33", Repeated("scopes: 's' ", 33)},
      {"$PERMISSIONS65", Repeated("permissions: 'keys.read' ", 65)},
      {"$TOKENS1001", Repeated("tokens: 't' ", 1001)},
      {"$USERS1001", Repeated("users: {} ", 1001)}};
  for (const int length : {33, 36, 65, 129, 201, 255, 257, 1025, 8193, 9000}) {
    words.emplace_back(absl::StrCat("$A", length), std::string(static_cast<size_t>(length), 'A'));
  }
  return absl::StrReplaceAll(request, words);
}

// The bytes of a request that is written as text.
std::string BytesOf(const std::string& method, const std::string& text) {
  const std::string name = absl::StrReplaceAll("signet.v1." + method, {{"/", "."}});
  const auto* descriptor = DescriptorPool::generated_pool()->FindMethodByName(name);
  if (descriptor == nullptr) return "";
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<google::protobuf::Message> message(
      factory.GetPrototype(descriptor->input_type())->New());
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message.get())) << text;
  return message->SerializeAsString();
}

std::vector<std::string> AllMethods() {
  std::vector<std::string> methods;
  for (const char* service : {"AuthService", "TokenService", "SessionService", "KeyService",
                              "UserService", "AccessService"}) {
    const auto* descriptor =
        DescriptorPool::generated_pool()->FindServiceByName(absl::StrCat("signet.v1.", service));
    for (int i = 0; i < descriptor->method_count(); ++i) {
      methods.push_back(absl::StrCat(service, "/", descriptor->method(i)->name()));
    }
  }
  return methods;
}

class ErrorsTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    StartService();
    person_ = NewSession().tokens().access_token();
    administrator_ = AdminToken();
  }

  static std::string BearerOf(As caller) {
    switch (caller) {
      case As::kNobody:
        return "";
      case As::kPerson:
        return person_;
      case As::kAdministrator:
        return administrator_;
      case As::kForger: {
        std::string forged = administrator_;
        char& last = forged[forged.size() - 10];  // within the signature
        last = last == 'A' ? 'B' : 'A';
        return forged;
      }
    }
    return "";
  }

  static std::string Outcome(const std::string& method, As caller, const std::string& bytes) {
    return Describe(
        client().CallBytes("/signet.v1." + method, bytes, nullptr, {.bearer = BearerOf(caller)}));
  }

  static inline std::string person_;
  static inline std::string administrator_;
};

//
TEST_F(ErrorsTest, EverySituationHasItsOneAnswer) {
  for (const Row& row : AllRows()) {
    const std::string request = row.request == nullptr ? "" : row.request;
    EXPECT_EQ(Outcome(row.method, row.caller, BytesOf(row.method, Expanded(request))), row.expected)
        << row.method << " { " << request << " }";
  }
}

TEST_F(ErrorsTest, TheTableHasEveryMethod) {
  std::set<std::string> named;
  for (const Row& row : AllRows()) named.insert(row.method);
  for (const std::string& method : AllMethods()) EXPECT_EQ(named.count(method), 1u) << method;
}

// bytes that are no message are the caller's fault, never INTERNAL.
TEST_F(ErrorsTest, BytesThatAreNoMessageAreRefusedByEveryMethod) {
  for (const std::string& method : AllMethods()) {
    EXPECT_EQ(Outcome(method, As::kAdministrator, "\xff\xff\xff\xff"),
              "INVALID_ARGUMENT FIELD_INVALID request")
        << method;
  }
  EXPECT_EQ(Outcome("AuthService/Login", As::kNobody, "\x0a\x02\xff\xfe"),
            "INVALID_ARGUMENT FIELD_INVALID request");
}

TEST_F(ErrorsTest, ACredentialOfAnotherKindIsNoCredential) {
  const auto login = NewSession();
  for (const std::string& bearer :
       {login.tokens().refresh_token(), std::string("x"), std::string(9000, 'A')}) {
    EXPECT_EQ(Describe(client().ListSessions(bearer).status), kNoCredential);
  }
  const auto basic = client().CallBytes("/signet.v1.SessionService/ListSessions", "", nullptr,
                                        {.metadata = {{"authorization", "Basic YTpi"}}});
  EXPECT_EQ(Describe(basic), kNoCredential);
}

// byte by byte, or the answer would tell who has an account.
TEST_F(ErrorsTest, EveryWayToFailALoginGetsTheSameBytes) {
  const std::string disabled = NewPerson();
  tests::Sql(database(),
             absl::StrCat("UPDATE signet.users SET status = 2 WHERE email = '", disabled, "'"));
  const grpc::Status wrong = client().Login(NewPerson(), "not the password").status;
  const grpc::Status unknown = client().Login("nobody@people.example", kPassword).status;
  const grpc::Status refused = client().Login(disabled, kPassword).status;
  const grpc::Status both = client().Login(disabled, "not the password").status;
  EXPECT_EQ(Describe(wrong), "UNAUTHENTICATED CREDENTIALS_INVALID");
  for (const grpc::Status& status : {unknown, refused, both}) {
    EXPECT_EQ(status.error_code(), wrong.error_code());
    EXPECT_EQ(status.error_message(), wrong.error_message());
    EXPECT_EQ(status.error_details(), wrong.error_details());
  }
}

// What was refused is not repeated: error texts end up in the logs of callers.
TEST_F(ErrorsTest, NoErrorRepeatsWhatItRefused) {
  const std::string canary = "canary7Zq";
  for (const std::string& method : AllMethods()) {
    std::string bytes;
    for (char tag = 0x0a; tag <= 0x32; tag = static_cast<char>(tag + 8)) {
      absl::StrAppend(&bytes, std::string(1, tag), std::string(1, static_cast<char>(canary.size())),
                      canary);
    }
    // A stream of answers would go on.
    const Credential bearer{.bearer = canary + administrator_, .patience = absl::Seconds(2)};
    const auto status = client().CallBytes("/signet.v1." + method, bytes, nullptr, bearer);
    EXPECT_EQ(status.error_message().find(canary), std::string::npos) << method;
    EXPECT_EQ(status.error_details().find(canary), std::string::npos) << method;
  }
}

TEST_F(ErrorsTest, TheRequestIdOfTheCallerComesBack) {
  const auto named =
      ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::GetJwks, v1::GetJwksRequest(),
                          {.metadata = {{"x-request-id", "order-66"}}});
  EXPECT_EQ(named.metadata.find("x-request-id")->second, "order-66");
  const auto unnamed = ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::GetJwks,
                                           v1::GetJwksRequest());
  EXPECT_FALSE(unnamed.metadata.find("x-request-id")->second.empty());
}

}  // namespace
}  // namespace signet::contract
