#include "server/follow/kept_revocations.h"

#include <atomic>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace signet::follow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using token::RevocationRecord;

const absl::Time kFirstRead = absl::FromUnixSeconds(1'800'000'000);

RevocationRecord Record(int64_t sequence, absl::Duration lives = absl::Minutes(15)) {
  RevocationRecord record;
  record.sequence = sequence;
  record.subject = absl::StrCat("t", sequence);
  record.recorded_at = kFirstRead + absl::Seconds(sequence);
  record.expires_at = kFirstRead + lives;
  return record;
}

std::vector<RevocationRecord> Records(int64_t first, int64_t last) {
  std::vector<RevocationRecord> records;
  for (int64_t i = first; i <= last; ++i) records.push_back(Record(i));
  return records;
}

std::vector<int64_t> SequencesOf(const std::vector<RevocationRecord>& records) {
  std::vector<int64_t> sequences;
  for (const auto& record : records) sequences.push_back(record.sequence);
  return sequences;
}

class KeptRevocationsTest : public ::testing::Test {
 protected:
  void BeginWith(int64_t last) {
    kept_.Stage(Records(1, last));
    kept_.Begin(last, kFirstRead);
  }
  void Append(int64_t first, int64_t last, absl::Time now = kFirstRead) {
    kept_.Append(Records(first, last), last, now, now);
  }
  KeptRevocations kept_;
};

TEST_F(KeptRevocationsTest, NothingIsKnownBeforeTheFirstReadingHasEnded) {
  kept_.Stage(Records(1, 3));
  EXPECT_EQ(kept_.end().place.reading, 0);
  EXPECT_EQ(kept_.end().as_of, absl::InfinitePast());
  EXPECT_EQ(kept_.size(), 0u);
}

//
TEST_F(KeptRevocationsTest, AReaderGetsEverythingInPartsAndThenWhatFollows) {
  BeginWith(5);
  auto part = kept_.ReadAfter({1, 0}, 3);
  ASSERT_TRUE(part.has_value());
  EXPECT_THAT(SequencesOf(part->records), ElementsAre(1, 2, 3));
  EXPECT_FALSE(part->whole);
  part = kept_.ReadAfter(part->next, 3);
  EXPECT_THAT(SequencesOf(part->records), ElementsAre(4, 5));
  EXPECT_TRUE(part->whole);
  EXPECT_EQ(part->as_of, kFirstRead);
  Append(6, 7, kFirstRead + absl::Seconds(1));
  part = kept_.ReadAfter(part->next, 3);
  EXPECT_THAT(SequencesOf(part->records), ElementsAre(6, 7));
  EXPECT_EQ(part->as_of, kFirstRead + absl::Seconds(1));
  part = kept_.ReadAfter(part->next, 3);
  EXPECT_THAT(part->records, IsEmpty());
  EXPECT_TRUE(part->whole);
}

TEST_F(KeptRevocationsTest, ReadsAcrossChunksWithoutAGap) {
  constexpr int64_t kMany = 3 * KeptRevocations::kChunk + 17;
  BeginWith(kMany);
  EXPECT_EQ(kept_.size(), static_cast<size_t>(kMany));
  EXPECT_EQ(kept_.CountAfter(kMany - 1500), 1500u);
  domain::RevocationHistory::Place place{1, 0};
  for (int64_t next = 1; next <= kMany;) {
    const auto part = kept_.ReadAfter(place, 701);
    ASSERT_TRUE(part.has_value());
    for (const auto& record : part->records) ASSERT_EQ(record.sequence, next++);
    place = part->next;
  }
}

TEST_F(KeptRevocationsTest, APartThatEndsAtTheLastRecordIsTheWhole) {
  BeginWith(3);
  EXPECT_TRUE(kept_.ReadAfter({1, 0}, 3)->whole);
}

TEST_F(KeptRevocationsTest, WhatHasExpiredIsForgottenAndTheRestStays) {
  kept_.Stage({Record(1, absl::Seconds(1)), Record(2), Record(3, absl::Seconds(1))});
  kept_.Begin(3, kFirstRead);
  kept_.Append({}, 3, kFirstRead + absl::Minutes(1), kFirstRead + absl::Minutes(1));
  const auto part = kept_.ReadAfter({1, 0}, 10);
  EXPECT_THAT(SequencesOf(part->records), ElementsAre(2));
  EXPECT_EQ(part->next.sequence, 3);
  kept_.Append({}, 3, kFirstRead + absl::Hours(1), kFirstRead + absl::Hours(1));
  EXPECT_EQ(kept_.size(), 0u);
  EXPECT_TRUE(kept_.ReadAfter({1, 0}, 10)->whole);
}

TEST_F(KeptRevocationsTest, EveryChunkIsLookedThroughInTurn) {
  BeginWith(3 * KeptRevocations::kChunk);
  for (int i = 0; i < 3; ++i) {
    kept_.Append({}, 3 * KeptRevocations::kChunk, kFirstRead, kFirstRead + absl::Hours(1));
  }
  EXPECT_EQ(kept_.size(), 0u);
}

TEST_F(KeptRevocationsTest, KnowsTheEntriesOfItsLog) {
  BeginWith(3);
  EXPECT_TRUE(kept_.Holds(2, kFirstRead + absl::Seconds(2)));
  EXPECT_FALSE(kept_.Holds(2, kFirstRead + absl::Seconds(3)));
  EXPECT_FALSE(kept_.Holds(4, kFirstRead + absl::Seconds(4)));
  // The last one that was read is known though it has expired; an older one is not.
  kept_.Append({}, 3, kFirstRead, kFirstRead + absl::Hours(1));
  EXPECT_TRUE(kept_.Holds(3, kFirstRead + absl::Seconds(3)));
  EXPECT_FALSE(kept_.Holds(2, kFirstRead + absl::Seconds(2)));
}

// After a restore: the old records stand until the new ones are whole, and old places mean nothing.
TEST_F(KeptRevocationsTest, AnotherReadingReplacesEverything) {
  BeginWith(5);
  kept_.Stage({Record(1)});
  EXPECT_EQ(kept_.size(), 5u);
  kept_.DropStaged();
  kept_.Stage({Record(1), Record(2)});
  kept_.Begin(2, kFirstRead);
  EXPECT_EQ(kept_.size(), 2u);
  EXPECT_FALSE(kept_.ReadAfter({1, 0}, 10).has_value());
  EXPECT_THAT(kept_.ReadAfter({2, 0}, 10)->records, SizeIs(2));
}

// Readers at their own pace see every record once, in order, while one thread writes.
TEST_F(KeptRevocationsTest, ReadersMissNothingWhileItGrows) {
  constexpr int64_t kMany = 4000;
  BeginWith(1);
  std::atomic<bool> gap{false};
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&, r] {
      domain::RevocationHistory::Place place{1, 0};
      int64_t seen = 0;
      while (seen < kMany && !gap) {
        const auto part = kept_.ReadAfter(place, static_cast<size_t>(1 + 100 * r));
        for (const auto& record : part->records) gap = gap || record.sequence != ++seen;
        place = part->next;
      }
    });
  }
  for (int64_t i = 2; i <= kMany; ++i) Append(i, i);
  for (std::thread& reader : readers) reader.join();
  EXPECT_FALSE(gap);
}

}  // namespace
}  // namespace signet::follow
