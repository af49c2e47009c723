// A program of its own: it counts every allocation of the process.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "client/token/counted_allocations.h"
#include "client/token/token_fixture.h"
#include "client/token/verifier.h"

namespace signet::token {
namespace {

class AllocationTest : public testing::Test {
 protected:
  // How many allocations one judgement takes.
  size_t OfJudging(absl::string_view token) {
    const size_t before = allocations;
    const Verdict verdict = verifier_.Verify(token, "api", At(1100));
    source_ = verdict.source;
    accepted_ = verdict.accepted();
    return allocations - before;
  }

  base::Snapshot<KeySet> keys_{std::make_shared<const KeySet>(SetOf("k", TestKey()))};
  base::Snapshot<RevocationSet> revocations_{std::make_shared<const RevocationSet>()};
  AccessTokenVerifier verifier_{{.issuer = "https://id.example.com"}, keys_, revocations_};
  const std::string token_ = SignClaims(TestKey(), "k", SomeClaims());
  DecisionSource source_ = DecisionSource::kSignature;
  bool accepted_ = false;
};

TEST_F(AllocationTest, AHitInTheCacheAllocatesNothing) {
  EXPECT_GT(OfJudging(token_), 0u) << "the first time counts: the counter works";
  ASSERT_EQ(source_, DecisionSource::kSignature);
  EXPECT_EQ(OfJudging(token_), 0u);
  EXPECT_EQ(source_, DecisionSource::kCache);
  EXPECT_TRUE(accepted_);
}

TEST_F(AllocationTest, NeitherDoesOneThatRevocationsAreLookedUpFor) {
  OfJudging(token_);
  std::vector<RevocationRecord> records;
  for (const RevocationKind kind : {RevocationKind::kToken, RevocationKind::kSession,
                                    RevocationKind::kUser, RevocationKind::kKey}) {
    records.push_back({.sequence = static_cast<int64_t>(records.size()) + 1,
                       .kind = kind,
                       .subject = "someone-else",
                       .not_before = At(1050),
                       .expires_at = At(5000)});
  }
  revocations_.Replace(revocations_.Read().With(records, At(1100), At(1100)));
  OfJudging(token_);  // this thread's look at the new set
  EXPECT_EQ(OfJudging(token_), 0u);
  EXPECT_EQ(source_, DecisionSource::kCache);
  EXPECT_TRUE(accepted_);
}

TEST_F(AllocationTest, NorDoesABatchOfHits) {
  OfJudging(token_);
  const std::vector<absl::string_view> batch(256, token_);
  size_t accepted = 0;
  const size_t before = allocations;
  verifier_.VerifyBatch(batch, "api", At(1100), AccessTokenVerifier::Reads::kAnnotation,
                        [&](const Verdict& verdict) { accepted += verdict.accepted() ? 1 : 0; });
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(accepted, batch.size());
}

TEST_F(AllocationTest, WhatIsKeptOfATokenIsOneAllocation) {
  const AccessTokenClaims claims = SomeClaims();
  VerifiedEntry::Make({.token = token_, .claims = claims, .annotation = "first"});
  const size_t before = allocations;
  const auto entry =
      VerifiedEntry::Make({.token = token_, .claims = claims, .annotation = "second"});
  EXPECT_EQ(allocations - before, 1u);
}

TEST_F(AllocationTest, NorDoesARefusalFromTheCache) {
  OfJudging(token_);
  const size_t before = allocations;
  EXPECT_FALSE(verifier_.Verify(token_, "other", At(1100)).accepted());
  EXPECT_FALSE(verifier_.Verify(token_, "api", At(900)).accepted());
  EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace signet::token
