// an account that one server process closes while logins and refreshes of it are
// under way on another: nothing of it lives afterwards, counted exactly.

#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

class ClosedAccountTest : public testing::Test {
 protected:
  // Every token that was handed out meanwhile is refused by every server once it has read the log.
  void ExpectAllRefused(const std::vector<std::string>& tokens) {
    const int64_t head = both_.Number("SELECT last FROM signet.revocation_head");
    for (size_t server : {0, 1}) {
      EXPECT_TRUE(Eventually(absl::Seconds(20), [&] {
        return Metric(both_.server(server).http_port(), "signet_revocation_sequence") >=
               static_cast<double>(head);
      }));
      for (const std::string& token : tokens) {
        EXPECT_FALSE(both_.client(server).Validate(token).message.active());
      }
    }
  }

  Deployment both_{2};
  const std::string admin_ = both_.Administrator().tokens().access_token();
};

TEST_F(ClosedAccountTest, NothingLivesOfAnAccountThatWasClosedDuringLoginsAndRefreshes) {
  const int rounds = RaceRounds();
  int opened = 0;
  int refused = 0;
  std::vector<std::string> all;
  for (int round = 0; round < rounds; ++round) {
    const std::string email = absl::StrCat("person", round, "@example.com");
    const auto first = both_.SignUp(email);
    std::vector<std::string> tokens = {first.tokens().access_token()};
    std::mutex mutex;
    const auto keep = [&](const auto& reply) {
      const std::lock_guard<std::mutex> lock(mutex);
      if (reply.ok()) tokens.push_back(reply.message.tokens().access_token());
      (reply.ok() ? opened : refused) += 1;
    };
    std::vector<std::thread> calls;
    for (size_t server : {0, 1}) {
      calls.emplace_back([&, server] { keep(both_.client(server).Login(email, kPassword)); });
    }
    calls.emplace_back([&] { keep(both_.client(1).Refresh(first.tokens().refresh_token())); });
    // At another moment of the calls in each round.
    absl::SleepFor(absl::Microseconds(500 * (round % 20)));
    const size_t closing = static_cast<size_t>(round) % 2;
    if (round % 4 < 2) {
      EXPECT_TRUE(both_.client(closing).DisableUser(admin_, first.user_id()).ok());
    } else {
      EXPECT_TRUE(both_.client(closing).DeleteUser(admin_, first.user_id()).ok());
    }
    for (std::thread& call : calls) call.join();
    EXPECT_EQ(both_.Number(absl::StrCat(
                  "SELECT count(*) FROM signet.lineages WHERE end_reason IS NULL AND user_id = '",
                  first.user_id(), "'")),
              0)
        << round;
    all.insert(all.end(), tokens.begin(), tokens.end());
  }
  ExpectAllRefused(all);
  EXPECT_EQ(opened + refused, 3 * rounds);
  EXPECT_EQ(both_.Violations(), "");
  RecordProperty("opened", opened);
}

//
TEST_F(ClosedAccountTest, OfTwoAdministratorsWhoCloseEachOtherOneStays) {
  const int rounds = RaceRounds();
  const std::string active = "FROM signet.users WHERE status = 1 AND 'admin' = ANY (roles)";
  std::string survivor = "admin@example.com";
  for (int round = 0; round < rounds; ++round) {
    const std::string other = absl::StrCat("a", round, "@example.com");
    ASSERT_TRUE(both_.client(0).Register(other, kPassword).ok());
    Sql(both_.database(),
        absl::StrCat("UPDATE signet.users SET roles = '{admin}' WHERE email = '", other, "'"));
    const std::vector<v1::LoginResponse> pair = {both_.Login(survivor), both_.Login(other)};
    std::string reasons[2];
    std::vector<std::thread> calls;
    for (size_t i : {0, 1}) {
      calls.emplace_back([&, i] {
        const std::string& caller = pair[i].tokens().access_token();
        const std::string& other_id = pair[1 - i].user_id();
        reasons[i] = ReasonOf(round % 2 == 0 ? both_.client(i).DisableUser(caller, other_id).status
                                             : both_.client(i).DeleteUser(caller, other_id).status);
      });
    }
    for (std::thread& call : calls) call.join();
    ASSERT_EQ(both_.Number("SELECT count(*) " + active), 1) << reasons[0] << " " << reasons[1];
    const std::string left = Sql(both_.database(), "SELECT email " + active);
    survivor = left.substr(0, left.find('\n'));
  }
}

}  // namespace
}  // namespace signet::tests
