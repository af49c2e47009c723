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
