#include "server/domain/sessions/refresh.h"

#include <gmock/gmock.h>

#include "server/domain/tokens/explain_token.h"
#include "server/domain/tokens/revoke_token.h"
#include "server/domain/tokens/validate_token.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

class RefreshTest : public UseCaseTest {
 protected:
  RefreshTest() {
    EXPECT_TRUE(Register("ada@example.com").ok());
    login_ = Enter();
    first_ = std::string(login_.tokens->refresh_token.reveal());
  }

  // The successor of `token`, which must rotate or replay.
  std::string Successor(const std::string& token, RefreshOutcome expected) {
    const auto decision = TryRefresh(token);
    EXPECT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(decision->outcome, expected);
    if (!decision->tokens) return "";
    last_access_ = decision->tokens->access_token.Clone();
    return std::string(decision->tokens->refresh_token.reveal());
  }

  LoginDecision login_;
  std::string first_;
  base::Secret last_access_;
};

// rotated on every use.
TEST_F(RefreshTest, EachRefreshAnswersWithTheNextTokenAndAnAcceptedAccessToken) {
  std::string token = first_;
  for (int i = 0; i < 5; ++i) {
    const std::string next = Successor(token, RefreshOutcome::kRotated);
    EXPECT_NE(next, token);
    EXPECT_TRUE(Judge(last_access_).accepted());
    token = next;
  }
}

// a lost answer logs nobody out.
TEST_F(RefreshTest, ARepeatWithinTheWindowGetsTheSameSuccessor) {
  const std::string second = Successor(first_, RefreshOutcome::kRotated);
  clock_.Advance(absl::Seconds(30));
  EXPECT_EQ(Successor(first_, RefreshOutcome::kReplayed), second);
  EXPECT_EQ(Successor(first_, RefreshOutcome::kReplayed), second);
  Successor(second, RefreshOutcome::kRotated);
}

// a token whose successor was used is theft: everything of the session dies.
TEST_F(RefreshTest, ReuseEndsTheSessionAndItsAccessTokens) {
  const std::string second = Successor(first_, RefreshOutcome::kRotated);
  const std::string third = Successor(second, RefreshOutcome::kRotated);
  EXPECT_TRUE(Judge(last_access_).accepted());
  EXPECT_EQ(TryRefresh(first_)->outcome, RefreshOutcome::kReused);
  EXPECT_EQ(Judge(last_access_).reason(), token::RejectReason::kRevokedSession);
  EXPECT_EQ(TryRefresh(third)->outcome, RefreshOutcome::kRevoked);
  EXPECT_EQ(TryRefresh(first_)->outcome, RefreshOutcome::kReused);
  const auto history = *sessions_.History(login_.user_id, login_.session_id);
  EXPECT_EQ(history->session.end_reason, EndReason::kReuse);
  EXPECT_EQ(history->events.back().generation, 0);
  EXPECT_EQ(revocations_.Read().sequence(), 1);  // one record, however often it is presented
}

TEST_F(RefreshTest, ALateRepeatIsReuse) {
  Successor(first_, RefreshOutcome::kRotated);
  clock_.Advance(absl::Seconds(31));
  EXPECT_EQ(TryRefresh(first_)->outcome, RefreshOutcome::kReused);
}

// Knowing the ids of a session is not enough to end it.
TEST_F(RefreshTest, AMadeUpTokenOfALivingSessionEndsNothing) {
  const std::string second = Successor(first_, RefreshOutcome::kRotated);
  auto forged = *RefreshToken::Parse(first_);
  forged.secret = base::Secret(std::string(32, 'x'));
  EXPECT_EQ(TryRefresh(forged.Encode().reveal())->outcome, RefreshOutcome::kUnknown);
  Successor(second, RefreshOutcome::kRotated);
}

TEST_F(RefreshTest, WhatIsNoRefreshTokenIsRefusedWithoutTheDatabase) {
  database_.SetAvailable(false);
  EXPECT_EQ(TryRefresh("")->outcome, RefreshOutcome::kMalformed);
  EXPECT_EQ(TryRefresh(first_ + "x")->outcome, RefreshOutcome::kMalformed);
  EXPECT_EQ(TryRefresh(login_.tokens->access_token.reveal())->outcome, RefreshOutcome::kMalformed);
  EXPECT_EQ(base::ErrorReason(TryRefresh(first_).status()), "STORAGE_UNAVAILABLE");
}

