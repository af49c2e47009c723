// a login, a step-up and the settings of an account with a second factor.

#include "server/domain/mfa/complete_mfa.h"
#include "server/domain/mfa/confirm_totp.h"
#include "server/domain/mfa/enroll_totp.h"
#include "server/domain/mfa/factor_settings.h"
#include "server/domain/mfa/step_up.h"
#include "server/domain/mfa/totp.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

class FactorTest : public UseCaseTest {
 protected:
  FactorTest() {
    EXPECT_TRUE(Register("ada@example.com").ok());
    user_ = Enter().user_id;
    Mails();  // the welcome is read
  }

  Caller CallerOf(const base::Secret& access_token) {
    return *Caller::From(Judge(access_token).token());
  }
  // The secret as the authenticator app has it: the fake sealer puts the user's id before it.
  base::Secret AppSecret() {
    return *totp_sealer_.Open(user_, (*factors_.Read(user_))->totp_sealed);
  }
  std::string Code(int64_t off = 0) {
    return HotpCode(AppSecret(), TotpStepAt(clock_.Now()) + off, kTotpDigits);
  }
  static FactorAnswer Totp(const std::string& code) {
    return {FactorAnswer::Kind::kTotp, base::Secret(absl::string_view(code))};
  }
  static FactorAnswer Recovery(absl::string_view code) {
    return {FactorAnswer::Kind::kRecoveryCode, base::Secret(code)};
  }
  absl::Status Enroll(const Caller& caller) {
    return EnrollTotp(factors_, totp_sealer_, audit_, "Signet").Run(caller, Call()).status();
  }
  absl::StatusOr<std::vector<base::Secret>> Confirm(const Caller& caller, const std::string& code) {
    return ConfirmTotp(factors_, totp_sealer_, recovery_, mails_, audit_, lifetimes_)
        .Run(caller, base::Secret(absl::string_view(code)), Call());
  }
  // Both, in a new session; the recovery codes. One step later, so that its code is unused.
  std::vector<base::Secret> InForce() {
    const Caller caller = CallerOf(*Enter().tokens);
    EXPECT_TRUE(Enroll(caller).ok());
    auto codes = Confirm(caller, Code());
    EXPECT_TRUE(codes.ok()) << codes.status();
    clock_.Advance(kTotpStep);
    return *std::move(codes);
  }
  Caller CallerOf(const TokenPair& pair) { return CallerOf(pair.access_token); }
  std::string Challenge() {
    const auto decision = TryLogin("ada@example.com");
    EXPECT_EQ(decision->outcome, LoginOutcome::kMfaRequired);
    EXPECT_FALSE(decision->tokens);
    return std::string(decision->challenge->text.reveal());
  }
  MfaDecision Complete(const std::string& challenge, FactorAnswer answer) {
    auto decision = CompleteMfa(sessions_, prove_, mfa_challenges_, issuer_, audit_, lifetimes_,
                                devices_, mails_)
                        .Run({challenge, std::move(answer)}, Call());
    EXPECT_TRUE(decision.ok()) << decision.status();
    return *std::move(decision);
  }
  absl::StatusOr<SteppedUp> TryStepUp(const Caller& caller, std::optional<FactorAnswer> answer,
                                      absl::string_view password = kPassword) {
    return StepUp(current_, sessions_, policy_, issuer_, lifetimes_, prove_, audit_)
        .Run(caller, {base::Secret(password), std::move(answer)}, Call());
  }
  FactorSettings Settings() { return FactorSettings(factors_, recovery_, mails_, audit_); }

  base::UserId user_;
};

TEST_F(FactorTest, ThePasswordAloneGetsAChallengeAndTheCodeOpensWhatItDescribed) {
  InForce();
  scopes_ = {"orders.read"};
  const std::string challenge = Challenge();
  const MfaDecision decision = Complete(challenge, Totp(Code()));
  ASSERT_EQ(decision.outcome, MfaOutcome::kSucceeded);
  const token::Verdict verdict = Judge(decision.tokens->access_token);
  ASSERT_TRUE(verdict.accepted());
  const token::AccessTokenClaims& claims = verdict.token().claims();
  EXPECT_EQ(claims.subject, user_.ToString());
  EXPECT_EQ(claims.client_id, "web");
  EXPECT_EQ(claims.scopes, scopes_);
  EXPECT_EQ(claims.acr, "2");
  EXPECT_EQ(claims.amr, (std::vector<std::string>{"pwd", "otp", "mfa"}));
  // Refresh keeps them.
  const auto refreshed = TryRefresh(decision.tokens->refresh_token.reveal());
  EXPECT_EQ(Judge(refreshed->tokens->access_token).token().claims().acr, "2");
}

