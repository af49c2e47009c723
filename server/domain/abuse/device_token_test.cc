#include "server/domain/abuse/device_token.h"

#include <gtest/gtest.h>

namespace signet::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class DeviceTokensTest : public testing::Test {
 protected:
  const DeviceTokens ours_{base::Secret(std::string(32, 'k')), absl::Hours(24 * 180)};
  const KnownDevice device_{base::UserId::New(kNow), base::Uuid::NewV7(kNow), 7};
};

TEST_F(DeviceTokensTest, SayWhoseDeviceItIs) {
  const base::Secret token = ours_.Issue(device_, kNow);
  EXPECT_EQ(token.reveal().substr(0, 4), "sgd_");
  const auto read = ours_.Read(token.reveal(), kNow + absl::Hours(1));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->user_id, device_.user_id);
  EXPECT_EQ(read->device, device_.device);
  EXPECT_EQ(read->password_version, 7);
}

TEST_F(DeviceTokensTest, EndAtTheirTime) {
  const base::Secret token = ours_.Issue(device_, kNow);
  EXPECT_TRUE(ours_.Read(token.reveal(), kNow + absl::Hours(24 * 180)));
  EXPECT_FALSE(ours_.Read(token.reveal(), kNow + absl::Hours(24 * 180) + absl::Seconds(1)));
}

// A door of one's own for guessing would be worth forging.
TEST_F(DeviceTokensTest, NobodyElseMakesOne) {
  const std::string token(ours_.Issue(device_, kNow).reveal());
  for (size_t i = 4; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ours_.Read(changed, kNow)) << i;
  }
  const DeviceTokens theirs(base::Secret(std::string(32, 'x')), absl::Hours(1));
  EXPECT_FALSE(ours_.Read(theirs.Issue(device_, kNow).reveal(), kNow));
}

TEST_F(DeviceTokensTest, AnythingElseIsNone) {
  const std::string token(ours_.Issue(device_, kNow).reveal());
  for (const std::string& text :
       {std::string(), std::string("sgd_"), token.substr(4), token + "A", "sgr_" + token.substr(4),
        token.substr(0, token.size() - 1), std::string(5000, 'A')}) {
    EXPECT_FALSE(ours_.Read(text, kNow)) << text;
  }
}

}  // namespace
}  // namespace signet::domain