TEST_F(RefreshTest, TheLineageExpiresWhateverTheActivity) {
  clock_.Advance(lifetimes_.lineage - absl::Minutes(1));
  const std::string second = Successor(first_, RefreshOutcome::kRotated);
  EXPECT_EQ(Judge(last_access_).token().claims().expires_at, clock_.Now() + absl::Minutes(1));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(TryRefresh(second)->outcome, RefreshOutcome::kExpired);
}

// Activity keeps a session alive, its lack ends it (OWASP ASVS 7.3.1).
TEST_F(RefreshTest, ASessionThatIsIdleForTooLongHasEnded) {
  lifetimes_.idle = absl::Hours(2);
  clock_.Advance(absl::Hours(2) - absl::Seconds(1));
  const std::string second = Successor(first_, RefreshOutcome::kRotated);
  clock_.Advance(absl::Hours(2) - absl::Seconds(1));
  const std::string third = Successor(second, RefreshOutcome::kRotated);
  const auto last = TryRefresh(third);
  EXPECT_EQ(last->tokens->refresh_expires_in, lifetimes_.idle);
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(TryRefresh(last->tokens->refresh_token.reveal())->outcome, RefreshOutcome::kExpired);
}

TEST_F(RefreshTest, ADisabledAccountRefreshesNothing) {
  database_.SetAccountStatus(login_.user_id, AccountStatus::kDisabled);
  EXPECT_EQ(TryRefresh(first_)->outcome, RefreshOutcome::kRevoked);
}

// The rotation is committed, the answer is an error: the repeat gets the successor.
TEST_F(RefreshTest, ARefreshThatCouldNotSignIsRepeatedSafely) {
  issuer_.available = false;
  EXPECT_EQ(base::ErrorReason(TryRefresh(first_).status()), "SIGNING_UNAVAILABLE");
  issuer_.available = true;
  const std::string second = Successor(first_, RefreshOutcome::kReplayed);
  Successor(second, RefreshOutcome::kRotated);
}

// What stands together is judged each by itself, in the order of its arrival.
TEST_F(RefreshTest, OfATokenTwiceInOneBatchTheFirstRotatesAndTheOtherGetsTheSameSuccessor) {
  const auto decisions = TryRefreshes({first_, first_, first_});
  EXPECT_EQ(decisions[0]->outcome, RefreshOutcome::kRotated);
  for (const size_t repeat : {1u, 2u}) {
    EXPECT_EQ(decisions[repeat]->outcome, RefreshOutcome::kReplayed);
    EXPECT_EQ(decisions[repeat]->tokens->refresh_token.reveal(),
              decisions[0]->tokens->refresh_token.reveal());
  }
  const auto history = *sessions_.History(login_.user_id, login_.session_id);
  EXPECT_EQ(history->events.size(), 4u);  // opened, rotated, two replays
}

// each that was decided is an event; from where, once: in the lineage's history where it
// succeeded, in the event where it did not.
TEST_F(RefreshTest, EachDecisionIsAnEvent) {
  const size_t before = database_.audit().size();
  const std::string second = Successor(first_, RefreshOutcome::kRotated);
  Successor(first_, RefreshOutcome::kReplayed);
  Successor(second, RefreshOutcome::kRotated);
  auto forged = *RefreshToken::Parse(first_);
  forged.secret = base::Secret(std::string(32, 'x'));
  EXPECT_EQ(TryRefresh(forged.Encode().reveal())->outcome, RefreshOutcome::kUnknown);
  EXPECT_EQ(TryRefresh("nonsense")->outcome, RefreshOutcome::kMalformed);  // names no valid field
  EXPECT_EQ(TryRefresh(first_)->outcome, RefreshOutcome::kReused);
  EXPECT_EQ(TryRefresh(first_)->outcome, RefreshOutcome::kReused);
  EXPECT_EQ(TryRefresh(second)->outcome, RefreshOutcome::kReused);

  std::vector<std::string> events;
  const std::vector<AuditRecord> log = database_.audit();
  for (size_t i = before; i < log.size(); ++i) {
    const AuditEvent& event = log[i].event;
    const bool done = event.outcome == AuditOutcome::kSucceeded;
    EXPECT_EQ(event.action, AuditAction::kRefresh);
    EXPECT_EQ(event.peer.address.empty(), done);
    EXPECT_EQ(event.actor.kind, done ? AuditActor::Kind::kUser : AuditActor::Kind::kNobody);
    const bool known = event.reason != "REFRESH_TOKEN_UNKNOWN";
    EXPECT_EQ(event.subject, known ? std::optional(login_.user_id) : std::nullopt);
    EXPECT_EQ(event.session, known ? std::optional(login_.session_id) : std::nullopt);
    events.push_back((done ? "done " : "refused ") + event.reason);
  }
  EXPECT_THAT(events,
              testing::ElementsAre("done ", "done REPLAYED", "done ",
                                   "refused REFRESH_TOKEN_UNKNOWN", "refused REFRESH_TOKEN_REUSED",
                                   "refused REFRESH_TOKEN_REUSED", "refused REFRESH_TOKEN_REUSED"));
}