TEST_F(FactorTest, AWrongPasswordLooksLikeAnybodysAndCostsTheSame) {
  InForce();
  hasher_.checks = 0;
  const auto decision = TryLogin("ada@example.com", "wrong password");
  EXPECT_EQ(decision->outcome, LoginOutcome::kWrongPassword);
  EXPECT_FALSE(decision->challenge);
  EXPECT_EQ(hasher_.checks, 1);
}

TEST_F(FactorTest, AChallengeOpensOneSession) {
  InForce();
  const std::string challenge = Challenge();
  ASSERT_EQ(Complete(challenge, Totp(Code())).outcome, MfaOutcome::kSucceeded);
  clock_.Advance(kTotpStep);
  const MfaDecision again = Complete(challenge, Totp(Code()));
  EXPECT_EQ(again.outcome, MfaOutcome::kRaced);
  EXPECT_EQ(base::ErrorReason(again.refusal), "MFA_CHALLENGE_INVALID");
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(Complete(challenge, Totp(Code())).outcome, MfaOutcome::kChallengeInvalid);
}

TEST_F(FactorTest, ACodeCountsOnceForEverTheSetUpCodeIncluded) {
  const Caller caller = CallerOf(*Enter().tokens);
  ASSERT_TRUE(Enroll(caller).ok());
  const std::string setup = Code();
  ASSERT_TRUE(Confirm(caller, setup).ok());
  const MfaDecision replayed = Complete(Challenge(), Totp(setup));
  EXPECT_EQ(replayed.outcome, MfaOutcome::kReplayedCode);
  EXPECT_EQ(base::ErrorReason(replayed.refusal), "MFA_CODE_INVALID");
  const std::string next = Code(1);
  EXPECT_EQ(Complete(Challenge(), Totp(next)).outcome, MfaOutcome::kSucceeded);
  EXPECT_EQ(Complete(Challenge(), Totp(next)).outcome, MfaOutcome::kReplayedCode);
}

TEST_F(FactorTest, ARecoveryCodeOpensOnceAndItsSetIsReplacedWhole) {
  const auto codes = InForce();
  ASSERT_EQ(codes.size(), 10u);
  const MfaDecision used = Complete(Challenge(), Recovery(codes[3].reveal()));
  EXPECT_EQ(used.outcome, MfaOutcome::kRecovered);
  EXPECT_EQ(Complete(Challenge(), Recovery(codes[3].reveal())).outcome, MfaOutcome::kWrongCode);
  const Caller caller = CallerOf(*used.tokens);
  EXPECT_EQ(Settings().Status(caller, Call())->recovery_codes_left, 9);
  const auto fresh = Settings().RegenerateRecoveryCodes(caller, Call());
  ASSERT_TRUE(fresh.ok());
  EXPECT_EQ(Settings().Status(caller, Call())->recovery_codes_left, 10);
  EXPECT_EQ(Complete(Challenge(), Recovery(codes[4].reveal())).outcome, MfaOutcome::kWrongCode);
  EXPECT_EQ(Complete(Challenge(), Recovery((*fresh)[0].reveal())).outcome, MfaOutcome::kRecovered);
}

// counted for the account, whatever challenge they come with; a right code is not looked at
// during the pause, and the pause doubles.
TEST_F(FactorTest, FiveWrongCodesStartAPauseThatGrows) {
  InForce();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Complete(Challenge(), Totp("000000")).outcome, MfaOutcome::kWrongCode) << i;
  }
  const MfaDecision refused = Complete(Challenge(), Totp(Code()));
  EXPECT_EQ(refused.outcome, MfaOutcome::kRefused);
  EXPECT_EQ(base::ErrorReason(refused.refusal), "RATE_LIMITED");
  EXPECT_EQ(base::RetryAfter(refused.refusal), absl::Minutes(1));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Complete(Challenge(), Totp("000000")).outcome, MfaOutcome::kWrongCode);
  EXPECT_EQ(base::RetryAfter(Complete(Challenge(), Totp(Code())).refusal), absl::Minutes(2));
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(Complete(Challenge(), Totp(Code())).outcome, MfaOutcome::kSucceeded);
  // A success starts the count anew.
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(Complete(Challenge(), Totp("000000")).outcome, MfaOutcome::kWrongCode) << i;
  }
  clock_.Advance(kTotpStep);
  EXPECT_EQ(Complete(Challenge(), Totp(Code())).outcome, MfaOutcome::kSucceeded);
}

