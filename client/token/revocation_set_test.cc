#include "client/token/revocation_set.h"

#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "client/token/token_fixture.h"

namespace signet::token {
namespace {

RevocationRecord Record(int64_t sequence, RevocationKind kind, std::string subject,
                        absl::Time expires_at = At(9000)) {
  RevocationRecord record;
  record.sequence = sequence;
  record.kind = kind;
  record.subject = std::move(subject);
  record.not_before = At(1500);
  record.recorded_at = At(1500);
  record.expires_at = expires_at;
  return record;
}

std::string Found(const RevocationSet& set, const AccessTokenClaims& claims = SomeClaims()) {
  const auto reason = set.Find(claims, "k");
  return reason ? std::string(RejectReasonName(*reason)) : "nothing";
}

std::shared_ptr<const RevocationSet> With(const RevocationSet& set,
                                          const RevocationRecord& record) {
  return set.With({record}, At(1600), At(1600));
}

TEST(RevocationSet, AnEmptyOneRevokesNothingAndKnowsNothing) {
  const RevocationSet set;
  EXPECT_EQ(Found(set), "nothing");
  EXPECT_EQ(set.sequence(), 0);
  EXPECT_EQ(set.as_of(), absl::InfinitePast());
  EXPECT_EQ(set.size(), 0u);
}

// token, session, user, key.
TEST(RevocationSet, EachKindIsFoundByItsOwnName) {
  const RevocationSet none;
  EXPECT_EQ(Found(*With(none, Record(1, RevocationKind::kToken, "jti-1"))), "revoked_token");
  EXPECT_EQ(Found(*With(none, Record(1, RevocationKind::kSession, "session-1"))),
            "revoked_session");
  EXPECT_EQ(Found(*With(none, Record(1, RevocationKind::kUser, "user-1"))), "revoked_user");
  EXPECT_EQ(Found(*With(none, Record(1, RevocationKind::kKey, "k"))), "revoked_key");
}

TEST(RevocationSet, ANameOfOneKindRevokesNoOther) {
  const RevocationSet none;
  EXPECT_EQ(Found(*With(none, Record(1, RevocationKind::kToken, "session-1"))), "nothing");
  EXPECT_EQ(Found(*With(none, Record(1, RevocationKind::kSession, "jti-1"))), "nothing");
  EXPECT_EQ(Found(*With(none, Record(1, RevocationKind::kUser, "jti-1"))), "nothing");
  EXPECT_EQ(Found(*With(none, Record(1, RevocationKind::kKey, "user-1"))), "nothing");
}

TEST(RevocationSet, AUsersTokensAreRevokedUpToTheCut) {
  const auto set = With(RevocationSet(), Record(1, RevocationKind::kUser, "user-1"));
  AccessTokenClaims claims = SomeClaims();
  claims.issued_at = At(1499);
  EXPECT_EQ(Found(*set, claims), "revoked_user");
  claims.issued_at = At(1500);
  EXPECT_EQ(Found(*set, claims), "nothing");
}

TEST(RevocationSet, AnEarlierCutDoesNotWeakenALaterOne) {
  auto set = With(RevocationSet(), Record(1, RevocationKind::kUser, "user-1"));
  RevocationRecord earlier = Record(2, RevocationKind::kUser, "user-1");
  earlier.not_before = At(500);
  set = With(*set, earlier);
  EXPECT_EQ(set->sequence(), 2);
  EXPECT_EQ(Found(*set), "revoked_user");
}

TEST(RevocationSet, AppliesEachRecordOnceAndKeepsTheOldSetAsItWas) {
  const auto one = With(RevocationSet(), Record(5, RevocationKind::kToken, "other"));
  const auto same = one->With(
      {Record(4, RevocationKind::kToken, "jti-1"), Record(5, RevocationKind::kToken, "jti-1")},
      At(1700), At(1700));
  EXPECT_EQ(Found(*same), "nothing") << "what lies at or below the sequence is known already";
  EXPECT_EQ(same->as_of(), At(1700));
  const auto two = With(*one, Record(6, RevocationKind::kToken, "jti-1"));
  EXPECT_EQ(Found(*two), "revoked_token");
  EXPECT_EQ(Found(*one), "nothing");
}

TEST(RevocationSet, NothingIsLostOverManyMerges) {
  auto set = std::make_shared<const RevocationSet>();
  for (int64_t i = 1; i <= 3000; ++i) {
    set = With(*set, Record(i, RevocationKind::kToken, "jti-" + std::to_string(i)));
  }
  EXPECT_EQ(set->size(), 3000u);
  EXPECT_EQ(set->sequence(), 3000);
  AccessTokenClaims claims = SomeClaims();
  for (int64_t i = 1; i <= 3000; ++i) {
    claims.token_id = "jti-" + std::to_string(i);
    ASSERT_EQ(Found(*set, claims), "revoked_token") << i;
  }
}

TEST(RevocationSet, WhatHasExpiredIsDroppedInTimeAndNothingElse) {
  auto set = std::make_shared<const RevocationSet>();
  for (int64_t i = 1; i <= 1000; ++i) {
    const absl::Time expiry = i % 2 == 0 ? At(1599) : At(1600);
    set = With(*set, Record(i, RevocationKind::kToken, "jti-" + std::to_string(i), expiry));
  }
  EXPECT_LT(set->size(), 700u);
  EXPECT_GE(set->size(), 500u);
}

// one record for everybody's tokens.
TEST(RevocationSet, ATenantsNotBeforeRevokesWhatWasIssuedBeforeAndNothingElse) {
  RevocationRecord record = Record(1, RevocationKind::kTenant, "");
  record.not_before = SomeClaims().issued_at;
  EXPECT_EQ(Found(*With(RevocationSet(), record)), "nothing");
  record.not_before += absl::Seconds(1);
  const auto set = With(RevocationSet(), record);
  EXPECT_EQ(Found(*set), "revoked_user");
  EXPECT_EQ(set->tenant_not_before(), record.not_before);
  EXPECT_EQ(set->size(), 1u);
  EXPECT_EQ(RevocationSet().tenant_not_before(), absl::InfinitePast());
}

TEST(RevocationSet, ALaterTenantsNotBeforeNeverWeakensAnEarlierOneOverMergesToo) {
  RevocationRecord strong = Record(1, RevocationKind::kTenant, "");
  strong.not_before = SomeClaims().issued_at + absl::Seconds(60);
  RevocationRecord weak = Record(2, RevocationKind::kTenant, "");
  weak.not_before = SomeClaims().issued_at - absl::Seconds(60);
  auto set = RevocationSet().With({strong, weak}, At(1600), At(1600));
  for (int64_t i = 3; i < 2000; ++i) {
    set = With(*set, Record(i, RevocationKind::kToken, "t" + std::to_string(i)));
  }
  EXPECT_EQ(Found(*set), "revoked_user");
  EXPECT_EQ(set->tenant_not_before(), strong.not_before);
}

RevocableNames NamesOf(absl::string_view token, absl::string_view session) {
  return {.token_id = token, .session_id = session, .subject = "user-9", .key_id = "k"};
}

// Whatever a token was cleared against: a set of another history, an older or a newer one.
TEST(RevocationSet, AskingAgainAnswersAsAskingDoes) {
  std::minstd_rand random(7);
  const auto pick = [&random](size_t below) { return random() % below; };
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back(std::to_string(i));
  std::vector<std::atomic<uint64_t>> cleared(names.size());
  std::array<std::shared_ptr<const RevocationSet>, 3> histories;
  for (auto& set : histories) set = std::make_shared<const RevocationSet>();
  int revoked = 0;
  for (int i = 0; i < 20000; ++i) {
    auto& set = histories[pick(histories.size())];
    if (pick(20) == 0) {
      const auto kind = pick(2) == 0 ? RevocationKind::kToken : RevocationKind::kSession;
      // Most are of others: they make the base grow and merge.
      const std::string name = pick(8) == 0 ? names[pick(names.size())] : std::to_string(1000 + i);
      set = With(*set, Record(set->sequence() + 1, kind, name));
    }
    const size_t token = pick(names.size());
    const RevocableNames asked = NamesOf(names[token], names[token]);
    const auto again = set->FindAgain(asked, cleared[token]);
    ASSERT_EQ(again, set->Find(asked)) << i;
    if (again) ++revoked;
  }
  EXPECT_GT(revoked, 100);
}

TEST(RevocationSet, WhatWasClearedIsAskedAboutWhatCameSince) {
  std::atomic<uint64_t> cleared{0};
  const RevocableNames names = NamesOf("jti-1", "session-1");
  const auto one = With(RevocationSet(), Record(1, RevocationKind::kToken, "other"));
  EXPECT_FALSE(one->FindAgain(names, cleared));
  const uint64_t first = cleared;
  EXPECT_NE(first, 0u);
  const auto later = one->With({}, At(1700), At(1700));
  EXPECT_FALSE(later->FindAgain(names, cleared));
  EXPECT_EQ(cleared, first) << "nothing was revoked since: the same set";
  const auto two = With(*later, Record(2, RevocationKind::kSession, "session-1"));
  EXPECT_EQ(two->FindAgain(names, cleared), RejectReason::kRevokedSession);
  EXPECT_EQ(two->FindAgain(names, cleared), RejectReason::kRevokedSession);
}

}  // namespace
}  // namespace signet::token
