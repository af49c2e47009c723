#include "server/passwords/argon2id.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace signet::passwords {
namespace {

std::string Hex(absl::string_view password, absl::string_view salt, const Argon2Params& params) {
  const auto hash = Argon2id(base::Secret(password), salt, params, 32);
  return hash.ok() ? absl::BytesToHexString(*hash) : hash.status().ToString();
}

constexpr Argon2Params kSmall{.memory_kib = 256, .passes = 2, .lanes = 1};

// Vectors of the reference implementation's own test suite (version 1.3).
TEST(Argon2idTest, ComputesThePublishedVectors) {
  EXPECT_EQ(Hex("password", "somesalt", kSmall),
            "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
  EXPECT_EQ(Hex("password", "somesalt", {.memory_kib = 256, .passes = 2, .lanes = 2}),
            "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037");
  EXPECT_EQ(Hex("password", "somesalt", {.memory_kib = 65536, .passes = 2, .lanes = 1}),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
}

TEST(Argon2idTest, KeptMemoryDoesNotChangeTheResult) {
  const std::string first = Hex("password", "somesalt", kSmall);
  (void)Hex("other", "othersalt", {.memory_kib = 4096, .passes = 1, .lanes = 1});
  EXPECT_EQ(Hex("password", "somesalt", kSmall), first);
  ReleaseWorkingMemory();
  ReleaseWorkingMemory();
  EXPECT_EQ(Hex("password", "somesalt", kSmall), first);
}

TEST(Argon2idTest, EveryThreadHasItsOwnMemory) {
  const std::string expected = Hex("password", "somesalt", kSmall);
  std::vector<std::string> got(4);
  std::vector<std::thread> threads;
  for (auto& mine : got) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 5; ++i) mine = Hex("password", "somesalt", kSmall);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& mine : got) EXPECT_EQ(mine, expected);
}

TEST(Argon2idTest, ANulIsAByteLikeAnyOther) {
  EXPECT_NE(Hex(absl::string_view("pass\0word", 9), "somesalt", kSmall),
            Hex("pass", "somesalt", kSmall));
  EXPECT_NE(Hex("", "somesalt", kSmall), Hex(absl::string_view("\0", 1), "somesalt", kSmall));
}

TEST(Argon2idTest, RefusesWhatIsOutOfBounds) {
  const base::Secret password("password");
  const auto code = [&](absl::string_view salt, const Argon2Params& params, size_t hash_bytes) {
    return Argon2id(password, salt, params, hash_bytes).status().code();
  };
  constexpr auto kRefused = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code("somesalt", {.memory_kib = kMaxArgon2MemoryKib + 1}, 32), kRefused);
  EXPECT_EQ(code("somesalt", {.memory_kib = 256, .passes = 11}, 32), kRefused);
  EXPECT_EQ(code("somesalt", {.memory_kib = 7}, 32), kRefused);
  EXPECT_EQ(code("salt", kSmall, 32), kRefused);
  EXPECT_EQ(code("somesalt", kSmall, 15), kRefused);
  EXPECT_EQ(code("somesalt", kSmall, 65), kRefused);
  EXPECT_EQ(code("somesalt", kSmall, 64), absl::StatusCode::kOk);
}

}  // namespace
}  // namespace signet::passwords
