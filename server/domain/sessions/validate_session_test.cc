#include "server/domain/sessions/validate_session.h"

#include "server/domain/sessions/sessions.h"
#include "server/domain/sessions/switch_sessions.h"
#include "server/domain/tokens/explain_token.h"
#include "server/domain/tokens/revoke_token.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

using token::RejectReason;

// One replica: what it holds of sessions, over the database that all share.
class Replica {
 public:
  Replica(SessionTokenStore& store, TokenIssuer& issuer, const ValidateToken& validate,
          const base::Snapshot<SessionPolicy>& policy, const TokenLifetimes& lifetimes)
      : activity_(store, lifetimes.session_idle),
        validate_({store, issuer, validate, policy, held_, activity_}, lifetimes) {}

  HeldSessions held_{1000};
  SessionActivity activity_;
  ValidateSession validate_;
};

class ValidateSessionTest : public UseCaseTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Register("ada@example.com").ok());
    wanted_ = WantedCredential::kSessionToken;
    login_ = Enter();
    ASSERT_TRUE(login_.session.has_value());
    token_ = std::string(login_.session->token.reveal());
    opened_ = clock_.Now();
  }

  ValidateDecision Judge(Replica& replica, absl::string_view audience = kAudience) {
    CatchUp();
    return replica.validate_.Run(token_, audience, clock_.Now()).decision;
  }
  bool Accepts(Replica& replica) { return Judge(replica).active(); }
  // Of the session, whatever is tried in its name.
  Caller AnyCaller() {
    wanted_ = WantedCredential::kSessionToken;
    Replica another(session_tokens_, issuer_, tokens_, session_policy_, lifetimes_);
    const SessionJudgement judgement = another.validate_.Run(token_, std::nullopt, opened_);
    return *Caller::From(judgement.decision.verdict.token());
  }

  void End(EndReason reason = EndReason::kTerminated) {
    ASSERT_TRUE(sessions_
                    .End(login_.user_id, login_.session_id, reason, Peer(), clock_.Now(),
                         lifetimes_.RevocationExpiry(clock_.Now()), std::nullopt, AuditRecord())
                    .value());
  }

  LoginDecision login_;
  std::string token_;
  absl::Time opened_;
  ValidateToken tokens_{verifier_, keys_, revocations_, {}};
  Replica here_{session_tokens_, issuer_, tokens_, session_policy_, lifetimes_};
  Replica there_{session_tokens_, issuer_, tokens_, session_policy_, lifetimes_};
};

// what is heard of a session token is what is heard of an access token.
TEST_F(ValidateSessionTest, SaysWhatAnAccessTokenOfTheSessionWouldSay) {
  const ValidateDecision decision = Judge(here_);
  ASSERT_TRUE(decision.active());
  EXPECT_EQ(decision.kind, CredentialKind::kSessionToken);
  EXPECT_TRUE(decision.asked);
  const token::ClaimsView claims = decision.verdict.token().claims();
  EXPECT_EQ(claims.subject, login_.user_id.ToString());
  EXPECT_EQ(claims.session_id, login_.session_id.ToString());
  EXPECT_EQ(claims.client_id, "web");
  EXPECT_FALSE(Judge(here_).asked) << "the second time it is at hand";
}

TEST_F(ValidateSessionTest, IsJudgedForItsAudienceAlone) {
  const ValidateDecision other = Judge(here_, "another");
  ASSERT_FALSE(other.active());
  EXPECT_EQ(other.verdict.reason(), RejectReason::kAudienceMismatch);
  CatchUp();
  EXPECT_TRUE(here_.validate_.Run(token_, std::nullopt, clock_.Now()).decision.active());
}

// rolling, to the second.
TEST_F(ValidateSessionTest, EndsIdleTimeAfterItsLastUseAndNotBefore) {
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(lifetimes_.session_idle - absl::Seconds(1));
    EXPECT_TRUE(Accepts(here_)) << "use " << i;
    ASSERT_TRUE(here_.activity_.Flush(clock_.Now()).ok());
  }
  clock_.Advance(lifetimes_.session_idle);
  const ValidateDecision idle = Judge(here_);
  EXPECT_FALSE(idle.active());
  EXPECT_EQ(idle.refusal, SessionRefusal::kIdle);
  EXPECT_EQ(Judge(there_).refusal, SessionRefusal::kIdle);
}

