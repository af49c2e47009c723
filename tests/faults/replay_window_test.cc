// how long the parent of an unused successor may be presented again, over two servers. The
// window is configured rather than waited for.

#include <gtest/gtest.h>

#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

TEST(ReplayWindowTest, WithinItTheOtherServerGivesTheSameSuccessor) {
  Deployment both(2);
  const std::string root = both.SignUp("ada@example.com").tokens().refresh_token();
  const auto first = both.client(0).Refresh(root);
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first.message.replayed());
  for (size_t server : {1, 0, 1}) {
    const auto again = both.client(server).Refresh(root);
    ASSERT_TRUE(again.ok()) << ReasonOf(again.status);
    EXPECT_TRUE(again.message.replayed());
    EXPECT_EQ(again.message.tokens().refresh_token(), first.message.tokens().refresh_token());
  }
  EXPECT_EQ(both.Violations(), "");
}

TEST(ReplayWindowTest, OnceTheSuccessorWasUsedTheParentIsTheft) {
  Deployment both(2);
  const std::string root = both.SignUp("ada@example.com").tokens().refresh_token();
  const auto first = both.client(0).Refresh(root);
  const auto second = both.client(1).Refresh(first.message.tokens().refresh_token());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(ReasonOf(both.client(0).Refresh(root).status), "REFRESH_TOKEN_REUSED");
  EXPECT_EQ(ReasonOf(both.client(1).Refresh(second.message.tokens().refresh_token()).status),
            "SESSION_ENDED");
  EXPECT_EQ(both.Number("SELECT count(*) FROM signet.revocation_log"), 1);
}

TEST(ReplayWindowTest, AfterItTheParentIsTheftThoughTheSuccessorIsUnused) {
  Deployment both(2, {{"tokens.replay_window", "0s"}});
  const std::string root = both.SignUp("ada@example.com").tokens().refresh_token();
  const auto first = both.client(0).Refresh(root);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(ReasonOf(both.client(1).Refresh(root).status), "REFRESH_TOKEN_REUSED");
  EXPECT_EQ(ReasonOf(both.client(0).Refresh(first.message.tokens().refresh_token()).status),
            "SESSION_ENDED");
  EXPECT_EQ(both.Number("SELECT count(*) FROM signet.revocation_log"), 1);
  EXPECT_EQ(both.Violations(), "");
}

}  // namespace
}  // namespace signet::tests
