#include "server/domain/mail/verify_email.h"

#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

class VerifyEmailTest : public UseCaseTest {
 protected:
  absl::Status Verify(const OutgoingMail& mail) {
    return VerifyEmail(email_tokens_, audit_).Run(mail.token.reveal(), Call());
  }
  absl::Status Resend(absl::string_view email) {
    return ResendVerification(accounts_, email_tokens_, mails_, audit_, mail_rules_)
        .Run(email, Call());
  }
  bool Verified(absl::string_view canonical) {
    return (*accounts_.FindByEmail(canonical))->email_verified;
  }
  LoginOutcome LoginWhereVerified(absl::string_view email, absl::string_view password = kPassword) {
    LoginCommand command;
    command.email = std::string(email);
    command.password = base::Secret(password);
    command.client_id = "web";
    command.audience = kAudience;
    return Login(gate_, accounts_, sessions_, hasher_, policy_, issuer_, audit_, lifetimes_,
                 mfa_challenges_, devices_, mails_, session_policy_, EmailRule::kVerified)
        .Run(command, Call())
        ->outcome;
  }
};

//
TEST_F(VerifyEmailTest, RegisteringSendsAWelcomeWhoseLinkVerifiesTheAddressOnce) {
  ASSERT_TRUE(Register("Ada@Example.com").ok());
  const auto mails = Mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].kind, MailKind::kWelcome);
  EXPECT_EQ(mails[0].address, "Ada@Example.com");
  EXPECT_EQ(mails[0].until, clock_.Now() + absl::Hours(1));
  EXPECT_FALSE(Verified("ada@example.com"));
  EXPECT_TRUE(Verify(mails[0]).ok());
  EXPECT_TRUE(Verified("ada@example.com"));
  EXPECT_EQ(base::ErrorReason(Verify(mails[0])), "EMAIL_TOKEN_INVALID");
}

TEST_F(VerifyEmailTest, ALinkWorksForAnHour) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const auto mails = Mails();
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(base::ErrorReason(Verify(mails[0])), "EMAIL_TOKEN_INVALID");
}

// the same work and the same answer for whoever has an account; one mail an hour, or anybody
// could fill a mailbox by registering.
TEST_F(VerifyEmailTest, TheOwnerOfATakenAddressIsToldOnceAnHour) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  Mails();
  EXPECT_TRUE(Register("ADA@example.com").ok());
  EXPECT_TRUE(Register("ada@example.com").ok());
  auto mails = Mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].kind, MailKind::kRegisterAttempt);
  EXPECT_TRUE(mails[0].token.empty());
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(Register("ada@example.com").ok());
  EXPECT_EQ(Mails().size(), 1u);
}

TEST_F(VerifyEmailTest, ANewerLinkTakesThePlaceOfTheEarlierOne) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const auto first = Mails();
  clock_.Advance(absl::Minutes(2));
  ASSERT_TRUE(Resend("ada@EXAMPLE.com").ok());
  const auto second = Mails();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].kind, MailKind::kVerifyEmail);
  EXPECT_EQ(base::ErrorReason(Verify(first[0])), "EMAIL_TOKEN_INVALID");
  EXPECT_TRUE(Verify(second[0]).ok());
}

TEST_F(VerifyEmailTest, ASecondRequestWithinAMinuteSendsNothing) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const auto first = Mails();
  clock_.Advance(absl::Seconds(59));
  EXPECT_TRUE(Resend("ada@example.com").ok());
  EXPECT_TRUE(Mails().empty());
  EXPECT_TRUE(Verify(first[0]).ok());  // the one that was sent still works
}

TEST_F(VerifyEmailTest, NobodyGetsAMailForAnUnknownDisabledOrVerifiedAddress) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  ASSERT_TRUE(Register("bob@example.com").ok());
  ASSERT_TRUE(Verify(Mails()[0]).ok());
  database_.SetAccountStatus((*accounts_.FindByEmail("bob@example.com"))->user_id,
                             AccountStatus::kDisabled);
  clock_.Advance(absl::Minutes(2));
  for (const char* email : {"nobody@example.com", "ada@example.com", "bob@example.com"}) {
    EXPECT_TRUE(Resend(email).ok());
  }
  const auto mails = Mails();
  ASSERT_EQ(mails.size(), 3u);  // as many writes as for three people
  for (const auto& mail : mails) EXPECT_EQ(mail.kind, MailKind::kNobody);
}

TEST_F(VerifyEmailTest, WhereAVerifiedAddressIsAskedForTheRightPasswordIsToldSo) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  EXPECT_EQ(LoginWhereVerified("ada@example.com", "wrong password"), LoginOutcome::kWrongPassword);
  EXPECT_EQ(LoginWhereVerified("ada@example.com"), LoginOutcome::kEmailNotVerified);
  ASSERT_TRUE(Verify(Mails()[0]).ok());
  EXPECT_EQ(LoginWhereVerified("ada@example.com"), LoginOutcome::kSucceeded);
}

TEST_F(VerifyEmailTest, WithoutMailNothingIsWrittenAndResendingIsRefused) {
  const NoMail none;
  ASSERT_TRUE(RegisterAccount(accounts_, hasher_, policy_, none, mail_rules_, audit_)
                  .Run(RegisterCommand{"ada@example.com", base::Secret(kPassword)}, Call())
                  .ok());
  EXPECT_TRUE(Mails().empty());
  EXPECT_EQ(
      base::ErrorReason(ResendVerification(accounts_, email_tokens_, none, audit_, mail_rules_)
                            .Run("ada@example.com", Call())),
      "MAIL_NOT_CONFIGURED");
}

}  // namespace
}  // namespace signet::domain