// also where it is still at hand, and the database would not be asked for another while.
TEST_F(ValidateSessionTest, EndsIdleTimeToTheSecondWhileItIsAtHand) {
  TokenLifetimes brief = lifetimes_;
  brief.session_idle = lifetimes_.access / 3;
  Replica replica(session_tokens_, issuer_, tokens_, session_policy_, brief);
  ASSERT_TRUE(Accepts(replica));
  clock_.Advance(brief.session_idle - absl::Microseconds(1));
  EXPECT_TRUE(Accepts(replica));
  clock_.Advance(brief.session_idle);
  EXPECT_EQ(Judge(replica).refusal, SessionRefusal::kIdle);
}

// whatever the activity, to the second.
TEST_F(ValidateSessionTest, EndsAtItsAbsoluteEndHoweverMuchItIsUsed) {
  const absl::Time end = opened_ + lifetimes_.session_life;
  while (clock_.Now() + absl::Minutes(5) < end) {
    clock_.Advance(absl::Minutes(5));
    ASSERT_TRUE(Accepts(here_)) << clock_.Now();
    ASSERT_TRUE(here_.activity_.Flush(clock_.Now()).ok());
  }
  clock_.Set(end - absl::Seconds(1));
  EXPECT_TRUE(Accepts(here_));
  EXPECT_TRUE(Accepts(there_));
  clock_.Set(end);
  const ValidateDecision expired = Judge(here_);
  ASSERT_FALSE(expired.active());
  EXPECT_EQ(expired.verdict.reason(), RejectReason::kExpired);
  EXPECT_EQ(expired.refusal, std::nullopt);
  EXPECT_FALSE(Accepts(there_));
}

// a use on one replica counts on all, with the second in which it was: also where that
// one would by itself have called the session idle, and where the use waited for its minute.
TEST_F(ValidateSessionTest, AUseOnAnotherReplicaCounts) {
  ASSERT_TRUE(Accepts(here_));
  ASSERT_TRUE(Accepts(there_));
  clock_.Advance(absl::Minutes(10));
  ASSERT_TRUE(Accepts(there_));  // written at once
  ASSERT_TRUE(there_.activity_.Flush(clock_.Now()).ok());
  clock_.Advance(absl::Seconds(20));
  ASSERT_TRUE(Accepts(there_));  // waits for the minute to end
  const absl::Time last = clock_.Now();
  for (int i = 0; i < 60; ++i) {
    clock_.Advance(absl::Seconds(1));
    ASSERT_TRUE(there_.activity_.Flush(clock_.Now()).ok());
  }
  clock_.Set(last + lifetimes_.session_idle - absl::Seconds(1));
  EXPECT_TRUE(Accepts(here_)) << "has known of no use for over 25 minutes, and asked";
  ASSERT_TRUE(here_.activity_.Flush(clock_.Now()).ok());
}

TEST_F(ValidateSessionTest, WithoutAUseElsewhereItEndsToTheSecondEverywhere) {
  ASSERT_TRUE(Accepts(here_));
  ASSERT_TRUE(Accepts(there_));
  clock_.Set(opened_ + lifetimes_.session_idle - absl::Microseconds(1));
  // A look that is no use.
  EXPECT_TRUE(
      ExplainToken(verifier_, sessions_, session_tokens_, session_policy_, audit_, lifetimes_)
          .Run(AnyCaller(), token_, "", Call())
          ->active);
  clock_.Set(opened_ + lifetimes_.session_idle);
  EXPECT_EQ(Judge(here_).refusal, SessionRefusal::kIdle);
  EXPECT_EQ(Judge(there_).refusal, SessionRefusal::kIdle);
}

