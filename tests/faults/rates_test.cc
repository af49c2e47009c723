// one limit over two server processes.

#include <map>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

class RatesTest : public testing::Test {
 protected:
  // Registrations that say no: what is limited is the call, not its success.
  static v1::RegisterRequest Weak(int i) {
    v1::RegisterRequest request;
    request.set_email(absl::StrCat("person", i, "@example.com"));
    request.set_password("short");
    return request;
  }
};

TEST_F(RatesTest, TwoServersTogetherLetThroughWhatTheRateSays) {
  // A period so long that nothing fills up meanwhile.
  Deployment both(2, {{"rates.register", "address 100/24h"}});
  std::map<std::string, int> endings;
  for (int burst = 0; burst < 5; ++burst) {
    Burst<v1::RegisterResponse> calls(absl::Seconds(60));
    for (int i = 0; i < 60; ++i) {
      calls.Add(both.client(static_cast<size_t>(i) % 2).auth(),
                &v1::AuthService::Stub::PrepareAsyncRegister, Weak(i));
    }
    calls.Send();
    for (const auto& reply : calls.Collect()) {
      const std::string reason = ReasonOf(reply.status);
      ++endings[reason];
      if (reason == "RATE_LIMITED") {
        const auto retry = RetryAfterOf(reply.status);
        ASSERT_TRUE(retry);
        EXPECT_LE(*retry, absl::Minutes(15));  // a token comes back every 14.4 minutes
      }
    }
  }
  EXPECT_EQ(endings.size(), 2u);
  EXPECT_GE(endings["FIELD_INVALID"], 90);
  EXPECT_LE(endings["FIELD_INVALID"], 110);
}

// Neither open nor closed: each process goes by a tenth.
TEST_F(RatesTest, WithoutADatabaseEachServerHasALimitOfItsOwn) {
  Deployment one(1, {{"rates.register", "address 100/24h"}});
  one.SignUp("ada@example.com");
  Sql(one.database(), "ALTER TABLE signet.rate_buckets RENAME TO gone");
  std::map<std::string, int> endings;
  for (int i = 0; i < 60; ++i) {
    v1::RegisterResponse response;
    grpc::ClientContext context;
    ++endings[ReasonOf(one.client(0).auth().Register(&context, Weak(i), &response))];
  }
  EXPECT_GE(endings["FIELD_INVALID"], 5);
  EXPECT_LE(endings["FIELD_INVALID"], 20);
  EXPECT_EQ(endings["FIELD_INVALID"] + endings["RATE_LIMITED"], 60);
}

}  // namespace
}  // namespace signet::tests
