#include "server/domain/mail/change_email.h"

#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

class ChangeEmailTest : public UseCaseTest {
 protected:
  ChangeEmailTest() {
    EXPECT_TRUE(Register("ada@example.com").ok());
    Mails();
  }
  absl::Status Request(const LoginDecision& session, absl::string_view email,
                       absl::string_view password = kPassword) {
    return RequestEmailChange(current_, email_tokens_, policy_, mails_, audit_, mail_rules_)
        .Run(CallerOf(session), {std::string(email), base::Secret(password)}, Call());
  }
  // The tokens to the present and to the new address.
  std::pair<std::string, std::string> Requested(const LoginDecision& session,
                                                absl::string_view email) {
    EXPECT_TRUE(Request(session, email).ok());
    std::pair<std::string, std::string> tokens;
    for (const OutgoingMail& mail : Mails()) {
      const bool to_old = mail.kind == MailKind::kEmailChangeOld;
      EXPECT_EQ(mail.address, to_old ? "ada@example.com" : email);
      (to_old ? tokens.first : tokens.second) = std::string(mail.token.reveal());
    }
    return tokens;
  }
  absl::StatusOr<bool> Confirm(absl::string_view token) {
    return ConfirmEmailChange(email_tokens_, mails_, audit_, lifetimes_).Run(token, Call());
  }
};

//
TEST_F(ChangeEmailTest, BothAddressesConfirmTheOldOneIsToldAndOtherSessionsEnd) {
  const LoginDecision mine = Enter();
  device_token_ = mine.device_token.Clone();
  const LoginDecision other = Enter();
  const auto [to_old, to_new] = Requested(mine, "Ada@Example.org");
  EXPECT_FALSE(*Confirm(to_new));
  EXPECT_EQ(TryLogin("ada@example.org")->outcome, LoginOutcome::kUnknownAccount);
  EXPECT_TRUE(*Confirm(to_old));
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kUnknownAccount);
  EXPECT_EQ(TryLogin("ada@example.org")->outcome, LoginOutcome::kSucceeded);
  EXPECT_TRUE((*accounts_.FindByEmail("ada@example.org"))->email_verified);
  EXPECT_TRUE(Judge(mine.tokens->access_token).accepted());
  EXPECT_FALSE(Judge(other.tokens->access_token).accepted());
  EXPECT_EQ((*sessions_.History(std::nullopt, other.session_id))->session.end_reason,
            EndReason::kEmailChanged);
  const auto mails = Mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].kind, MailKind::kEmailChanged);
  EXPECT_EQ(mails[0].address, "ada@example.com");
  EXPECT_EQ(mails[0].new_email, "Ada@Example.org");
}

TEST_F(ChangeEmailTest, OneAddressCannotConfirmForBoth) {
  const auto [to_old, to_new] = Requested(Enter(), "ada@example.org");
  EXPECT_FALSE(*Confirm(to_new));
  EXPECT_EQ(base::ErrorReason(Confirm(to_new).status()), "EMAIL_TOKEN_INVALID");
}

// look-alikes are one account.
TEST_F(ChangeEmailTest, ASpellingOfThePresentAddressIsNoNewOne) {
  EXPECT_EQ(base::ErrorReason(Request(Enter(), "ADA@EXAMPLE.com")), "FIELD_INVALID");
}

// A caller cannot find out who has an account; and nobody loses theirs.
TEST_F(ChangeEmailTest, AnAddressWithAnAccountIsAnsweredAlikeAndGetsNoMail) {
  ASSERT_TRUE(Register("bob@example.com").ok());
  Mails();
  EXPECT_TRUE(Request(Enter(), "bob@example.com").ok());
  const auto mails = Mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].kind, MailKind::kEmailChangeOld);
  EXPECT_FALSE(*Confirm(mails[0].token.reveal()));
}

TEST_F(ChangeEmailTest, AnAddressThatWasTakenMeanwhileStaysItsOwners) {
  const auto [to_old, to_new] = Requested(Enter(), "ada@example.org");
  ASSERT_TRUE(Register("ada@example.org").ok());
  EXPECT_FALSE(*Confirm(to_new));
  EXPECT_EQ(base::ErrorReason(Confirm(to_old).status()), "CONFLICT");
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kSucceeded);
}

TEST_F(ChangeEmailTest, TheCurrentPasswordIsNeeded) {
  EXPECT_EQ(base::ErrorReason(Request(Enter(), "ada@example.org", "wrong password")),
            "CREDENTIALS_INVALID");
  EXPECT_TRUE(Mails().empty());
}

TEST_F(ChangeEmailTest, ASecondRequestWithinAMinuteIsRefusedAndALaterOneReplacesTheFirst) {
  const LoginDecision session = Enter();
  const auto first = Requested(session, "ada@example.org");
  const absl::Status soon = Request(session, "ada@example.net");
  EXPECT_EQ(base::ErrorReason(soon), "RATE_LIMITED");
  EXPECT_TRUE(base::RetryAfter(soon).has_value());
  clock_.Advance(absl::Minutes(1));
  const auto second = Requested(session, "ada@example.net");
  EXPECT_EQ(base::ErrorReason(Confirm(first.second).status()), "EMAIL_TOKEN_INVALID");
  EXPECT_FALSE(*Confirm(second.second));
  EXPECT_TRUE(*Confirm(second.first));
  EXPECT_EQ(TryLogin("ada@example.net")->outcome, LoginOutcome::kSucceeded);
}

}  // namespace
}  // namespace signet::domain
