#include "server/passwords/argon2id.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <argon2.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "client/base/random.h"
#include "server/passwords/working_memory.h"

namespace signet::passwords {
namespace {

std::string Hex(absl::string_view password, absl::string_view salt, const Argon2Params& params) {
  const auto hash = Argon2id(base::Secret(password), salt, params, 32);
  return hash.ok() ? absl::BytesToHexString(*hash) : hash.status().ToString();
}

constexpr char kFreshSalt[] = "somesaltsomesalt";  // 16 bytes, as those of our own hashes

std::string Reference(absl::string_view password, absl::string_view salt,
                      const Argon2Params& params, size_t hash_bytes) {
  std::string hash(hash_bytes, '\0');
  const int code =
      argon2id_hash_raw(params.passes, params.memory_kib, params.lanes, password.data(),
                        password.size(), salt.data(), salt.size(), hash.data(), hash.size());
  return code == ARGON2_OK ? absl::BytesToHexString(hash) : argon2_error_message(code);
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

// Computed with the reference implementation's command: what libsodium must give too.
TEST(Argon2idTest, ComputesTheSameForASaltOfSixteenBytes) {
  EXPECT_EQ(Hex("password", kFreshSalt, kSmall),
            "cab746b4621993fdc91ec50787980b414a90a692f0bc68dfe19f9c25b3cba9ec");
  EXPECT_EQ(Hex("password", kFreshSalt, Argon2Params()),
            "2b5dc4054886ec957ef59c73b661c54dd6fb274590b278f657c6d96aac8fa6d1");
  EXPECT_EQ(Hex("", kFreshSalt, {.memory_kib = 8, .passes = 1, .lanes = 1}),
            "39af95f616f16373dccc34c41b3d252f29024b24d3d6010c7a88be5ba3217e48");
}

// A hash made by either library, or by another program with either, must go on matching when the
// parameters or the library that computes them change.
TEST(Argon2idTest, EveryHashIsTheReferencesHash) {
  for (const uint32_t memory_kib : {8u, 9u, 37u, 64u, 1023u, 2048u}) {
    for (const uint32_t passes : {1u, 2u, 3u}) {
      for (const size_t salt_bytes : {15u, 16u, 17u}) {
        for (const size_t hash_bytes : {16u, 32u, 33u, 64u}) {
          const Argon2Params params{.memory_kib = memory_kib, .passes = passes, .lanes = 1};
          const std::string password = base::RandomBytes(memory_kib % 70);
          const std::string salt = base::RandomBytes(salt_bytes);
          const auto hash = Argon2id(base::Secret(password), salt, params, hash_bytes);
          ASSERT_TRUE(hash.ok()) << hash.status();
          EXPECT_EQ(absl::BytesToHexString(*hash), Reference(password, salt, params, hash_bytes))
              << "m=" << memory_kib << " t=" << passes << " salt=" << salt_bytes
              << " hash=" << hash_bytes;
        }
      }
    }
  }
}

// Both libraries work in the memory that this thread keeps, and leave nothing in it.
TEST(Argon2idTest, WorksInKeptMemoryAndLeavesZeros) {
  for (const absl::string_view salt : {"somesalt", kFreshSalt}) {
    std::thread([salt] {
      const WorkingMemory& memory = WorkingMemory::OfThisThread();
      ASSERT_EQ(memory.size(), 0u);
      Hex("password", salt, {.memory_kib = 4096, .passes = 1, .lanes = 1});
      ASSERT_GE(memory.size(), size_t{4096} * 1024) << "salt=" << salt;
      const uint8_t* kept = memory.data();
      EXPECT_EQ(std::count(kept, kept + memory.size(), 0), static_cast<ptrdiff_t>(memory.size()));
      Hex("password", salt, {.memory_kib = 4096, .passes = 1, .lanes = 1});
      EXPECT_EQ(memory.data(), kept);
    }).join();
  }
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
  const std::string expected = Hex("password", kFreshSalt, kSmall);
  std::vector<std::string> got(4);
  std::vector<std::thread> threads;
  for (auto& mine : got) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 5; ++i) mine = Hex("password", kFreshSalt, kSmall);
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