TEST_F(RefreshTest, SuccessfulOnesCanBeLeftToTheHistory) {
  const size_t before = database_.audit().size();
  const CallInfo call = Call();
  const std::vector<RefreshAttempt> attempts = {{first_, call}};
  RefreshOutcome outcome = RefreshOutcome::kUnknown;
  Refresh(sessions_, deriver_, issuer_, audit_, RefreshEvents::kRefusals, lifetimes_)
      .Run(attempts,
           [&](size_t, absl::StatusOr<RefreshDecision> decision) { outcome = decision->outcome; });
  EXPECT_EQ(outcome, RefreshOutcome::kRotated);
  EXPECT_EQ(database_.audit().size(), before);
}

// whoever rotated does not wait for what becomes of the others.
TEST_F(RefreshTest, WhatRotatesIsToldBeforeReplaysAndThoseBeforeThefts) {
  const std::string stolen(Enter().tokens->refresh_token.reveal());
  Successor(Successor(stolen, RefreshOutcome::kRotated), RefreshOutcome::kRotated);
  const std::string repeated(Enter().tokens->refresh_token.reveal());
  Successor(repeated, RefreshOutcome::kRotated);
  const auto decisions = TryRefreshes({stolen, repeated, "nonsense", first_, stolen});
  EXPECT_EQ(told_, (std::vector<size_t>{2, 3, 1, 0, 4}));
  EXPECT_EQ(decisions[0]->outcome, RefreshOutcome::kReused);
  EXPECT_EQ(decisions[1]->outcome, RefreshOutcome::kReplayed);
  EXPECT_EQ(decisions[2]->outcome, RefreshOutcome::kMalformed);
  EXPECT_EQ(decisions[3]->outcome, RefreshOutcome::kRotated);
  EXPECT_EQ(decisions[4]->outcome, RefreshOutcome::kReused);
  CatchUp();
  EXPECT_EQ(revocations_.Read().sequence(), 1);
}

TEST_F(RefreshTest, WhatIsRefusedForGoodIsToldLast) {
  auto forged = *RefreshToken::Parse(first_);
  forged.secret = base::Secret(std::string(32, 'x'));
  const std::string repeated(Enter().tokens->refresh_token.reveal());
  Successor(repeated, RefreshOutcome::kRotated);
  const std::string stolen(Enter().tokens->refresh_token.reveal());
  Successor(Successor(stolen, RefreshOutcome::kRotated), RefreshOutcome::kRotated);
  TryRefreshes({std::string(forged.Encode().reveal()), stolen, repeated});
  EXPECT_EQ(told_, (std::vector<size_t>{2, 1, 0}));
}

TEST_F(RefreshTest, WithoutTheDatabaseEveryOneOfABatchIsToldSo) {
  const std::string other(Enter().tokens->refresh_token.reveal());
  database_.SetAvailable(false);
  const auto decisions = TryRefreshes({first_, "nonsense", other});
  EXPECT_EQ(base::ErrorReason(decisions[0].status()), "STORAGE_UNAVAILABLE");
  EXPECT_EQ(decisions[1]->outcome, RefreshOutcome::kMalformed);
  EXPECT_EQ(base::ErrorReason(decisions[2].status()), "STORAGE_UNAVAILABLE");
}

class RevokeTokenTest : public RefreshTest {
 protected:
  absl::Status Revoke(absl::string_view token) {
    return RevokeToken(verifier_, log_, sessions_, session_tokens_, audit_, lifetimes_)
        .Run(token, Call());
  }
};

// R-307, RFC 7009.
TEST_F(RevokeTokenTest, AnAccessTokenAloneDiesAndItsSessionLivesOn) {
  EXPECT_TRUE(Revoke(login_.tokens->access_token.reveal()).ok());
  EXPECT_EQ(Judge(login_.tokens->access_token).reason(), token::RejectReason::kRevokedToken);
  Successor(first_, RefreshOutcome::kRotated);
  EXPECT_TRUE(Judge(last_access_).accepted());
}

TEST_F(RevokeTokenTest, ARefreshTokenTakesTheSessionWithIt) {
  EXPECT_TRUE(Revoke(first_).ok());
  EXPECT_EQ(Judge(login_.tokens->access_token).reason(), token::RejectReason::kRevokedSession);
  EXPECT_EQ(TryRefresh(first_)->outcome, RefreshOutcome::kRevoked);
  EXPECT_TRUE(Revoke(first_).ok());
}