TEST_F(FactorTest, AChallengeIsWorthlessAfterAPasswordChangeOrForADisabledAccount) {
  InForce();
  const std::string before = Challenge();
  ASSERT_TRUE(*accounts_.ChangePassword(user_, 1, absl::StrCat("new:", kPassword), std::nullopt,
                                        clock_.Now(), clock_.Now(), MailRow(), AuditRecord()));
  EXPECT_EQ(Complete(before, Totp(Code())).outcome, MfaOutcome::kRaced);
  const std::string after = Challenge();
  clock_.Advance(kTotpStep);
  const std::string code = Code();
  database_.SetAccountStatus(user_, AccountStatus::kDisabled);
  EXPECT_FALSE(Complete(after, Totp(code)).tokens);
}

// No session is left without the second factor: that is why the age of an authentication is enough.
TEST_F(FactorTest, SettingUpEndsTheOtherSessionsAndRaisesThisOne) {
  const LoginDecision other = Enter();
  const LoginDecision mine = Enter();
  const Caller caller = CallerOf(*mine.tokens);
  ASSERT_TRUE(Enroll(caller).ok());
  EXPECT_EQ(base::ErrorReason(Confirm(caller, "000000").status()), "MFA_CODE_INVALID");
  ASSERT_TRUE(Confirm(caller, Code()).ok());
  EXPECT_FALSE(Judge(other.tokens->access_token).accepted());
  const auto refreshed = TryRefresh(mine.tokens->refresh_token.reveal());
  ASSERT_TRUE(refreshed->tokens);
  EXPECT_EQ(Judge(refreshed->tokens->access_token).token().claims().acr, "2");
  EXPECT_EQ(outbox_.Waiting().size(), 1u);
  EXPECT_EQ(outbox_.Waiting()[0].kind, MailKind::kMfaChanged);
}

TEST_F(FactorTest, EnrollingCountsForNothingUntilConfirmedAndOnlyForAnHour) {
  const Caller caller = CallerOf(*Enter().tokens);
  EXPECT_EQ(base::ErrorReason(Confirm(caller, "000000").status()), "MFA_NOT_ENROLLED");
  ASSERT_TRUE(Enroll(caller).ok());
  EXPECT_TRUE(Settings().Status(caller, Call())->totp_waits);
  Enter();  // without a challenge
  clock_.Advance(kEnrollmentLife);
  EXPECT_EQ(base::ErrorReason(Confirm(caller, Code()).status()), "MFA_NOT_ENROLLED");
  ASSERT_TRUE(Enroll(caller).ok());
  ASSERT_TRUE(Confirm(caller, Code()).ok());
  EXPECT_EQ(base::ErrorReason(Enroll(caller)), "MFA_ALREADY_ENABLED");
}

TEST_F(FactorTest, SwitchedOffThePasswordOpensAgain) {
  const auto codes = InForce();
  const MfaDecision login = Complete(Challenge(), Totp(Code()));
  const Caller caller = CallerOf(*login.tokens);
  ASSERT_TRUE(Settings().DisableTotp(caller, Call()).ok());
  EXPECT_EQ(base::ErrorReason(Settings().DisableTotp(caller, Call())), "MFA_NOT_ENABLED");
  EXPECT_EQ(base::ErrorReason(Settings().RegenerateRecoveryCodes(caller, Call()).status()),
            "MFA_NOT_ENABLED");
  Enter();
  EXPECT_EQ(outbox_.Waiting().size(), 2u);
}

