#include "client/token/verified_token_cache.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "client/token/token_fixture.h"

namespace signet::token {
namespace {

std::shared_ptr<const VerifiedEntry> Entry(std::string token, absl::Time expires_at = At(1900)) {
  auto entry = std::make_shared<VerifiedEntry>();
  entry->token = std::move(token);
  entry->claims = SomeClaims();
  entry->claims.expires_at = expires_at;
  return entry;
}

std::string Token(int i) { return "header.payload." + std::to_string(i); }

TEST(VerifiedTokenCache, FindsExactlyTheTokenThatWasInserted) {
  VerifiedTokenCache cache(1 << 20);
  EXPECT_EQ(cache.Find("a.b.c", At(1000)), nullptr);
  cache.Insert(Entry("a.b.c"), At(1000));
  ASSERT_NE(cache.Find("a.b.c", At(1000)), nullptr);
  EXPECT_EQ(cache.Find("a.b.c", At(1000))->token, "a.b.c");
  EXPECT_EQ(cache.Find("a.b.d", At(1000)), nullptr);
  EXPECT_EQ(cache.Find("", At(1000)), nullptr);
}

// The hash reads the end of a token alone: the whole token decides.
TEST(VerifiedTokenCache, TokensWithTheSameEndAreDifferentTokens) {
  VerifiedTokenCache cache(1 << 20);
  const std::string end(64, 's');
  cache.Insert(Entry("1.payload." + end), At(1000));
  EXPECT_EQ(cache.Find("2.payload." + end, At(1000)), nullptr);
  cache.Insert(Entry("2.payload." + end), At(1000));
  EXPECT_EQ(cache.Find("1.payload." + end, At(1000))->token, "1.payload." + end);
  EXPECT_EQ(cache.Find("2.payload." + end, At(1000))->token, "2.payload." + end);
}

TEST(VerifiedTokenCache, NeverGivesAnEntryAtOrPastItsExpiry) {
  VerifiedTokenCache cache(1 << 20);
  cache.Insert(Entry("a", At(1900)), At(1000));
  EXPECT_NE(cache.Find("a", At(1900) - absl::Nanoseconds(1)), nullptr);
  EXPECT_EQ(cache.Find("a", At(1900)), nullptr);
  EXPECT_EQ(cache.stats().entries, 0u);
  EXPECT_EQ(cache.stats().bytes, 0u);
  cache.Insert(Entry("a", At(1900)), At(1900));
  EXPECT_EQ(cache.stats().entries, 0u);
}

TEST(VerifiedTokenCache, StaysWithinItsBytesAndCountsEvictions) {
  const size_t limit = 256 << 10;
  VerifiedTokenCache cache(limit);
  for (int i = 0; i < 5000; ++i) {
    cache.Insert(Entry(Token(i)), At(1000));
    ASSERT_NE(cache.Find(Token(i), At(1000)), nullptr) << "the newest is always there";
  }
  const auto stats = cache.stats();
  EXPECT_LE(stats.bytes, limit);
  EXPECT_GT(stats.entries, 64u);
  EXPECT_EQ(stats.entries + stats.evictions, 5000u);
}

TEST(VerifiedTokenCache, WhatRemainsAfterEvictionsIsStillFound) {
  VerifiedTokenCache cache(512 << 10);
  for (int i = 0; i < 5000; ++i) cache.Insert(Entry(Token(i)), At(1000));
  uint64_t found = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto entry = cache.Find(Token(i), At(1000));
    if (entry == nullptr) continue;
    ++found;
    ASSERT_EQ(entry->token, Token(i));
  }
  EXPECT_EQ(found, cache.stats().entries);
}

TEST(VerifiedTokenCache, WhatIsUsedOutlivesWhatIsNot) {
  VerifiedTokenCache cache(512 << 10);
  for (int i = 0; i < 64; ++i) cache.Insert(Entry(Token(i)), At(1000));
  for (int i = 64; i < 5000; ++i) {
    for (int used = 0; used < 16; ++used) cache.Find(Token(used), At(1000));
    cache.Insert(Entry(Token(i)), At(1000));
  }
  int used = 0, unused = 0;
  for (int i = 0; i < 16; ++i) used += cache.Find(Token(i), At(1000)) != nullptr ? 1 : 0;
  for (int i = 16; i < 64; ++i) unused += cache.Find(Token(i), At(1000)) != nullptr ? 1 : 0;
  EXPECT_EQ(used, 16);
  EXPECT_EQ(unused, 0);
}

TEST(VerifiedTokenCache, InsertingTwiceKeepsOne) {
  VerifiedTokenCache cache(1 << 20);
  cache.Insert(Entry("a"), At(1000));
  cache.Insert(Entry("a", At(2000)), At(1000));
  EXPECT_EQ(cache.stats().entries, 1u);
  EXPECT_EQ(cache.Find("a", At(1950))->claims.expires_at, At(2000));
}

TEST(VerifiedTokenCache, WithoutBytesItKeepsNothing) {
  VerifiedTokenCache cache(0);
  cache.Insert(Entry("a"), At(1000));
  EXPECT_EQ(cache.Find("a", At(1000)), nullptr);
}

TEST(VerifiedTokenCache, ManyThreadsFindOnlyWhatIsTheirs) {
  VerifiedTokenCache cache(256 << 10);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, &wrong, t] {
      for (int i = 0; i < 3000; ++i) {
        const std::string token = Token((i * 7 + t) % 600);
        const auto entry = cache.Find(token, At(1000));
        if (entry != nullptr && entry->token != token) ++wrong;
        if (entry == nullptr) cache.Insert(Entry(token), At(1000));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace signet::token
