#include <thread>

#include <gmock/gmock.h>

#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

token::RevocationRecord Record(token::RevocationKind kind, const std::string& subject) {
  token::RevocationRecord record;
  record.kind = kind;
  record.subject = subject;
  record.recorded_at = kNow;
  record.expires_at = kNow + absl::Minutes(15);
  return record;
}

template <typename Stores>
class RevocationStoreTest : public testing::Test {
 protected:
  Stores stores_;
};
TYPED_TEST_SUITE(RevocationStoreTest, AllStores, StoresName);

TYPED_TEST(RevocationStoreTest, AnEmptyLogHasHeadZero) {
  const auto page = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  EXPECT_TRUE(page.records.empty());
  EXPECT_EQ(page.head, 0);
}

TYPED_TEST(RevocationStoreTest, RecordsComeBackAsTheyWereAppended) {
  auto user = Record(token::RevocationKind::kUser, "someone");
  user.not_before = kNow - absl::Seconds(5);
  EXPECT_EQ(this->stores_.revocations.Append(user).value(), 1);
  EXPECT_EQ(this->stores_.revocations.Append(Record(token::RevocationKind::kToken, "jti")).value(),
            2);
  const auto page = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  EXPECT_EQ(page.head, 2);
  ASSERT_EQ(page.records.size(), 2u);
  EXPECT_EQ(page.records[0].sequence, 1);
  EXPECT_EQ(page.records[0].kind, token::RevocationKind::kUser);
  EXPECT_EQ(page.records[0].subject, "someone");
  EXPECT_EQ(page.records[0].not_before, user.not_before);
  EXPECT_EQ(page.records[0].recorded_at, kNow);
  EXPECT_EQ(page.records[0].expires_at, kNow + absl::Minutes(15));
  EXPECT_EQ(page.records[1].subject, "jti");
}

TYPED_TEST(RevocationStoreTest, ReadingGoesOnAfterASequenceInPages) {
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(
        this->stores_.revocations.Append(Record(token::RevocationKind::kToken, std::to_string(i)))
            .ok());
  }
  const auto page = this->stores_.revocations.ReadAfter(1, kNow, 2).value();
  ASSERT_EQ(page.records.size(), 2u);
  EXPECT_EQ(page.records[0].sequence, 2);
  EXPECT_EQ(page.records[1].sequence, 3);
  EXPECT_EQ(page.head, 5);
}

TYPED_TEST(RevocationStoreTest, ExpiredRecordsAreLeftOutAndTheHeadStays) {
  ASSERT_TRUE(this->stores_.revocations.Append(Record(token::RevocationKind::kToken, "old")).ok());
  const auto page = this->stores_.revocations.ReadAfter(0, kNow + absl::Minutes(15), 10).value();
  EXPECT_TRUE(page.records.empty());
  EXPECT_EQ(page.head, 1);
}

// what a reader tells by that his place is in another log.
TYPED_TEST(RevocationStoreTest, APageSaysWhenItsPlaceAndItsEndWereRecorded) {
  auto& log = this->stores_.revocations;
  EXPECT_EQ(log.ReadAfter(0, kNow, 10)->after_recorded_at, std::nullopt);
  EXPECT_EQ(log.ReadAfter(0, kNow, 10)->head_recorded_at, std::nullopt);
  for (int i = 0; i < 3; ++i) {
    auto record = Record(token::RevocationKind::kToken, std::to_string(i));
    record.recorded_at += absl::Seconds(i);
    ASSERT_TRUE(log.Append(record).ok());
  }
  // Expired or not.
  for (const absl::Time now : {kNow, kNow + absl::Hours(1)}) {
    const auto page = log.ReadAfter(2, now, 10).value();
    EXPECT_EQ(page.after_recorded_at, kNow + absl::Seconds(1));
    EXPECT_EQ(page.head_recorded_at, kNow + absl::Seconds(2));
  }
  EXPECT_EQ(log.ReadAfter(4, kNow, 10)->after_recorded_at, std::nullopt);
}

//
TYPED_TEST(RevocationStoreTest, WhatWasLostIsWrittenBackOnceAndEndsItsSessionAgain) {
  const domain::NewAccount ada = Account("ada");
  ASSERT_TRUE(this->stores_.accounts
                  .Insert(ada, Audited(domain::AuditAction::kRegister),
                          Audited(domain::AuditAction::kRegister))
                  .ok());
  std::vector<domain::NewSession> sessions;
  for (int i = 0; i < 3; ++i) {
    auto& session = sessions.emplace_back(Session(ada, kNow + absl::Seconds(10 * i)));
    session.leaf_hash = Hash(static_cast<char>('a' + i));
    ASSERT_TRUE(
        this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))->has_value());
  }
  const auto live = [&] {
    return this->stores_.sessions
        .List(ada.user_id, std::nullopt, 10, kNow + absl::Minutes(1), kNoneIdle)
        ->size();
  };
  auto& log = this->stores_.revocations;
  const absl::Time now = kNow + absl::Seconds(30);
  const auto one = Record(token::RevocationKind::kSession, sessions[2].session_id.ToString());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(log.Restore(one, now).ok());
    EXPECT_EQ(live(), 2u);
  }
  auto page = log.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(page.records.size(), 1u);
  EXPECT_EQ(page.records[0].recorded_at, one.recorded_at);
  EXPECT_EQ(page.records[0].expires_at, one.expires_at);

  // Of a user the sessions that began earlier, and what is issued later is dated after it.
  auto all = Record(token::RevocationKind::kUser, ada.user_id.ToString());
  all.not_before = sessions[1].now;
  ASSERT_TRUE(log.Restore(all, now).ok());
  EXPECT_EQ(live(), 1u);
  auto& store = this->stores_.sessions;
  for (size_t i : {0u, 2u}) {
    const auto view = store.Read(Present(sessions[i], 0, sessions[i].leaf_hash)).value();
    EXPECT_EQ(view->end_reason, domain::EndReason::kRevoked) << i;
    EXPECT_EQ(RotateIn(store, Rotate(sessions[i], 0, sessions[i].leaf_hash, Hash('x'), now)),
              std::nullopt)
        << i;
  }
  const auto grant = RotateIn(store, Rotate(sessions[1], 0, sessions[1].leaf_hash, Hash('x'), now));
  ASSERT_TRUE(grant.has_value());
  EXPECT_EQ(grant->user_not_before, all.not_before);
  // And what names no session of ours.
  ASSERT_TRUE(log.Restore(Record(token::RevocationKind::kToken, "jti"), now).ok());
  ASSERT_TRUE(log.Restore(Record(token::RevocationKind::kKey, "kid"), now).ok());
  EXPECT_EQ(live(), 1u);
  EXPECT_EQ(log.ReadAfter(0, kNow, 10)->head, 4);
}

// a reader that follows by sequence misses nothing, however appends overlap.
TYPED_TEST(RevocationStoreTest, AReaderNeverSeesANumberBeforeAllSmallerOnes) {
  constexpr int kWriters = 8;
  constexpr int kEach = 25;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) {
        const std::string subject = std::to_string(w * kEach + i);
        EXPECT_TRUE(
            this->stores_.revocations.Append(Record(token::RevocationKind::kToken, subject)).ok());
      }
    });
  }
  int64_t seen = 0;
  while (seen < kWriters * kEach) {
    const auto page = this->stores_.revocations.ReadAfter(seen, kNow, 1000).value();
    for (const auto& record : page.records) ASSERT_EQ(record.sequence, ++seen);
    ASSERT_EQ(page.head, seen);
  }
  for (std::thread& writer : writers) writer.join();
}

}  // namespace
}  // namespace signet::conformance
