// the life of signing keys, as an administrator leads it.

#include <atomic>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "tests/contract/service_test.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using KeyStub = v1::KeyService::Stub;

class KeysTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService(); }

  void SetUp() override { admin_ = AdminToken(); }

  template <typename Request, typename Response>
  Answer<Response> Do(grpc::Status (KeyStub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                      const Request& request) {
    return ServiceClient::Call(client().keys(), method, request, {.bearer = admin_});
  }
  v1::SigningKey Prepare(const std::string& algorithm = "") {
    v1::PrepareKeyRequest request;
    request.set_algorithm(algorithm);
    const auto answer = Do(&KeyStub::PrepareKey, request);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message.key();
  }
  Answer<v1::ActivateKeyResponse> Activate(const std::string& kid, bool force) {
    v1::ActivateKeyRequest request;
    request.set_kid(kid);
    request.set_force(force);
    return Do(&KeyStub::ActivateKey, request);
  }
  Answer<v1::RetireKeyResponse> Retire(const std::string& kid, bool force) {
    v1::RetireKeyRequest request;
    request.set_kid(kid);
    request.set_force(force);
    return Do(&KeyStub::RetireKey, request);
  }
  Answer<v1::TaintKeyResponse> Taint(const std::string& kid) {
    v1::TaintKeyRequest request;
    request.set_kid(kid);
    return Do(&KeyStub::TaintKey, request);
  }
  v1::SigningKey ActiveKey() {
    const auto keys = Do(&KeyStub::ListKeys, v1::ListKeysRequest());
    for (const auto& key : keys.message.keys()) {
      if (key.state() == v1::KEY_STATE_ACTIVE) return key;
    }
    ADD_FAILURE() << "no active key";
    return {};
  }
  static std::string HeaderOf(const std::string& token) {
    return base::Base64UrlDecode(token.substr(0, token.find('.'))).value_or("");
  }
  static tests::HttpAnswer Jwks(const std::vector<std::string>& fields = {}) {
    return tests::HttpGet(server().http_port(), "/.well-known/jwks.json", fields);
  }

  std::string admin_;
};

//
TEST_F(KeysTest, APlannedRotationPublishesBeforeItSignsAndVerifiesUntilTheLastToken) {
  const v1::SigningKey before = ActiveKey();
  EXPECT_THAT(before.kid(), ContainsRegex("^20[0-9]{2}-(0[1-9]|1[0-2])-[a-z]$"));
  const auto old = NewSession();
  EXPECT_THAT(HeaderOf(old.tokens().access_token()), HasSubstr(before.kid()));

  const v1::SigningKey next = Prepare();
  EXPECT_EQ(next.state(), v1::KEY_STATE_PUBLISHED);
  EXPECT_THAT(Jwks().body, HasSubstr(next.kid()));
  EXPECT_THAT(HeaderOf(NewSession().tokens().access_token()), HasSubstr(before.kid()));
  EXPECT_EQ(Describe(Activate(next.kid(), false).status), "FAILED_PRECONDITION KEY_TOO_FRESH");

  ASSERT_EQ(Describe(Activate(next.kid(), true).status), "OK");
  EXPECT_EQ(ActiveKey().kid(), next.kid());
  EXPECT_THAT(HeaderOf(NewSession().tokens().access_token()), HasSubstr(next.kid()));
  EXPECT_TRUE(client().Validate(old.tokens().access_token()).message.active());
  EXPECT_THAT(Jwks().body, HasSubstr(before.kid()));
  EXPECT_EQ(Describe(Retire(before.kid(), false).status), "FAILED_PRECONDITION KEY_STILL_NEEDED");
  EXPECT_EQ(Describe(Activate(before.kid(), true).status), "FAILED_PRECONDITION KEY_NOT_PUBLISHED");
  EXPECT_EQ(Describe(Retire(next.kid(), true).status), "FAILED_PRECONDITION KEY_STATE_INVALID");

  ASSERT_EQ(Describe(Retire(before.kid(), true).status), "OK");
  EXPECT_THAT(Jwks().body, Not(HasSubstr(before.kid())));
  EXPECT_EQ(client().AwaitRefusal(old.tokens().access_token()), v1::INACTIVE_REASON_KEY_UNKNOWN);
}

