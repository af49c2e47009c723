// mail waits in the database until it is sent, and every mail has one sender at a time.

#include <atomic>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "client/base/mutex.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

constexpr absl::Duration kLease = absl::Minutes(2);

domain::MailRow Mail(absl::Time created_at = kNow) {
  domain::MailRow row;
  row.user_id = base::UserId::New(created_at);
  row.id = base::Uuid::NewV7(created_at);
  row.kind = domain::MailKind::kPasswordReset;
  row.sealed = std::string("\0\"\\', sealed)\n\xff", 15);
  row.created_at = created_at;
  row.due_at = created_at;
  return row;
}

template <typename Stores>
class MailOutboxTest : public testing::Test {
 protected:
  std::optional<domain::ClaimedMail> Claim(absl::Time now) {
    auto claimed = stores_.outbox.Claim(now, now + kLease);
    EXPECT_TRUE(claimed.ok()) << claimed.status();
    return *claimed;
  }

  Stores stores_;
};
TYPED_TEST_SUITE(MailOutboxTest, AllStores, StoresName);

TYPED_TEST(MailOutboxTest, WhatWasWrittenIsClaimedAsItWas) {
  const auto row = Mail();
  this->stores_.Mail(row);
  const auto claimed = this->Claim(kNow);
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->row.user_id, row.user_id);
  EXPECT_EQ(claimed->row.id, row.id);
  EXPECT_EQ(claimed->row.kind, row.kind);
  EXPECT_EQ(claimed->row.sealed, row.sealed);
  EXPECT_EQ(claimed->row.created_at, kNow);
  EXPECT_EQ(claimed->attempt, 1);
}

TYPED_TEST(MailOutboxTest, AnEmptyRowWritesNothing) {
  this->stores_.Mail(domain::MailRow());
  EXPECT_EQ(this->stores_.outbox.Look()->waiting, 0);
}

TYPED_TEST(MailOutboxTest, TheOneThatHasBeenDueLongestComesFirstAndNoneBeforeItsTime) {
  const auto late = Mail(kNow + absl::Seconds(9));
  const auto early = Mail(kNow + absl::Seconds(3));
  this->stores_.Mail(late);
  this->stores_.Mail(early);
  EXPECT_FALSE(this->Claim(kNow));
  EXPECT_EQ(this->Claim(kNow + absl::Seconds(10))->row.id, early.id);
  EXPECT_EQ(this->Claim(kNow + absl::Seconds(10))->row.id, late.id);
}

TYPED_TEST(MailOutboxTest, ALeasedMailIsNobodyElsesUntilTheLeaseIsOver) {
  this->stores_.Mail(Mail());
  ASSERT_TRUE(this->Claim(kNow));
  EXPECT_FALSE(this->Claim(kNow + kLease - absl::Seconds(1)));
  // Its worker died.
  EXPECT_EQ(this->Claim(kNow + kLease)->attempt, 2);
}

TYPED_TEST(MailOutboxTest, AFinishedMailIsGone) {
  this->stores_.Mail(Mail());
  ASSERT_TRUE(this->stores_.outbox.Finish(*this->Claim(kNow)).ok());
  EXPECT_FALSE(this->Claim(kNow + absl::Hours(1)));
  EXPECT_EQ(this->stores_.outbox.Look()->waiting, 0);
}

TYPED_TEST(MailOutboxTest, ARetriedMailIsDueWhenItWasSaid) {
  this->stores_.Mail(Mail());
  ASSERT_TRUE(
      this->stores_.outbox.Retry(*this->Claim(kNow), kNow + absl::Minutes(7), "smtp 450").ok());
  EXPECT_FALSE(this->Claim(kNow + absl::Minutes(6)));
  EXPECT_EQ(this->Claim(kNow + absl::Minutes(7))->attempt, 2);
}

TYPED_TEST(MailOutboxTest, WhoeverLostTheLeaseChangesNothing) {
  this->stores_.Mail(Mail());
  const auto lost = this->Claim(kNow);
  ASSERT_TRUE(this->Claim(kNow + kLease));
  ASSERT_TRUE(this->stores_.outbox.Retry(*lost, kNow, "late").ok());
  ASSERT_TRUE(this->stores_.outbox.GiveUp(*lost, kNow, "late").ok());
  EXPECT_FALSE(this->Claim(kNow + kLease));
  EXPECT_EQ(this->stores_.outbox.Look()->given_up, 0);
}

TYPED_TEST(MailOutboxTest, AMailThatWasGivenUpStaysToBeSeenAndIsNotSent) {
  this->stores_.Mail(Mail());
  this->stores_.Mail(Mail(kNow + absl::Seconds(1)));
  ASSERT_TRUE(this->stores_.outbox.GiveUp(*this->Claim(kNow), kNow, "smtp 550").ok());
  const auto queue = this->stores_.outbox.Look().value();
  EXPECT_EQ(queue.waiting, 1);
  EXPECT_EQ(queue.oldest, kNow + absl::Seconds(1));
  EXPECT_EQ(queue.given_up, 1);
  EXPECT_EQ(this->Claim(kNow + absl::Hours(1))->row.created_at, kNow + absl::Seconds(1));
  EXPECT_EQ(this->stores_.outbox.RemoveGivenUp(kNow).value(), 0);
  EXPECT_EQ(this->stores_.outbox.RemoveGivenUp(kNow + absl::Seconds(1)).value(), 1);
  EXPECT_EQ(this->stores_.outbox.Look()->given_up, 0);
}

TYPED_TEST(MailOutboxTest, ManyWorkersClaimEachMailOnce) {
  constexpr int kMails = 60;
  for (int i = 0; i < kMails; ++i) this->stores_.Mail(Mail());
  base::Mutex mutex;
  std::multiset<base::Uuid> claimed;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      while (const auto mail = this->Claim(kNow)) {
        base::MutexLock lock(mutex);
        claimed.insert(mail->row.id);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(claimed.size(), static_cast<size_t>(kMails));
  EXPECT_EQ(std::set<base::Uuid>(claimed.begin(), claimed.end()).size(), claimed.size());
}

// A plan that compares each mail with "the next that is due" must not claim one for each.
TEST(MailOutboxPlanTest, OneClaimTakesOneMailWhateverThePlan) {
  PostgresStores prepared;
  const std::string owner = prepared.database.owner_conninfo();
  for (int i = 0; i < 200; ++i) prepared.Mail(Mail());
  ASSERT_EQ(Ask(owner, "DELETE FROM signet.mail_outbox").sqlstate, "");
  ASSERT_EQ(Ask(owner, "ANALYZE signet.mail_outbox").sqlstate, "");  // as autovacuum does
  for (int i = 0; i < 5; ++i) prepared.Mail(Mail(kNow - absl::Seconds(i)));
  storage::StorageObserver observer;
  const auto pool = Pool(prepared.database.service_conninfo(), observer);
  storage::MailOutboxPg outbox(*pool);
  ASSERT_TRUE(outbox.Claim(kNow, kNow + kLease).value());
  EXPECT_EQ(Ask(owner, "SELECT count(*) FROM signet.mail_outbox WHERE attempts = 1").number(), 1);
}

}  // namespace
}  // namespace signet::conformance