// A session costs a query now and then, not one per use (R-405 in spirit).
TEST_F(ValidateSessionTest, AsksTheDatabaseOncePerLifeOfAnAccessToken) {
  const int before = session_tokens_.reads();
  for (int second = 0; second < 30 * 60; ++second) {
    ASSERT_TRUE(Accepts(here_));
    ASSERT_TRUE(here_.activity_.Flush(clock_.Now()).ok());
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(session_tokens_.reads() - before, 2);
}

// whatever ends a session ends it, and is heard of by the revocation log without a query.
TEST_F(ValidateSessionTest, AnEndedSessionIsRefusedWithoutAQuery) {
  ASSERT_TRUE(Accepts(here_));
  End();
  const int before = session_tokens_.reads();
  const ValidateDecision ended = Judge(here_);
  ASSERT_FALSE(ended.active());
  EXPECT_EQ(ended.verdict.reason(), RejectReason::kRevokedSession);
  EXPECT_EQ(ended.refusal, std::nullopt);
  EXPECT_EQ(session_tokens_.reads(), before);
  EXPECT_FALSE(Accepts(there_)) << "and where it was never held, by the database";
}

// log out everywhere.
TEST_F(ValidateSessionTest, LoggingOutEverywhereEndsIt) {
  ASSERT_TRUE(Accepts(here_));
  ASSERT_TRUE(Logout(sessions_, audit_, lifetimes_).RunAll(AnyCaller(), Call()).ok());
  clock_.Advance(absl::Seconds(2));
  EXPECT_FALSE(Accepts(here_));
  EXPECT_FALSE(Accepts(there_));
}

TEST_F(ValidateSessionTest, OfADisabledAccountIsRefused) {
  database_.SetAccountStatus(login_.user_id, AccountStatus::kDisabled);
  EXPECT_EQ(Judge(here_).verdict.reason(), RejectReason::kRevokedSession);
}

TEST_F(ValidateSessionTest, AnotherSecretOrAnotherKindOfSessionIsUnknown) {
  SessionToken forged = *SessionToken::Parse(token_);
  forged.secret = base::Secret(std::string(32, 'x'));
  token_ = std::string(forged.Encode().reveal());
  EXPECT_EQ(Judge(here_).refusal, SessionRefusal::kUnknown);

  wanted_ = WantedCredential::kTokens;
  const LoginDecision other = Enter();
  const auto refresh = *RefreshToken::Parse(other.tokens->refresh_token.reveal());
  forged.session_id = refresh.session_id;
  forged.secret = refresh.secret.Clone();
  token_ = std::string(forged.Encode().reveal());
  EXPECT_EQ(Judge(here_).refusal, SessionRefusal::kUnknown);
  token_.back() = token_.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(Judge(here_).verdict.reason(), RejectReason::kMalformed);
}

// While the database is gone, those go on that were asked about lately, for as long as an access
// token lives; others are not called dead, nor alive.
TEST_F(ValidateSessionTest, WithoutTheDatabaseWhatIsAtHandGoesOn) {
  ASSERT_TRUE(Accepts(here_));
  database_.SetAvailable(false);
  clock_.Advance(lifetimes_.access - absl::Seconds(1));
  EXPECT_TRUE(here_.validate_.Run(token_, kAudience, clock_.Now()).decision.active());
  EXPECT_EQ(there_.validate_.Run(token_, kAudience, clock_.Now()).decision.refusal,
            SessionRefusal::kUnavailable);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(here_.validate_.Run(token_, kAudience, clock_.Now()).decision.refusal,
            SessionRefusal::kUnavailable);
  database_.SetAvailable(true);
  EXPECT_TRUE(Accepts(here_)) << "its uses meanwhile were kept";
}

// off refuses, and on again takes back up what was there.
TEST_F(ValidateSessionTest, SwitchedOffItIsRefusedAndSwitchedOnItLivesAgain) {
  ASSERT_TRUE(Accepts(here_));
  const Caller administrator = AnyCaller();
  SwitchSessions switcher(session_tokens_, session_policy_, audit_);
  ASSERT_TRUE(
      switcher.Set(administrator, {.mode = SessionMode::kOff, .share_percent = 100}, Call()).ok());
  EXPECT_EQ(LastAudit().action, AuditAction::kSwitchSessions);
  EXPECT_EQ(LastAudit().target, "off 100%");
  EXPECT_EQ(Judge(here_).refusal, SessionRefusal::kOff);
  EXPECT_EQ(Judge(there_).refusal, SessionRefusal::kOff);
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kSessionTokensOff);
  ASSERT_TRUE(
      switcher.Set(administrator, {.mode = SessionMode::kOff, .share_percent = 0}, Call()).ok());
  EXPECT_TRUE(Accepts(here_));
  EXPECT_TRUE(Accepts(there_));
}

