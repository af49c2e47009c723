#include "server/vault/vault_keeper.h"

#include <gmock/gmock.h>

#include "server/vault/fake_vault.h"

namespace signet::vault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class VaultKeeperTest : public testing::Test {
 protected:
  VaultKeeperTest() {
    // The token outlives what is tried here, unless a test says otherwise.
    vault_.Answer(FakeVault::kLogin, FakeVault::Token("hvs.first", 3600));
    vault_.Answer(FakeVault::kCredentials, FakeVault::Credentials("v-one", 20));
    keeper_.AdoptBy([this](const DatabaseCredentials& credentials) {
      if (database_.ok()) adopted_.push_back(credentials.user);
      return database_;
    });
  }

  absl::Time In(int seconds) const { return login_.clock.Now() + absl::Seconds(seconds); }

  FakeVault vault_;
  FakeLogin login_{vault_};
  VaultKeeper keeper_{{.database_role = "signet", .look = absl::Hours(1)},
                      login_.session,
                      login_.clock,
                      login_.observer};
  absl::Status database_;
  std::vector<std::string> adopted_;
};

// R-306
TEST_F(VaultKeeperTest, BeginsWithCredentials) {
  ASSERT_TRUE(keeper_.Begin().ok());
  ASSERT_NE(keeper_.credentials(), nullptr);
  EXPECT_EQ(keeper_.credentials()->user, "v-one");
  EXPECT_EQ(keeper_.credentials()->password.reveal(), "p-of-v-one");
  EXPECT_EQ(login_.observer.ends_at, In(20));
  EXPECT_EQ(keeper_.Tend(), In(10));
  EXPECT_THAT(adopted_, IsEmpty());
}

// R-306: at half of its life a lease is renewed, and the same credentials go on.
TEST_F(VaultKeeperTest, RenewsTheLeaseWhileThatGrantsEnough) {
  ASSERT_TRUE(keeper_.Begin().ok());
  vault_.Answer(FakeVault::kRenewLease, FakeVault::RenewedLease(20));
  login_.clock.Advance(absl::Seconds(10));
  EXPECT_EQ(keeper_.Tend(), In(10));
  EXPECT_EQ(vault_.last().body, R"({"lease_id":"database/creds/signet/v-one"})");
  EXPECT_EQ(login_.observer.ends_at, In(20));
  EXPECT_THAT(adopted_, IsEmpty());
}

// R-306, R-407: half of the old lease is left for the connections to end.
TEST_F(VaultKeeperTest, TakesNewOnesWhereTheLongestLifeIsNear) {
  ASSERT_TRUE(keeper_.Begin().ok());
  vault_.Answer(FakeVault::kRenewLease, FakeVault::RenewedLease(9));
  vault_.Answer(FakeVault::kCredentials, FakeVault::Credentials("v-two", 20));
  login_.clock.Advance(absl::Seconds(10));
  EXPECT_EQ(keeper_.Tend(), In(10));
  EXPECT_THAT(adopted_, ElementsAre("v-two"));
  EXPECT_EQ(login_.observer.ends_at, In(20));
  // A lease that Vault knows no more is replaced, too.
  vault_.Refuse(FakeVault::kRenewLease, "400 Bad Request", "lease not found");
  vault_.Answer(FakeVault::kCredentials, FakeVault::Credentials("v-three", 20));
  login_.clock.Advance(absl::Seconds(10));
  keeper_.Tend();
  EXPECT_THAT(adopted_, ElementsAre("v-two", "v-three"));
}

