#include "server/domain/sessions/session_policy.h"

#include <vector>

#include <gtest/gtest.h>

namespace signet::domain {
namespace {

const absl::Time kOpenedAt = absl::FromUnixSeconds(1'800'000'000);

int InShare(const std::vector<base::UserId>& users, int percent) {
  const SessionPolicy policy{.mode = SessionMode::kOff, .share_percent = percent};
  int in = 0;
  for (const base::UserId user : users) in += policy.ModeFor(user) == SessionMode::kOff ? 1 : 0;
  return in;
}

// a percentage of users.
TEST(SessionPolicy, HoldsForItsShareOfTheUsers) {
  std::vector<base::UserId> users;
  for (int i = 0; i < 20'000; ++i) users.push_back(base::UserId::New(kOpenedAt));
  EXPECT_EQ(InShare(users, 0), 0);
  EXPECT_EQ(InShare(users, 100), 20'000);
  // Four standard deviations.
  EXPECT_NEAR(InShare(users, 20), 4'000, 230);
  EXPECT_NEAR(InShare(users, 1), 200, 57);
}

// stable by user, and a larger share holds the smaller one.
TEST(SessionPolicy, WhoeverIsInAShareIsInEveryLargerOne) {
  for (int i = 0; i < 1'000; ++i) {
    const base::UserId user = base::UserId::New(kOpenedAt);
    bool was_in = false;
    for (int percent = 0; percent <= 100; ++percent) {
      const SessionPolicy policy{.mode = SessionMode::kReadOnly, .share_percent = percent};
      const bool in = policy.ModeFor(user) == SessionMode::kReadOnly;
      EXPECT_TRUE(in || !was_in) << percent;
      was_in = in;
    }
    EXPECT_TRUE(was_in);
  }
}

// The share of an id is for good: another hash would move half of the people on an upgrade.
TEST(SessionPolicy, TheShareOfAnIdNeverChanges) {
  const auto id = [](absl::string_view text) { return *base::UserId::FromString(text); };
  EXPECT_EQ(ShareOf(id("00000000-0000-0000-0000-000000000000")), 93);
  EXPECT_EQ(ShareOf(id("019b0000-0000-7000-8000-000000000001")), 75);
}

TEST(SessionPolicy, IsOnForEverybodyAsInstalled) {
  EXPECT_EQ(SessionPolicy().ModeFor(base::UserId::New(kOpenedAt)), SessionMode::kOn);
}

}  // namespace
}  // namespace signet::domain
