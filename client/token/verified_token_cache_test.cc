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

VerifiedEntryRef Entry(const std::string& token, absl::Time expires_at = At(1900)) {
  AccessTokenClaims claims = SomeClaims();
  claims.expires_at = expires_at;
  return VerifiedEntry::Make({.token = token, .claims = claims});
}

std::string Token(int i) { return "header.payload." + std::to_string(i); }

TEST(VerifiedTokenCache, FindsExactlyTheTokenThatWasInserted) {
  VerifiedTokenCache cache(1 << 20);
  EXPECT_FALSE(cache.Find("a.b.c", At(1000)));
  cache.Insert(Entry("a.b.c"), At(1000));
  ASSERT_TRUE(cache.Find("a.b.c", At(1000)));
  EXPECT_EQ(cache.Find("a.b.c", At(1000))->token(), "a.b.c");
  EXPECT_FALSE(cache.Find("a.b.d", At(1000)));
  EXPECT_FALSE(cache.Find("", At(1000)));
}

// The hash reads the end of a token alone: the whole token decides.
TEST(VerifiedTokenCache, TokensWithTheSameEndAreDifferentTokens) {
  VerifiedTokenCache cache(1 << 20);
  const std::string end(64, 's');
  cache.Insert(Entry("1.payload." + end), At(1000));
  EXPECT_FALSE(cache.Find("2.payload." + end, At(1000)));
  cache.Insert(Entry("2.payload." + end), At(1000));
  EXPECT_EQ(cache.Find("1.payload." + end, At(1000))->token(), "1.payload." + end);
  EXPECT_EQ(cache.Find("2.payload." + end, At(1000))->token(), "2.payload." + end);
}

TEST(VerifiedTokenCache, NeverGivesAnEntryAtOrPastItsExpiry) {
  VerifiedTokenCache cache(1 << 20);
  cache.Insert(Entry("a", At(1900)), At(1000));
  EXPECT_TRUE(cache.Find("a", At(1900) - absl::Nanoseconds(1)));
  EXPECT_FALSE(cache.Find("a", At(1900)));
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
    ASSERT_TRUE(cache.Find(Token(i), At(1000))) << "the newest is always there";
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
    if (!entry) continue;
    ++found;
    ASSERT_EQ(entry->token(), Token(i));
  }
  EXPECT_EQ(found, cache.stats().entries);
}

// Some eight entries to a shard, and ten times as many come: the hand passes each several times.
TEST(VerifiedTokenCache, WhatIsUsedOutlivesWhatIsNot) {
  VerifiedTokenCache cache(160 << 10);
  for (int i = 0; i < 64; ++i) cache.Insert(Entry(Token(i)), At(1000));
  for (int i = 64; i < 5000; ++i) {
    for (int used = 0; used < 16; ++used) cache.Find(Token(used), At(1000));
    cache.Insert(Entry(Token(i)), At(1000));
  }
  int used = 0, unused = 0;
  for (int i = 0; i < 16; ++i) used += cache.Find(Token(i), At(1000)) ? 1 : 0;
  for (int i = 16; i < 64; ++i) unused += cache.Find(Token(i), At(1000)) ? 1 : 0;
  EXPECT_EQ(used, 16);
  EXPECT_EQ(unused, 0);
}

TEST(VerifiedTokenCache, InsertingTwiceKeepsOne) {
  VerifiedTokenCache cache(1 << 20);
  cache.Insert(Entry("a"), At(1000));
  cache.Insert(Entry("a", At(2000)), At(1000));
  EXPECT_EQ(cache.stats().entries, 1u);
  EXPECT_EQ(cache.Find("a", At(1950))->expires_at(), 2000);
}

TEST(VerifiedTokenCache, WithoutBytesItKeepsNothing) {
  VerifiedTokenCache cache(0);
  cache.Insert(Entry("a"), At(1000));
  EXPECT_FALSE(cache.Find("a", At(1000)));
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
        if (entry && entry->token() != token) ++wrong;
        if (!entry) cache.Insert(Entry(token), At(1000));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// What is taken out while somebody holds it or looks at it is freed after him: AddressSanitizer and
// ThreadSanitizer watch. Small, so that nearly every insertion takes an entry out.
TEST(VerifiedTokenCache, EntriesGoAwayUnderThoseWhoRead) {
  VerifiedTokenCache cache(128 << 10);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::atomic<uint64_t> looked{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&, t] {
      for (int i = t; !done; i = (i + 7) % 400) {
        const std::string token = Token(i);
        const auto entry = cache.Find(token, At(1000));
        if (entry && (entry->token() != token || entry->claims().subject != SomeClaims().subject)) {
          ++wrong;
        }
        ++looked;
      }
    });
  }
  for (int i = 0; i < 20000; ++i) cache.Insert(Entry(Token(i % 400)), At(1000));
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  const auto stats = cache.stats();
  EXPECT_EQ(stats.hits + stats.misses, looked);
  EXPECT_LE(stats.bytes, size_t{128} << 10);
}

// The first two steps take whatever they find, also while the table moves: in ThreadSanitizer's
// build this is what shows that they may.
TEST(VerifiedTokenCache, LooksAheadWhileTheTableGrows) {
  VerifiedTokenCache cache(16 << 20);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      for (int i = 0; !done; i = (i + 1) % 8000) {
        const std::string token = Token(i);
        const uint64_t hash = cache.AskForSlot(token);
        cache.AskForEntry(token, hash, i % 2 == 0);
        const auto entry = cache.Find(token, hash, 1000);
        if (entry && entry->token() != token) ++wrong;
      }
    });
  }
  for (int i = 0; i < 8000; ++i) cache.Insert(Entry(Token(i)), At(1000));
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache.stats().entries, 8000u);
  for (int i = 0; i < 8000; ++i) {
    const std::string token = Token(i);
    EXPECT_TRUE(cache.Find(token, cache.AskForSlot(token), 1000));
  }
}

}  // namespace
}  // namespace signet::token