// R-407: credentials that cannot be used yet replace nothing, and are offered again.
TEST_F(VaultKeeperTest, OffersNewCredentialsUntilTheyAreTaken) {
  ASSERT_TRUE(keeper_.Begin().ok());
  vault_.Refuse(FakeVault::kRenewLease, "400 Bad Request", "lease not found");
  vault_.Answer(FakeVault::kCredentials, FakeVault::Credentials("v-two", 20));
  database_ = absl::UnavailableError("no database");
  login_.clock.Advance(absl::Seconds(10));
  EXPECT_LE(keeper_.Tend(), In(1));
  EXPECT_LE(keeper_.Tend(), In(1));
  EXPECT_EQ(keeper_.credentials()->user, "v-one");
  EXPECT_EQ(vault_.Count(FakeVault::kCredentials), 2) << "no new ones for each attempt";
  // They get old meanwhile, and others are taken instead.
  vault_.Answer(FakeVault::kCredentials, FakeVault::Credentials("v-three", 20));
  login_.clock.Advance(absl::Seconds(11));
  database_ = absl::OkStatus();
  EXPECT_EQ(keeper_.Tend(), In(10));
  EXPECT_THAT(adopted_, ElementsAre("v-three"));
  EXPECT_EQ(login_.observer.recovered, 1);
}

// What a token leased ends with it.
TEST_F(VaultKeeperTest, TakesNewOnesUnderANewToken) {
  vault_.Answer(FakeVault::kLogin, FakeVault::Token("hvs.first", 10, false));
  ASSERT_TRUE(keeper_.Begin().ok());
  vault_.Answer(FakeVault::kLogin, FakeVault::Token("hvs.second", 3600));
  vault_.Answer(FakeVault::kCredentials, FakeVault::Credentials("v-two", 20));
  login_.clock.Advance(absl::Seconds(5));
  keeper_.Tend();
  EXPECT_THAT(adopted_, ElementsAre("v-two"));
}

// R-407: nothing is thrown away, and the questions get rarer, each at its own time.
TEST_F(VaultKeeperTest, GoesOnWithWhatItHoldsWhileVaultIsAway) {
  ASSERT_TRUE(keeper_.Begin().ok());
  login_.clock.Advance(absl::Seconds(10));
  vault_.Leave();
  std::vector<absl::Duration> pauses;
  for (int i = 0; i < 8; ++i) pauses.push_back(keeper_.Tend() - login_.clock.Now());
  EXPECT_EQ(keeper_.credentials()->user, "v-one");
  EXPECT_GE(pauses[0], absl::Milliseconds(125));
  EXPECT_LE(pauses[0], absl::Milliseconds(250));
  EXPECT_GE(pauses[7], absl::Milliseconds(1500));
  EXPECT_LE(pauses[7], absl::Seconds(3));
  EXPECT_NE(pauses[6], pauses[7]) << "jitter (one run in 256 has none)";
  EXPECT_EQ(login_.observer.troubles.size(), 8);
  vault_.Return();
  vault_.Answer(FakeVault::kRenewLease, FakeVault::RenewedLease(20));
  EXPECT_EQ(keeper_.Tend(), In(10));
  EXPECT_EQ(login_.observer.recovered, 1);
}

TEST_F(VaultKeeperTest, TheTokenIsKeptWithoutAnyCredentialsToo) {
  VaultKeeper keeper({}, login_.session, login_.clock, login_.observer);
  ASSERT_TRUE(keeper.Begin().ok());
  EXPECT_EQ(keeper.credentials(), nullptr);
  EXPECT_EQ(keeper.Tend(), In(30));
  EXPECT_EQ(vault_.Count(FakeVault::kCredentials), 0);
  EXPECT_EQ(vault_.Count(FakeVault::kLookup), 0);
  login_.clock.Advance(absl::Seconds(30));
  EXPECT_EQ(keeper.Tend(), In(30));
  EXPECT_EQ(vault_.Count(FakeVault::kLookup), 1);
  login_.clock.Advance(absl::Seconds(30));
  vault_.Leave();
  EXPECT_LE(keeper.Tend(), In(1)) << "that it is away is known although nothing is due";
}

TEST_F(VaultKeeperTest, ItsThreadEndsWhenAsked) {
  ASSERT_TRUE(keeper_.Begin().ok());
  keeper_.Start([](const DatabaseCredentials&) { return absl::OkStatus(); });
  keeper_.Stop();
  keeper_.Stop();
}

}  // namespace
}  // namespace signet::vault
