#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::contract {

// A service with rules for gateways and a cookie, and old clients that ask it.
class SessionsTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<tests::ScratchDirectory>();
    scratch_->Write("authz.yaml",
                    "\"/app/\":\n  audience: signet\n\"/other/\":\n  audience: other\n");
    StartService({{"authz.rules", scratch_->File("authz.yaml")}, {"sessions.cookie", "session"}});
  }
  static void TearDownTestSuite() {
    ServiceTest::TearDownTestSuite();
    scratch_.reset();
  }
  void TearDown() override { Set(v1::SESSION_MODE_ON, 0); }

  static Answer<v1::CreateSessionResponse> Create(const std::string& email,
                                                  bool accept_tokens = false) {
    v1::CreateSessionRequest request;
    request.set_email(email);
    request.set_password(kPassword);
    request.set_client_id("old-shop");
    request.set_device_name("kiosk");
    request.set_accept_tokens(accept_tokens);
    return ServiceClient::Call(client().sessions(), &v1::SessionService::Stub::CreateSession,
                               request);
  }
  static v1::CreateSessionResponse Created(const std::string& email) {
    const auto answer = Create(email);
    EXPECT_EQ(Describe(answer.status), "OK");
    EXPECT_TRUE(answer.message.has_session());
    return answer.message;
  }
  static std::string NewToken() { return Created(NewPerson()).session().session_token(); }

  static v1::ValidateResponse Validate(const std::string& token,
                                       const std::string& audience = "signet") {
    v1::ValidateRequest request;
    request.set_token(token);
    request.set_audience(audience);
    const auto answer =
        ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::Validate, request);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message;
  }
  static v1::ValidateSessionResponse ValidateSession(const std::string& token) {
    v1::ValidateSessionRequest request;
    request.set_session_token(token);
    request.set_audience("signet");
    return ServiceClient::Call(client().sessions(), &v1::SessionService::Stub::ValidateSession,
                               request)
        .message;
  }
  static bool RefusedSoon(const std::string& token) {
    return tests::Eventually(absl::Seconds(5), [&] { return !Validate(token).active(); });
  }
  static void Set(v1::SessionMode mode, int share) {
    v1::SetSessionPolicyRequest request;
    request.mutable_policy()->set_mode(mode);
    request.mutable_policy()->set_share_percent(share);
    const auto answer =
        ServiceClient::Call(client().sessions(), &v1::SessionService::Stub::SetSessionPolicy,
                            request, {.bearer = AdminToken()});
    ASSERT_EQ(Describe(answer.status), "OK");
    EXPECT_EQ(answer.message.policy().share_percent(), share);
  }
  static int Authz(const std::vector<std::string>& credential, const std::string& uri = "/app/x") {
    std::vector<std::string> fields = {"X-Forwarded-Method: GET", "X-Forwarded-Uri: " + uri};
    fields.insert(fields.end(), credential.begin(), credential.end());
    last_ = tests::HttpGet(server().http_port(), "/authz", fields);
    return last_.status;
  }
  static double Accepted(const std::string& kind) {
    return tests::Metric(server().http_port(),
                         absl::StrCat("signet_accepted_credentials_total{kind=\"", kind, "\"}"));
  }

  static inline std::unique_ptr<tests::ScratchDirectory> scratch_;
  static inline tests::HttpAnswer last_;
};

}  // namespace signet::contract