// read-only gives out no new ones, and throws nobody out.
TEST_F(ValidateSessionTest, ReadOnlyServesWhatIsThereToItsEnd) {
  session_policy_.Replace(std::make_shared<SessionPolicy>(
      SessionPolicy{.mode = SessionMode::kReadOnly, .share_percent = 100}));
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(absl::Minutes(10));
    EXPECT_TRUE(Accepts(here_));
    ASSERT_TRUE(here_.activity_.Flush(clock_.Now()).ok());
  }
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kSessionTokensOff);
  EXPECT_EQ(LastAudit().reason, "SESSION_TOKENS_OFF");
  // Who can do with tokens gets them, by the same call.
  wanted_ = WantedCredential::kSessionTokenOrTokens;
  const LoginDecision moved = Enter();
  EXPECT_TRUE(moved.tokens.has_value());
  EXPECT_FALSE(moved.session.has_value());
}

// A role that was taken away is gone at once: the access token that is held is cut off, the next
// one says less, and the session lives.
TEST_F(ValidateSessionTest, WhatItsUserMayDoIsReadAgainWhenTheUserIsCutOff) {
  ASSERT_TRUE(Accepts(here_));
  const int before = session_tokens_.reads();
  token::RevocationRecord record;
  record.kind = token::RevocationKind::kUser;
  record.subject = login_.user_id.ToString();
  record.not_before = absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now()) + 1);
  record.recorded_at = clock_.Now();
  record.expires_at = clock_.Now() + absl::Hours(1);
  ASSERT_TRUE(log_.Append(record).ok());
  clock_.Advance(absl::Seconds(1));
  const ValidateDecision decision = Judge(here_);
  EXPECT_TRUE(decision.active());
  EXPECT_TRUE(decision.asked);
  EXPECT_EQ(session_tokens_.reads(), before + 1);
}

TEST_F(ValidateSessionTest, ManyAreAskedAboutAtOnce) {
  std::vector<std::string> texts{token_};
  for (int i = 0; i < 9; ++i) texts.emplace_back(Enter().session->token.reveal());
  texts.push_back("sgs_nonsense");
  const std::vector<absl::string_view> tokens(texts.begin(), texts.end());
  const int before = session_tokens_.reads();
  const auto answers = here_.validate_.Ask(tokens, clock_.Now());
  EXPECT_EQ(session_tokens_.reads(), before + 1);
  for (const absl::string_view token : tokens) {
    const auto judged = here_.validate_.Decide(token, kAudience, clock_.Now(), answers);
    EXPECT_EQ(judged.decision.active(), token != "sgs_nonsense");
  }
  EXPECT_EQ(here_.held_.size(), 10u);
}

TEST_F(ValidateSessionTest, ListsItWithTheOthersAndTerminatingEndsIt) {
  Sessions sessions(sessions_, audit_, lifetimes_);
  const auto list = sessions.List(AnyCaller(), std::nullopt, std::nullopt, 10, Call());
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ(list->front().kind, SessionKind::kSessionToken);
  EXPECT_EQ(list->front().expires_at, opened_ + lifetimes_.session_idle);
  clock_.Advance(lifetimes_.session_idle);
  EXPECT_TRUE(sessions.List(AnyCaller(), std::nullopt, std::nullopt, 10, Call())->empty());
}

// RFC 7009: whoever holds it may end it.
TEST_F(ValidateSessionTest, IsEndedByPresentingItForRevocation) {
  ASSERT_TRUE(Accepts(here_));
  RevokeToken revoke(verifier_, log_, sessions_, session_tokens_, audit_, lifetimes_);
  ASSERT_TRUE(revoke.Run(token_, Call()).ok());
  EXPECT_EQ(LastAudit().action, AuditAction::kRevokeToken);
  EXPECT_FALSE(Accepts(here_));
  ASSERT_TRUE(revoke.Run(token_, Call()).ok()) << "again is harmless";
}

}  // namespace
}  // namespace signet::domain
