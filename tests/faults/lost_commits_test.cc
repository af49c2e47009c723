// The database loses its newest commits, as after the promotion of a standby that had not received
// them, and gives their numbers out again: nothing that was revoked lives again (R-307, R-407,
// R-606). tests/drills does it with Patroni.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

class LostCommitsTest : public testing::Test {
 protected:
  bool Accepts(size_t server, const v1::LoginResponse& login) {
    const auto reply = both_.client(server).Validate(login.tokens().access_token());
    EXPECT_TRUE(reply.ok()) << reply.status.error_message();
    return reply.message.active();
  }

  bool RefusedByBoth(const v1::LoginResponse& login) {
    return !Accepts(0, login) && !Accepts(1, login);
  }

  // As if nothing had been written since `head` was the end of the revocation log; and others have
  // revoked `others` tokens before any process looks.
  void LoseEverythingAfter(int64_t head, int others) {
    Sql(both_.database(), absl::StrCat(R"sql(DO $$ BEGIN
      DELETE FROM signet.revocation_log WHERE sequence > )sql",
                                       head, R"sql(;
      UPDATE signet.revocation_head SET last = )sql",
                                       head, R"sql(;
      DELETE FROM signet.lineage_history WHERE kind = 5;
      UPDATE signet.lineages SET end_reason = NULL;
      UPDATE signet.sessions SET end_reason = NULL, ended_at = NULL;
      PERFORM signet.append_revocation(1::smallint, 'other ' || i, NULL, now(), now() + interval '1 hour')
         FROM generate_series(1, )sql",
                                       others, ") AS i; END $$"));
  }

  double Sum(const std::string& metric) {
    return Metric(both_.server(0).http_port(), metric) +
           Metric(both_.server(1).http_port(), metric);
  }

  Deployment both_{2, {{"revocation.poll", "50ms"}}};
};

TEST_F(LostCommitsTest, WhatWasRevokedStaysRefusedAndEndsAgain) {
  const v1::LoginResponse kept = both_.SignUp("ada@example.com");
  std::vector<v1::LoginResponse> ended;
  for (int i = 0; i < 3; ++i) ended.push_back(both_.Login("ada@example.com"));
  for (const v1::LoginResponse& login : ended) {
    ASSERT_TRUE(both_.client(0).Logout(login.tokens().access_token()).ok());
  }
  for (const v1::LoginResponse& login : ended) {
    ASSERT_TRUE(Eventually(absl::Seconds(20), [&] { return RefusedByBoth(login); }));
  }

  // The place up to which both have read is there again: with another record.
  LoseEverythingAfter(1, /*others=*/6);
  EXPECT_TRUE(Eventually(absl::Seconds(30), [&] {
    for (const v1::LoginResponse& login : ended) EXPECT_TRUE(RefusedByBoth(login));
    for (size_t server : {0, 1}) {
      const int port = both_.server(server).http_port();
      if (Metric(port, "signet_revocation_log_rewinds_total") < 1) return false;
      if (Metric(port, "signet_revocation_sequence") < 9) return false;
    }
    return true;
  }));
  EXPECT_GE(Sum("signet_revocations_restored_total"), 2);
  EXPECT_EQ(
      both_.Number("SELECT count(DISTINCT subject) FROM signet.revocation_log WHERE kind = 2"), 3);

  for (size_t i = 1; i < ended.size(); ++i) {
    const auto refresh = both_.client(0).Refresh(ended[i].tokens().refresh_token());
    EXPECT_EQ(refresh.status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << i;
  }
  EXPECT_TRUE(Accepts(0, kept));
  EXPECT_TRUE(both_.client(1).Refresh(kept.tokens().refresh_token()).ok());

  // Who comes later knows it from the database.
  both_.server(1).Kill();
  both_.server(1).Start();
  EXPECT_TRUE(Eventually(absl::Seconds(30), [&] {  // the connection is made anew
    return both_.client(1).Validate(kept.tokens().access_token()).ok();
  }));
  for (const v1::LoginResponse& login : ended) EXPECT_FALSE(Accepts(1, login));
}

}  // namespace
}  // namespace signet::tests