TEST_F(RevokeTokenTest, WhatNeverLivedIsRevokedWithoutATrace) {
  auto forged = *RefreshToken::Parse(first_);
  forged.secret = base::Secret(std::string(32, 'x'));
  for (const std::string& token : {std::string("nonsense"), std::string(""), first_ + "x",
                                   std::string(forged.Encode().reveal()),
                                   std::string(login_.tokens->access_token.reveal()) + "x"}) {
    EXPECT_TRUE(Revoke(token).ok()) << token;
  }
  EXPECT_TRUE(Judge(login_.tokens->access_token).accepted());
  EXPECT_EQ(revocations_.Read().sequence(), 0);
}

class ExplainTokenTest : public RefreshTest {
 protected:
  ExplainTokenTest() {
    EXPECT_TRUE(Register("support@example.com").ok());
    support_ = CallerOf(Enter("support@example.com"));
  }

  TokenExplanation Explain(absl::string_view token, absl::string_view audience = "") {
    CatchUp();
    return *ExplainToken(verifier_, sessions_, session_tokens_, session_policy_, audit_, lifetimes_)
                .Run(*support_, token, audience, Call());
  }

  std::optional<Caller> support_;
};

TEST_F(ExplainTokenTest, NamesTheFirstCheckThatFailedAndThoseBefore) {
  const std::string access(login_.tokens->access_token.reveal());
  EXPECT_TRUE(Explain(access).active);
  EXPECT_EQ(Explain(access).session_id, login_.session_id.ToString());
  const TokenExplanation other = Explain(access, "another");
  EXPECT_EQ(other.reason, token::RejectReason::kAudienceMismatch);
  EXPECT_EQ(other.steps.back(), "failed: the token is for another audience");
  EXPECT_EQ(other.steps[7], "passed: the signature is right");
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Explain(access).steps.back(), "failed: it has expired");
  EXPECT_EQ(Explain("nonsense").kind, TokenExplanation::Kind::kUnrecognised);
}

TEST_F(ExplainTokenTest, LooksAtARotatedRefreshTokenWithoutEndingItsSession) {
  EXPECT_TRUE(Explain(first_).active);
  const std::string second = Successor(first_, RefreshOutcome::kRotated);
  const std::string third = Successor(second, RefreshOutcome::kRotated);
  EXPECT_FALSE(Explain(first_).active);
  EXPECT_EQ(Explain(first_).steps.back(), "failed: it was rotated; presenting it ends the session");
  EXPECT_TRUE(Explain(third).active);
}

class ValidateTokenTest : public RefreshTest {};

// the answer says how old its knowledge is, and a limit turns it into a refusal.
TEST_F(ValidateTokenTest, SaysHowOldItsKnowledgeIsAndRefusesBeyondTheLimit) {
  ValidateToken::Options options;
  options.max_revocation_staleness = absl::Seconds(10);
  options.cacheable_for = absl::Seconds(5);
  const ValidateToken validate(verifier_, keys_, revocations_, options);
  const absl::string_view access = login_.tokens->access_token.reveal();
  CatchUp();
  const absl::Time known = clock_.Now();
  clock_.Advance(absl::Seconds(10));
  const ValidateDecision fresh = validate.Run(access, kAudience, clock_.Now());
  EXPECT_TRUE(fresh.active());
  EXPECT_EQ(fresh.revocation_as_of, known);
  EXPECT_EQ(fresh.key_set_version, 1);
  EXPECT_EQ(fresh.cacheable_for, absl::Seconds(5));
  clock_.Advance(absl::Milliseconds(1));
  const ValidateDecision stale = validate.Run(access, kAudience, clock_.Now());
  EXPECT_FALSE(stale.active());
  EXPECT_TRUE(stale.revocation_stale);
  EXPECT_EQ(stale.cacheable_for, absl::ZeroDuration());
}

TEST_F(ValidateTokenTest, AnAnswerIsNotCacheableBeyondTheTokensEnd) {
  ValidateToken::Options options;
  options.cacheable_for = absl::Minutes(1);
  const ValidateToken validate(verifier_, keys_, revocations_, options);
  clock_.Advance(absl::Minutes(15) - absl::Seconds(2));
  CatchUp();
  const auto decision = validate.Run(login_.tokens->access_token.reveal(), kAudience, clock_.Now());
  EXPECT_TRUE(decision.active());
  EXPECT_EQ(decision.cacheable_for, absl::Seconds(2));
}

}  // namespace
}  // namespace signet::domain
