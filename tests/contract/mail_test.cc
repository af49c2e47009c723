// what people do with mail, over the real service that keeps it
// in a folder.

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"
#include "tests/harness/mail_folder.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using MailStub = v1::AuthService::Stub;

class MailTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<tests::MailFolder>();
    auto settings = folder_->Settings();
    settings["accounts.require_verified_email"] = "true";
    StartService(settings);
  }
  static void TearDownTestSuite() {
    ServiceTest::TearDownTestSuite();
    folder_.reset();
  }

  template <typename Request, typename Response>
  static std::string Call(grpc::Status (MailStub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                          const Request& request, const std::string& bearer = "",
                          Response* response = nullptr) {
    const auto answer =
        ServiceClient::Call(client().auth(), method, request, Credential{.bearer = bearer});
    if (response != nullptr) *response = answer.message;
    return Describe(answer.status);
  }

  // The mail of a kind to an address, waited for and taken away.
  static std::string Mail(const std::string& kind, const std::string& to) {
    std::string text = folder_->Take(kind, to);
    EXPECT_NE(text, "") << "no mail " << kind << " to " << to;
    return text;
  }
  static std::string Token(const std::string& kind, const std::string& to) {
    std::string token = folder_->TakeToken(kind, to);
    EXPECT_NE(token, "") << "no token in a mail " << kind << " to " << to;
    return token;
  }

  static std::string Verify(const std::string& token) {
    v1::VerifyEmailRequest request;
    request.set_token(token);
    return Call(&MailStub::VerifyEmail, request);
  }
  static std::string RequestReset(const std::string& email) {
    v1::RequestPasswordResetRequest request;
    request.set_email(email);
    return Call(&MailStub::RequestPasswordReset, request);
  }
  static std::string Reset(const std::string& token, const std::string& password) {
    v1::ConfirmPasswordResetRequest request;
    request.set_token(token);
    request.set_new_password(password);
    return Call(&MailStub::ConfirmPasswordReset, request);
  }
  static std::string Confirm(const std::string& token, bool* changed) {
    v1::ConfirmEmailChangeRequest request;
    request.set_token(token);
    v1::ConfirmEmailChangeResponse response;
    const std::string outcome = Call(&MailStub::ConfirmEmailChange, request, "", &response);
    *changed = response.changed();
    return outcome;
  }
  // Registered, verified.
  static std::string VerifiedPerson() {
    const std::string email = NewPerson();
    EXPECT_EQ(Verify(Token("welcome", email)), "OK");
    return email;
  }

  static inline std::unique_ptr<tests::MailFolder> folder_;
};

//
TEST_F(MailTest, AnAddressIsVerifiedByTheLinkOfTheWelcomeMailBeforeTheFirstLogin) {
  const std::string email = NewPerson();
  EXPECT_EQ(Describe(client().Login(email, kPassword).status),
            "FAILED_PRECONDITION EMAIL_NOT_VERIFIED");
  // Whoever does not know the password is told nothing new.
  EXPECT_EQ(Describe(client().Login(email, "wrong").status), "UNAUTHENTICATED CREDENTIALS_INVALID");
  const std::string token = Token("welcome", email);
  EXPECT_EQ(Verify(token), "OK");
  EXPECT_EQ(Describe(client().Login(email, kPassword).status), "OK");
  EXPECT_EQ(Verify(token), "UNAUTHENTICATED EMAIL_TOKEN_INVALID");
}

TEST_F(MailTest, TheLinkCanBeSentAgain) {
  const std::string email = NewPerson();
  const std::string first = Token("welcome", email);
  v1::ResendVerificationRequest request;
  request.set_email(email);
  EXPECT_EQ(Call(&MailStub::ResendVerification, request), "OK");
  const std::string second = Token("verify-email", email);
  EXPECT_EQ(Verify(first), "UNAUTHENTICATED EMAIL_TOKEN_INVALID");
  EXPECT_EQ(Verify(second), "OK");
}

TEST_F(MailTest, RegisteringATakenAddressTellsItsOwnerAndNobodyElse) {
  const std::string email = VerifiedPerson();
  EXPECT_EQ(Describe(client().Register(email, kOtherPassword).status), "OK");
  EXPECT_THAT(Mail("register-attempt", email), Not(HasSubstr("sge_")));
  EXPECT_EQ(Describe(client().Login(email, kPassword).status), "OK");
}

