#include "client/verifier/judge.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "client/base/error.h"
#include "client/base/fake_clock.h"
#include "client/token/token_fixture.h"

namespace signet::verifier {
namespace {

using token::At;

class Opinion final : public SecondOpinion {
 public:
  Answer Ask(absl::string_view token, absl::string_view audience) override {
    ++asked;
    EXPECT_FALSE(token.empty());
    EXPECT_EQ(audience, "api");
    return answer;
  }
  Answer answer = Answer::kActive;
  int asked = 0;
};

class Hints final : public KeyHints {
 public:
  bool KnowsAllKeys(absl::Time) override { return knows; }
  bool knows = true;
};

class Notes final : public VerifierObserver {
 public:
  void OnJudged(const Judged& judged) override { all.push_back(judged); }
  std::vector<Judged> all;
};

class JudgeTest : public testing::Test {
 protected:
  static Judge::Options OptionsOf(WhenStale when_stale) {
    return {.issuer = "https://id.example.com", .audience = "api", .when_stale = when_stale};
  }
  void Arrive(absl::Time as_of) {
    knowledge_.PutKeys(std::make_shared<const token::KeySet>(token::SetOf("k", token::TestKey())),
                       1, as_of);
    knowledge_.PutRevocations(token::RevocationSet().With({}, as_of, as_of));
  }
  // The decision and the status' reason.
  std::pair<Decision, std::string> Judged(WhenStale when_stale, const std::string& token) {
    const Judge judge(OptionsOf(when_stale), knowledge_, clock_, hints_, &opinion_, &notes_);
    const auto verified = judge.Verify(token);
    EXPECT_EQ(verified.ok(), base::ErrorReason(verified.status()).empty());
    return {notes_.all.back().decision, base::ErrorReason(verified.status())};
  }

  base::FakeClock clock_{At(1100)};
  Knowledge knowledge_{Knowledge::Needs::kKeysAndRevocations};
  Hints hints_;
  Opinion opinion_;
  Notes notes_;
  const std::string token_ = token::SignClaims(token::TestKey(), "k", token::SomeClaims());
};

using Outcome = std::pair<Decision, std::string>;

TEST_F(JudgeTest, NothingIsJudgedBeforeBothHaveArrived) {
  const Outcome not_ready{Decision::kNotReady, "VERIFIER_NOT_READY"};
  EXPECT_EQ(Judged(WhenStale::kAccept, token_), not_ready);
  knowledge_.PutKeys(std::make_shared<const token::KeySet>(token::SetOf("k", token::TestKey())), 1,
                     At(1100));
  EXPECT_EQ(knowledge_.keys_as_of(), At(1100));
  EXPECT_EQ(Judged(WhenStale::kAccept, token_), not_ready);
  EXPECT_FALSE(knowledge_.AwaitReady(absl::ZeroDuration()));
  Arrive(At(1100));
  EXPECT_TRUE(knowledge_.AwaitReady(absl::ZeroDuration()));
  EXPECT_EQ(Judged(WhenStale::kRefuse, token_), Outcome(Decision::kAccepted, ""));
}

//
TEST_F(JudgeTest, WhatIsRevokedIsRefusedUnderEveryPolicy) {
  Arrive(At(1100));
  knowledge_.PutRevocations(knowledge_.revocations().Share()->With(
      {{.sequence = 1, .subject = "jti-1", .expires_at = At(5000)}}, At(1100), At(1100)));
  const Outcome rejected{Decision::kRejected, "TOKEN_INVALID"};
  for (const absl::Duration age : {absl::ZeroDuration(), absl::Minutes(5)}) {
    clock_.Set(At(1100) + age);
    for (const auto policy : {WhenStale::kRefuse, WhenStale::kAccept, WhenStale::kAskServer}) {
      EXPECT_EQ(Judged(policy, token_), rejected);
    }
  }
  EXPECT_EQ(opinion_.asked, 0);
  EXPECT_EQ(notes_.all.back().reason, token::RejectReason::kRevokedToken);
}

TEST_F(JudgeTest, StaleKnowledgeIsLeftToThePolicy) {
  Arrive(At(1100));
  clock_.Set(At(1110));
  EXPECT_EQ(Judged(WhenStale::kRefuse, token_), Outcome(Decision::kAccepted, ""));
  clock_.Set(At(1111));
  EXPECT_EQ(Judged(WhenStale::kRefuse, token_),
            Outcome(Decision::kUnavailableStale, "REVOCATION_STALE"));
  EXPECT_EQ(Judged(WhenStale::kAccept, token_), Outcome(Decision::kAcceptedStale, ""));
  EXPECT_EQ(opinion_.asked, 0);
}

TEST_F(JudgeTest, AnAnswerOfTheServerCountsOnce) {
  Arrive(At(1000));
  EXPECT_EQ(Judged(WhenStale::kAskServer, token_), Outcome(Decision::kAcceptedByServer, ""));
  opinion_.answer = SecondOpinion::Answer::kInactive;
  EXPECT_EQ(Judged(WhenStale::kAskServer, token_),
            Outcome(Decision::kRejectedByServer, "TOKEN_INVALID"));
  opinion_.answer = SecondOpinion::Answer::kNone;
  EXPECT_EQ(Judged(WhenStale::kAskServer, token_),
            Outcome(Decision::kUnavailableStale, "REVOCATION_STALE"));
  EXPECT_EQ(opinion_.asked, 3);
}

TEST_F(JudgeTest, AnUnknownKeyIsNoVerdictWhileThereMayBeNewOnes) {
  Arrive(At(1100));
  const std::string other = token::SignClaims(token::TestKey(), "k2", token::SomeClaims());
  EXPECT_EQ(Judged(WhenStale::kRefuse, other), Outcome(Decision::kRejected, "TOKEN_INVALID"));
  hints_.knows = false;
  EXPECT_EQ(Judged(WhenStale::kAccept, other),
            Outcome(Decision::kUnavailableKeys, "KEY_SET_STALE"));
  EXPECT_EQ(Judged(WhenStale::kAccept, "no.token.atall"),
            Outcome(Decision::kRejected, "TOKEN_INVALID"));
}

TEST_F(JudgeTest, ARefusalTellsTheLogWhyAndTheCallerNothing) {
  Arrive(At(1100));
  const Judge judge(OptionsOf(WhenStale::kRefuse), knowledge_, clock_, hints_, nullptr, nullptr);
  clock_.Set(At(1100));
  const absl::Status malformed = judge.Verify("rubbish").status();
  EXPECT_EQ(RejectionOf(malformed), token::RejectReason::kMalformed);
  token::AccessTokenClaims claims = token::SomeClaims();
  claims.audiences = {"other"};
  const absl::Status elsewhere =
      judge.Verify(token::SignClaims(token::TestKey(), "k", claims)).status();
  EXPECT_EQ(RejectionOf(elsewhere), token::RejectReason::kAudienceMismatch);
  EXPECT_EQ(malformed.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(malformed.message(), elsewhere.message());
  EXPECT_EQ(RejectionOf(absl::OkStatus()), std::nullopt);
}

}  // namespace
}  // namespace signet::verifier
