#include "server/domain/mail/reset_password.h"

#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

constexpr char kNewPassword[] = "battery staple horse";

class ResetPasswordTest : public UseCaseTest {
 protected:
  ResetPasswordTest() {
    EXPECT_TRUE(Register("ada@example.com").ok());
    Mails();
    clock_.Advance(absl::Minutes(5));
  }
  absl::Status Request(absl::string_view email) {
    return RequestPasswordReset(accounts_, email_tokens_, mails_, audit_, mail_rules_)
        .Run(email, Call());
  }
  // The token of the mail that a request sends.
  std::string Requested() {
    EXPECT_TRUE(Request("ada@example.com").ok());
    const auto mails = Mails();
    EXPECT_EQ(mails.size(), 1u);
    EXPECT_EQ(mails.at(0).kind, MailKind::kPasswordReset);
    return std::string(mails.at(0).token.reveal());
  }
  std::string Confirm(absl::string_view token, absl::string_view password = kNewPassword) {
    const absl::Status status =
        ConfirmPasswordReset(email_tokens_, hasher_, policy_, mails_, audit_, lifetimes_)
            .Run(ConfirmPasswordResetCommand{base::Secret(token), base::Secret(password)}, Call());
    return status.ok() ? "OK" : base::ErrorReason(status);
  }
};

//
TEST_F(ResetPasswordTest, TheLinkReplacesThePasswordOnceEndsEverySessionAndTells) {
  const LoginDecision before = Enter();
  const std::string token = Requested();
  EXPECT_EQ(Confirm(token), "OK");
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kWrongPassword);
  EXPECT_EQ(TryLogin("ada@example.com", kNewPassword)->outcome, LoginOutcome::kSucceeded);
  EXPECT_FALSE(Judge(before.tokens->access_token).accepted());
  // No device is known by the new password.
  const auto mails = Mails();
  ASSERT_EQ(mails.size(), 2u);
  EXPECT_EQ(mails[0].kind, MailKind::kPasswordChanged);
  EXPECT_EQ(mails[1].kind, MailKind::kNewDevice);
  EXPECT_EQ(Confirm(token), "EMAIL_TOKEN_INVALID");
}

// what an unknown address costs: the same statements, the same writes, the same answer.
TEST_F(ResetPasswordTest, AnUnknownAddressIsAnsweredAlikeAndGetsNoMail) {
  EXPECT_TRUE(Request("nobody@example.com").ok());
  EXPECT_TRUE(Request("nobody@example.com").ok());  // within the interval: no second write
  const auto mails = Mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].kind, MailKind::kNobody);
}

// Whoever asks for a look-alike of the address does not have the link sent there.
TEST_F(ResetPasswordTest, TheMailGoesToTheAddressThatTheAccountHas) {
  EXPECT_TRUE(Request("ADA@example.com").ok());
  EXPECT_EQ(Mails().at(0).address, "ada@example.com");
}

TEST_F(ResetPasswordTest, AWeakPasswordLeavesTheTokenUsable) {
  const std::string token = Requested();
  EXPECT_EQ(Confirm(token, "short"), "FIELD_INVALID");
  EXPECT_EQ(Confirm(token), "OK");
}

// Hashing is dear: nobody gets one for a token that is not live.
TEST_F(ResetPasswordTest, NothingIsHashedForATokenThatIsNotLive) {
  const std::string token = Requested();
  const int before = hasher_.hashes;
  const EmailToken forged =
      EmailToken::New(base::UserId::New(clock_.Now()), EmailTokenPurpose::kPasswordReset);
  EXPECT_EQ(Confirm(forged.Encode().reveal()), "EMAIL_TOKEN_INVALID");
  EXPECT_EQ(Confirm("sge_nonsense"), "EMAIL_TOKEN_INVALID");
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Confirm(token), "EMAIL_TOKEN_INVALID");
  EXPECT_EQ(hasher_.hashes, before);
}

TEST_F(ResetPasswordTest, ATokenOfAnotherPurposeIsRefused) {
  ASSERT_TRUE(Register("bob@example.com").ok());
  const auto welcome = Mails();
  EXPECT_EQ(Confirm(welcome.at(0).token.reveal()), "EMAIL_TOKEN_INVALID");
}

TEST_F(ResetPasswordTest, ANewerLinkTakesThePlaceOfTheEarlierOne) {
  const std::string first = Requested();
  clock_.Advance(absl::Minutes(1));
  const std::string second = Requested();
  EXPECT_EQ(Confirm(first), "EMAIL_TOKEN_INVALID");
  EXPECT_EQ(Confirm(second), "OK");
}

TEST_F(ResetPasswordTest, ADisabledAccountIsNotResetEvenWithALinkFromBefore) {
  const std::string token = Requested();
  database_.SetAccountStatus((*accounts_.FindByEmail("ada@example.com"))->user_id,
                             AccountStatus::kDisabled);
  EXPECT_EQ(Confirm(token), "EMAIL_TOKEN_INVALID");
  clock_.Advance(absl::Minutes(2));
  EXPECT_TRUE(Request("ada@example.com").ok());
  EXPECT_EQ(Mails().at(0).kind, MailKind::kNobody);
}

TEST_F(ResetPasswordTest, WithoutMailARequestIsRefused) {
  const NoMail none;
  EXPECT_EQ(
      base::ErrorReason(RequestPasswordReset(accounts_, email_tokens_, none, audit_, mail_rules_)
                            .Run("ada@example.com", Call())),
      "MAIL_NOT_CONFIGURED");
}

}  // namespace
}  // namespace signet::domain
