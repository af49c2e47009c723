#include "client/base/secret.h"

#include <ostream>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace signet::base {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

// what cannot be printed, copied or converted cannot reach a log by accident.
static_assert(!Printable<Secret>);
static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, absl::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);

constexpr char kShort[] = "short";
constexpr char kLong[] = "a secret that is too long for the small buffer of a string";

TEST(SecretTest, RevealsExactlyTheBytesItWasGiven) {
  const Secret secret(absl::string_view("a\0b", 3));
  EXPECT_EQ(secret.reveal(), absl::string_view("a\0b", 3));
  EXPECT_EQ(secret.size(), 3u);
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(SecretTest, TakingAStringLeavesItEmptyAndWiped) {
  for (const char* text : {kShort, kLong}) {
    std::string source(text);
    source.reserve(100);
    const char* const bytes = source.data();
    const size_t size = source.size();
    const Secret secret(std::move(source));
    EXPECT_EQ(secret.reveal(), text);
    EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): this is what is promised
    EXPECT_EQ(std::string(bytes, size), std::string(size, '\0'));
  }
}

TEST(SecretTest, MovingLeavesNothingBehind) {
  for (const char* text : {kShort, kLong}) {
    Secret from(text);
    const char* const bytes = from.reveal().data();
    const size_t size = from.size();
    Secret to(std::move(from));
    EXPECT_EQ(to.reveal(), text);
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(std::string(bytes, size), std::string(size, '\0'));

    Secret assigned("something that was there before, and is longer than the other one");
    assigned = std::move(to);
    EXPECT_EQ(assigned.reveal(), text);
    EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
  }
}

TEST(SecretTest, AssigningToItselfKeepsTheBytes) {
  Secret secret(kLong);
  Secret& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), kLong);
}

TEST(SecretTest, ACloneIsASecondSecret) {
  Secret secret(kLong);
  const Secret copy = secret.Clone();
  secret = Secret();
  EXPECT_EQ(copy.reveal(), kLong);
}

TEST(WipeTest, OverwritesAndEmpties) {
  std::string bytes(kLong);
  const char* const at = bytes.data();
  const size_t size = bytes.size();
  Wipe(bytes);
  EXPECT_TRUE(bytes.empty());
  EXPECT_EQ(std::string(at, size), std::string(size, '\0'));
  Wipe(bytes);
  EXPECT_TRUE(bytes.empty());
}

TEST(ConstantTimeEqualsTest, ComparesLengthAndEveryByte) {
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_TRUE(ConstantTimeEquals("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "bbc"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "ab"));
  EXPECT_FALSE(ConstantTimeEquals("abc", ""));
  EXPECT_FALSE(ConstantTimeEquals(absl::string_view("a\0b", 3), absl::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace signet::base
