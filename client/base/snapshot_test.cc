#include "client/base/snapshot.h"

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace signet::base {
namespace {

// Two halves that every writer keeps equal: a torn read would show them different.
struct Pair {
  explicit Pair(int value) : left(value), right(value) {}
  int left;
  int right;
};

std::shared_ptr<const Pair> Of(int value) { return std::make_shared<const Pair>(value); }

TEST(SnapshotTest, ReadsTheLastValueReplaced) {
  Snapshot<Pair> snapshot(Of(1));
  EXPECT_EQ(snapshot.Read().left, 1);
  snapshot.Replace(Of(2));
  EXPECT_EQ(snapshot.Read().left, 2);
  EXPECT_EQ(snapshot.Share()->left, 2);
}

TEST(SnapshotTest, TwoSnapshotsOfOneTypeDoNotMix) {
  Snapshot<Pair> a(Of(1)), b(Of(2));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(a.Read().left, 1);
    EXPECT_EQ(b.Read().left, 2);
  }
}

TEST(SnapshotTest, ANewSnapshotWhereADeadOneStoodIsNotTakenForIt) {
  std::optional<Snapshot<Pair>> snapshot;
  for (int i = 0; i < 10; ++i) {
    snapshot.emplace(Of(i));
    EXPECT_EQ(snapshot->Read().left, i);
  }
}

TEST(SnapshotTest, WhatIsSharedOutlivesItsReplacement) {
  Snapshot<Pair> snapshot(Of(1));
  const auto kept = snapshot.Share();
  snapshot.Replace(Of(2));
  EXPECT_EQ(kept->left, 1);
}

TEST(SnapshotTest, AReplacedValueIsFreedOnceNobodyReadsIt) {
  auto first = Of(1);
  const std::weak_ptr<const Pair> watch = first;
  Snapshot<Pair> snapshot(std::move(first));
  (void)snapshot.Read();
  snapshot.Replace(Of(2));
  EXPECT_FALSE(watch.expired());  // this thread still holds what it read last
  (void)snapshot.Read();
  EXPECT_TRUE(watch.expired());
}

// For ThreadSanitizer as much as for the counts: no torn value, and none older than one seen.
TEST(SnapshotTest, ReadersSeeWholeValuesThatNeverGoBack) {
  constexpr int kLast = 2000;
  Snapshot<Pair> snapshot(Of(0));
  std::atomic<int> torn{0}, backwards{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      for (int seen = 0; seen < kLast;) {
        const Pair& value = snapshot.Read();
        if (value.left != value.right) ++torn;
        if (value.left < seen) ++backwards;
        seen = value.left;
      }
    });
  }
  for (int i = 1; i <= kLast; ++i) snapshot.Replace(Of(i));
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(backwards, 0);
}

TEST(SnapshotTest, WritersMayRaceAndOneOfThemIsLast) {
  Snapshot<Pair> snapshot(Of(0));
  std::vector<std::thread> writers;
  for (int writer = 1; writer <= 3; ++writer) {
    writers.emplace_back([&snapshot, writer] {
      for (int i = 0; i < 200; ++i) snapshot.Replace(Of(writer));
    });
  }
  for (auto& writer : writers) writer.join();
  const Pair& last = snapshot.Read();
  EXPECT_EQ(last.left, last.right);
  EXPECT_GE(last.left, 1);
  EXPECT_LE(last.left, 3);
}

}  // namespace
}  // namespace signet::base