//
TEST_F(MailTest, AForgottenPasswordIsChosenAnewByTheLinkAndEverySessionEnds) {
  const std::string email = VerifiedPerson();
  const auto session = LoginOf(email);
  EXPECT_EQ(RequestReset(email), "OK");
  const std::string token = Token("password-reset", email);
  EXPECT_EQ(Reset(token, "password1"), "INVALID_ARGUMENT FIELD_INVALID new_password");
  EXPECT_EQ(Reset(token, kOtherPassword), "OK");
  EXPECT_EQ(Reset(token, kOtherPassword), "UNAUTHENTICATED EMAIL_TOKEN_INVALID");
  EXPECT_EQ(client().AwaitRefusal(session.tokens().access_token()),
            v1::INACTIVE_REASON_REVOKED_USER);
  EXPECT_EQ(Describe(client().Refresh(session.tokens().refresh_token()).status),
            "UNAUTHENTICATED SESSION_ENDED");
  EXPECT_EQ(Describe(client().Login(email, kPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  EXPECT_EQ(Describe(client().Login(email, kOtherPassword).status), "OK");
  EXPECT_THAT(Mail("password-changed", email), HasSubstr("127.0.0.1"));
}

// a known and an unknown address cost the caller the same: the same statements, each of
// which writes as much.
TEST_F(MailTest, ARequestForAnUnknownAddressDoesTheSameWork) {
  const std::string known = VerifiedPerson();
  const auto count = [&](const std::string& email) {
    std::map<std::string, double> statements;
    const auto read = [](const char* name) {
      return tests::Metric(
          server().http_port(),
          absl::StrCat("signet_database_statements_total{statement=\"", name, "\"}"));
    };
    const char* names[] = {"find_by_email", "issue_email_token", "other"};
    for (const char* name : names) statements[name] = -read(name);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(RequestReset(email), "OK");
    for (const char* name : names) statements[name] += read(name);
    return statements;
  };
  const auto for_known = count(known);
  EXPECT_EQ(for_known, count("nobody@people.example"));
  EXPECT_EQ(for_known.at("issue_email_token"), 10);
  Mail("password-reset", known);
}

//
TEST_F(MailTest, TheAddressChangesWhenBothAddressesHaveConfirmed) {
  const std::string email = VerifiedPerson();
  const std::string fresh = absl::StrCat("new-", email);
  const auto mine = LoginOf(email);
  const auto other = LoginOf(email);
  v1::RequestEmailChangeRequest request;
  request.set_new_email(fresh);
  request.set_current_password(kPassword);
  EXPECT_EQ(Call(&MailStub::RequestEmailChange, request, mine.tokens().access_token()), "OK");
  bool changed = true;
  EXPECT_EQ(Confirm(Token("email-change-old", email), &changed), "OK");
  EXPECT_FALSE(changed);
  EXPECT_EQ(Confirm(Token("email-change-new", fresh), &changed), "OK");
  EXPECT_TRUE(changed);
  EXPECT_THAT(Mail("email-changed", email), HasSubstr(fresh));
  EXPECT_EQ(Describe(client().Login(email, kPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  EXPECT_EQ(Describe(client().Login(fresh, kPassword).status), "OK");
  EXPECT_EQ(client().AwaitRefusal(other.tokens().access_token()),
            v1::INACTIVE_REASON_REVOKED_SESSION);
  EXPECT_TRUE(client().Validate(mine.tokens().access_token()).message.active());
}

TEST_F(MailTest, AChangedPasswordIsTold) {
  const std::string email = VerifiedPerson();
  v1::ChangePasswordRequest request;
  request.set_current_password(kPassword);
  request.set_new_password(kOtherPassword);
  EXPECT_EQ(Call(&MailStub::ChangePassword, request, LoginOf(email).tokens().access_token()), "OK");
  Mail("password-changed", email);
}

// a link leads where the configuration says, whatever a request claims about its host.
TEST_F(MailTest, LinksComeFromTheConfigurationAlone) {
  const std::string email = VerifiedPerson();
  v1::RequestPasswordResetRequest request;
  request.set_email(email);
  const auto answer =
      ServiceClient::Call(client().auth(), &MailStub::RequestPasswordReset, request,
                          Credential{.metadata = {{"x-forwarded-host", "evil.example"}}});
  EXPECT_EQ(Describe(answer.status), "OK");
  const std::string mail = Mail("password-reset", email);
  EXPECT_THAT(mail, HasSubstr("https://id.example.com/reset-password#sge_"));
  EXPECT_THAT(mail, Not(HasSubstr("evil.example")));
}

// tokens and addresses stand in mails alone.
TEST_F(MailTest, NeitherLogNorDatabaseShowsATokenOrAMailsAddress) {
  const std::string email = VerifiedPerson();
  EXPECT_EQ(RequestReset(email), "OK");
  const std::string token = Token("password-reset", email);
  ASSERT_FALSE(token.empty());
  EXPECT_THAT(server().log(), Not(HasSubstr(token)));
  EXPECT_THAT(server().log(), Not(HasSubstr(email)));
  EXPECT_THAT(server().log(), Not(HasSubstr("sge_")));
  EXPECT_THAT(tests::Dump(database()), Not(HasSubstr(token.substr(8))));
}

// The first administrator is made at the server's own keyboard, which vouches for the address.
TEST_F(MailTest, TheFirstAdministratorNeedsNoVerification) { EXPECT_FALSE(AdminToken().empty()); }

}  // namespace
}  // namespace signet::contract