// emergency rotation.
TEST_F(KeysTest, ATaintedKeyIsReplacedAndNothingItSignedIsAccepted) {
  const auto victim = NewSession();
  ASSERT_TRUE(client().Validate(victim.tokens().access_token()).message.active());
  const std::string kid = ActiveKey().kid();
  const auto tainted = Taint(kid);
  ASSERT_EQ(Describe(tainted.status), "OK");
  EXPECT_EQ(tainted.message.key().state(), v1::KEY_STATE_TAINTED);
  EXPECT_THAT(client().AwaitRefusal(victim.tokens().access_token()),
              AnyOf(v1::INACTIVE_REASON_REVOKED_KEY, v1::INACTIVE_REASON_KEY_UNKNOWN));
  EXPECT_THAT(Jwks().body, Not(HasSubstr(kid)));

  // The administrator's token was one of them; the session itself lives.
  const auto next = client().Refresh(victim.tokens().refresh_token());
  ASSERT_EQ(Describe(next.status), "OK");
  EXPECT_TRUE(client().Validate(next.message.tokens().access_token()).message.active());
  admin_ = AdminToken();
  EXPECT_NE(ActiveKey().kid(), kid);
}

TEST_F(KeysTest, EveryAlgorithmSignsTokensThatAreAccepted) {
  for (const char* algorithm : {"RS256", "PS256", "ES384", "EdDSA", "ES256"}) {
    const v1::SigningKey key = Prepare(algorithm);
    EXPECT_EQ(key.algorithm(), algorithm);
    EXPECT_THAT(key.public_jwk(), HasSubstr(key.kid()));
    ASSERT_EQ(Describe(Activate(key.kid(), true).status), "OK");
    const std::string token = NewSession().tokens().access_token();
    EXPECT_THAT(HeaderOf(token), HasSubstr(absl::StrCat("\"", algorithm, "\"")));
    EXPECT_TRUE(client().Validate(token).message.active()) << algorithm;
  }
}

//
TEST_F(KeysTest, TheKeySetIsTheSameOverBothPortsAndCacheable) {
  const auto http = Jwks();
  ASSERT_EQ(http.status, 200);
  EXPECT_EQ(http.fields.at("content-type"), "application/json");
  EXPECT_THAT(http.fields.at("cache-control"),
              ::testing::ContainsRegex("max-age=(22[5-9]|2[3-9][0-9]|300),"));
  const auto grpc = ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::GetJwks,
                                        v1::GetJwksRequest());
  EXPECT_EQ(grpc.message.jwks_json(), http.body);
  EXPECT_THAT(http.body, Not(HasSubstr("\"d\"")));

  const std::string condition = absl::StrCat("If-None-Match: ", http.fields.at("etag"));
  const auto unchanged = Jwks({condition});
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.body, "");
  Prepare();
  EXPECT_EQ(Jwks({condition}).status, 200);
}

// no validation fails because of a rotation.
TEST_F(KeysTest, RotationsUnderLoadFailNoValidation) {
  std::mutex mutex;
  std::vector<std::string> tokens = {NewSession().tokens().access_token()};
  std::atomic<bool> done{false};
  std::atomic<int> judged{0};
  std::atomic<int> failed{0};
  const auto validate = [&] {
    for (size_t i = 0; !done; ++i) {
      std::string token;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        token = tokens[i % tokens.size()];
      }
      const auto answer = client().Validate(token);
      ++judged;
      if (!answer.ok() || !answer.message.active()) ++failed;
    }
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.emplace_back(validate);
  const std::string email = NewPerson();
  for (int rotation = 0; rotation < 5; ++rotation) {
    EXPECT_EQ(Describe(Activate(Prepare().kid(), true).status), "OK");
    const std::string token = LoginOf(email).tokens().access_token();
    const std::lock_guard<std::mutex> lock(mutex);
    tokens.push_back(token);
  }
  done = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_GT(judged, 5);
  EXPECT_EQ(failed, 0) << "of " << judged;
}

}  // namespace
}  // namespace signet::contract
