// two server processes, one database, and everyone presents the same refresh token at once.

#include <set>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

constexpr int kRefreshesAtOnce = 64;

class RefreshRaceTest : public testing::Test {
 protected:
  // All of `tokens`, the n-th by the client of server n % 2, sent together.
  std::vector<Reply<v1::RefreshResponse>> RefreshAtOnce(const std::vector<std::string>& tokens) {
    Burst<v1::RefreshResponse> burst(absl::Seconds(60));
    for (size_t i = 0; i < tokens.size(); ++i) {
      v1::RefreshRequest request;
      request.set_refresh_token(tokens[i]);
      burst.Add(both_.client(i % 2).tokens(), &v1::TokenService::Stub::PrepareAsyncRefresh,
                request);
    }
    burst.Send();
    return burst.Collect();
  }

  std::string RefreshOnce(const std::string& token, size_t server) {
    const auto reply = both_.client(server).Refresh(token);
    EXPECT_TRUE(reply.ok()) << reply.status.error_message();
    EXPECT_FALSE(reply.message.replayed());
    return reply.message.tokens().refresh_token();
  }

  Deployment both_{2};
};

TEST_F(RefreshRaceTest, SixtyFourRefreshesOfOneTokenOnTwoServersHaveOneSuccessor) {
  constexpr int kRounds = 100;
  both_.SignUp("ada@example.com");
  std::vector<std::string> successors;
  for (size_t round = 0; round < kRounds; ++round) {
    const std::string root = both_.Login("ada@example.com", round % 2).tokens().refresh_token();
    int rotated = 0;
    std::set<std::string> distinct;
    for (const auto& reply : RefreshAtOnce(std::vector<std::string>(kRefreshesAtOnce, root))) {
      ASSERT_TRUE(reply.ok()) << "round " << round << ": " << ReasonOf(reply.status);
      distinct.insert(reply.message.tokens().refresh_token());
      rotated += reply.message.replayed() ? 0 : 1;
    }
    ASSERT_EQ(distinct.size(), 1u) << "round " << round;
    ASSERT_EQ(rotated, 1) << "round " << round;
    successors.push_back(*distinct.begin());
  }

  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.lineages WHERE generation = 1 AND end_reason "
                         "IS NULL AND session_id IN (SELECT session_id FROM signet.lineage_history "
                         "WHERE kind = 2)"),
            kRounds);
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.lineage_history WHERE kind = 2"), kRounds);
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.lineage_history WHERE kind = 3"),
            kRounds * (kRefreshesAtOnce - 1));
  EXPECT_EQ(both_.Number("SELECT last FROM signet.revocation_head"), 0);
  EXPECT_EQ(both_.Violations(), "");

  // Each successor is a live leaf: the chain goes on from it, on either server.
  for (size_t i = 0; i < successors.size(); ++i) {
    EXPECT_EQ(GenerationOf(RefreshOnce(successors[i], i % 2)), 2);
  }
  EXPECT_EQ(both_.Violations(), "");
}

TEST_F(RefreshRaceTest, OldAndLiveTokensAtOnceEndTheSessionExactlyOnce) {
  constexpr int kLineages = 15;
  both_.SignUp("ada@example.com");
  for (size_t n = 0; n < kLineages; ++n) {
    const auto login = both_.Login("ada@example.com");
    const std::string root = login.tokens().refresh_token();
    const std::string leaf = RefreshOnce(RefreshOnce(root, 0), 1);

    std::vector<std::string> tokens;
    for (size_t i = 0; i < kRefreshesAtOnce; ++i)
      tokens.push_back((i / 2) % 2 == n % 2 ? root : leaf);
    const auto replies = RefreshAtOnce(tokens);
    std::set<std::string> successors;
    for (size_t i = 0; i < replies.size(); ++i) {
      const std::string reason = ReasonOf(replies[i].status);
      if (tokens[i] == root) {
        ASSERT_EQ(reason, "REFRESH_TOKEN_REUSED");
      } else if (replies[i].ok()) {
        successors.insert(replies[i].message.tokens().refresh_token());
      } else {
        // The leaf came after the end; or, once rotated, it counts among the old ones.
        ASSERT_TRUE(reason == "SESSION_ENDED" || reason == "REFRESH_TOKEN_REUSED") << reason;
      }
    }
    EXPECT_LE(successors.size(), 1u);
    for (const std::string& successor : successors) {
      EXPECT_EQ(ReasonOf(both_.client(n % 2).Refresh(successor).status), "SESSION_ENDED");
    }
    EXPECT_EQ(both_.Number(absl::StrCat(
                  "SELECT count(*) FROM signet.revocation_log WHERE kind = 2 AND subject = '",
                  login.session_id(), "'")),
              1);
  }
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.lineages WHERE end_reason = 4"), kLineages);
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.lineage_history WHERE kind = 4"), kLineages);
  EXPECT_EQ(both_.Number("SELECT last FROM signet.revocation_head"), kLineages);
  EXPECT_EQ(both_.Violations(), "");
}

}  // namespace
}  // namespace signet::tests