TEST_F(FactorTest, SteppingUpNeedsBothFactors) {
  InForce();
  const MfaDecision login = Complete(Challenge(), Totp(Code()));
  clock_.Advance(absl::Minutes(20));
  const auto refreshed = TryRefresh(login.tokens->refresh_token.reveal());
  const Caller caller = CallerOf(*refreshed->tokens);
  EXPECT_EQ(base::ErrorReason(TryStepUp(caller, std::nullopt).status()), "MFA_REQUIRED");
  EXPECT_EQ(base::ErrorReason(TryStepUp(caller, std::nullopt, "wrong password").status()),
            "CREDENTIALS_INVALID");
  EXPECT_EQ(base::ErrorReason(TryStepUp(caller, Totp("000000")).status()), "MFA_CODE_INVALID");
  const std::string code = Code();
  const auto stepped_up = TryStepUp(caller, Totp(code));
  ASSERT_TRUE(stepped_up.ok()) << stepped_up.status();
  EXPECT_EQ(stepped_up->acr, "2");
  EXPECT_EQ(CallerOf(stepped_up->access_token).authenticated_at(), clock_.Now());
  EXPECT_EQ(base::ErrorReason(TryStepUp(caller, Totp(code)).status()), "MFA_CODE_INVALID");
}

// one event for each call, with the true reason.
TEST_F(FactorTest, EachCallHasItsEvent) {
  const Caller caller = CallerOf(*Enter().tokens);
  const auto expect_last = [&](AuditAction action, AuditOutcome outcome,
                               const std::string& reason) {
    const AuditEvent event = LastAudit();
    EXPECT_EQ(event.action, action);
    EXPECT_EQ(event.outcome, outcome);
    EXPECT_EQ(event.reason, reason);
    EXPECT_EQ(event.subject, user_);
  };
  EXPECT_FALSE(Confirm(caller, "000000").ok());
  expect_last(AuditAction::kConfirmTotp, AuditOutcome::kRefused, "MFA_NOT_ENROLLED");
  ASSERT_TRUE(Enroll(caller).ok());
  expect_last(AuditAction::kEnrollTotp, AuditOutcome::kSucceeded, "");
  const auto codes = Confirm(caller, Code());
  ASSERT_TRUE(codes.ok());
  expect_last(AuditAction::kConfirmTotp, AuditOutcome::kSucceeded, "");
  const std::string challenge = Challenge();
  expect_last(AuditAction::kLogin, AuditOutcome::kSucceeded, "MFA_REQUIRED");
  Complete(challenge, Totp("000000"));
  expect_last(AuditAction::kCompleteMfa, AuditOutcome::kRefused, "WRONG_CODE");
  Complete(challenge, Recovery((*codes)[0].reveal()));
  expect_last(AuditAction::kCompleteMfa, AuditOutcome::kSucceeded, "RECOVERY_CODE");
  EXPECT_FALSE(TryStepUp(caller, std::nullopt).ok());
  expect_last(AuditAction::kStepUp, AuditOutcome::kRefused, "MFA_REQUIRED");
  ASSERT_TRUE(TryStepUp(caller, Totp(Code(1))).ok());
  expect_last(AuditAction::kStepUp, AuditOutcome::kSucceeded, "");
  ASSERT_TRUE(Settings().RegenerateRecoveryCodes(caller, Call()).ok());
  expect_last(AuditAction::kReplaceRecoveryCodes, AuditOutcome::kSucceeded, "");
  ASSERT_TRUE(Settings().DisableTotp(caller, Call()).ok());
  expect_last(AuditAction::kDisableTotp, AuditOutcome::kSucceeded, "");
  EXPECT_FALSE(Settings().DisableTotp(caller, Call()).ok());
  expect_last(AuditAction::kDisableTotp, AuditOutcome::kRefused, "MFA_NOT_ENABLED");
}

TEST_F(FactorTest, WithoutADatabaseNothingIsDecided) {
  InForce();
  const std::string challenge = Challenge();
  database_.SetAvailable(false);
  const auto decision =
      CompleteMfa(sessions_, prove_, mfa_challenges_, issuer_, audit_, lifetimes_, devices_, mails_)
          .Run({challenge, Totp("000000")}, Call());
  EXPECT_EQ(base::ErrorReason(decision.status()), "STORAGE_UNAVAILABLE");
}

}  // namespace
}  // namespace signet::domain
