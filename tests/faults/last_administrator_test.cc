// two administrators remove each other at the same moment, on two server processes.

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

const int kDemotions = RaceRounds();
// A removal cuts the tokens of the removed a second later than the one before, so that somebody who
// is removed without pause has tokens of the future soon: others take his place before that.
constexpr int kRoundsOfOnePair = 10;
constexpr char kAdministrators[] = "SELECT count(*) FROM signet.users WHERE 'admin' = ANY (roles)";

// Two administrators, again and again: `Next` logs both in, through the server that is going to
// judge the other's rights.
struct Pair {
  explicit Pair(Deployment* deployment) : both(deployment) {
    admins[0] = both->Administrator();
    admins[1] = both->SignUp(emails[1]);
    Grant(0, admins[1].user_id());
  }

  const std::string& token(size_t i) const { return admins[i].tokens().access_token(); }

  void Grant(size_t by, const std::string& user_id) {
    ASSERT_EQ(ReasonOf(both->client(by).GrantRole(token(by), user_id, "admin").status), "");
  }

  void Next(int round) {
    if (round > 0 && round % kRoundsOfOnePair == 0) Replace(round);
    for (size_t i : {0, 1}) admins[i] = both->Login(emails[i], i);
  }

  void Replace(int round) {
    for (size_t i : {0, 1}) {
      const std::string old = admins[i].user_id();
      const size_t by = 1 - i;
      admins[by] = both->Login(emails[by], by);
      emails[i] = absl::StrCat("admin", i, "-", round, "@example.com");
      admins[i] = both->SignUp(emails[i]);
      Grant(by, admins[i].user_id());
      ASSERT_EQ(ReasonOf(both->client(by).RevokeGrant(token(by), old, "admin").status), "");
    }
  }

  // What became of both, each asking at the same moment for the removal of `of(i)`.
  template <typename Of>
  std::array<std::string, 2> Remove(const Of& of) {
    std::atomic<int> ready = 0;
    std::array<std::string, 2> reasons;
    std::vector<std::thread> removers;
    for (size_t i : {0, 1}) {
      removers.emplace_back([&, i] {
        ++ready;
        while (ready < 2) {
        }
        reasons[i] = ReasonOf(
            both->client(i).RevokeGrant(token(i), admins[of(i)].user_id(), "admin").status);
      });
    }
    for (std::thread& remover : removers) remover.join();
    return reasons;
  }

  Deployment* both;
  std::string emails[2] = {"admin@example.com", "second@example.com"};
  v1::LoginResponse admins[2];
};

TEST(LastAdministratorTest, OfTwoWhoRemoveEachOtherOneStays) {
  Deployment both{2};
  Pair pair(&both);
  for (int round = 0; round < kDemotions; ++round) {
    pair.Next(round);
    const auto reasons = pair.Remove([](size_t i) { return 1 - i; });
    if (round % 10 == 0) {
      ASSERT_EQ(both.Number(kAdministrators), 1)
          << "round " << round << ": " << reasons[0] << ", " << reasons[1];
    }
    // Who came second had lost his rights by then, or would have removed the last one.
    ASSERT_EQ((reasons[0].empty() ? 1 : 0) + (reasons[1].empty() ? 1 : 0), 1)
        << "round " << round << ": " << reasons[0] << ", " << reasons[1];
    const size_t stays = reasons[0].empty() ? 0 : 1;
    const std::string& refused = reasons[1 - stays];
    ASSERT_TRUE(refused == "TOKEN_INVALID" || refused == "LAST_ADMINISTRATOR") << refused;
    pair.Grant(stays, pair.admins[1 - stays].user_id());
  }
  EXPECT_EQ(both.Violations(), "");
}

// Each gives up his own role: nobody's rights are lost before, so the guard alone decides.
TEST(LastAdministratorTest, OfTwoWhoGiveUpTheirOwnRoleOneStays) {
  Deployment both{2};
  Pair pair(&both);
  for (int round = 0; round < kDemotions; ++round) {
    pair.Next(round);
    const auto reasons = pair.Remove([](size_t i) { return i; });
    const size_t stays = reasons[0].empty() ? 1 : 0;
    ASSERT_EQ(reasons[stays], "LAST_ADMINISTRATOR") << "round " << round;
    ASSERT_EQ(reasons[1 - stays], "") << "round " << round;
    if (round % 10 == 0) {
      ASSERT_EQ(both.Number(kAdministrators), 1);
    }
    pair.Grant(stays, pair.admins[1 - stays].user_id());
  }
  EXPECT_EQ(both.Violations(), "");
}

}  // namespace
}  // namespace signet::tests
