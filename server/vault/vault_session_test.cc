#include "server/vault/vault_session.h"

#include <fstream>

#include <gmock/gmock.h>

#include "server/vault/fake_vault.h"

namespace signet::vault {
namespace {

using testing::HasSubstr;

class VaultSessionTest : public testing::Test {
 protected:
  // The token that the last question came with.
  std::string TokenShown() {
    vault_.Answer("GET /v1/a", "{}");
    EXPECT_TRUE(login_.session.Ask(VaultMethod::kRead, "a", {}).ok());
    const std::string headers = vault_.last().headers;
    const size_t start = headers.find("X-Vault-Token: ") + 15;
    return headers.substr(start, headers.find("\r\n", start) - start);
  }

  FakeVault vault_;
  FakeLogin login_{vault_};
};

// R-306
TEST_F(VaultSessionTest, LogsInByAppRole) {
  EXPECT_EQ(login_.session.due(), absl::InfinitePast());
  ASSERT_TRUE(login_.session.Tend().ok());
  EXPECT_EQ(vault_.last().body, R"({"role_id":"signet-role","secret_id":"secret-id"})");
  EXPECT_EQ(TokenShown(), "hvs.first");
  EXPECT_EQ(login_.session.logins(), 1);
}

TEST_F(VaultSessionTest, LogsInWithTheJwtOfAPodReadAnew) {
  const std::string file = testing::TempDir() + "/signet-vault-jwt";
  std::ofstream(file) << "jwt-1\n";
  VaultSession session(login_.api,
                       {.method = VaultSession::Options::Method::kKubernetes,
                        .mount = "kubernetes",
                        .role = "signet",
                        .secret_file = file},
                       login_.clock, login_.observer);
  vault_.Answer("POST /v1/auth/kubernetes/login", FakeVault::Token("hvs.pod", 60, false));
  ASSERT_TRUE(session.Tend().ok());
  EXPECT_EQ(vault_.last().body, R"({"role":"signet","jwt":"jwt-1"})");
  // It cannot be renewed: logging in anew, with what the file holds by now.
  std::ofstream(file) << "jwt-2";
  login_.clock.Advance(absl::Seconds(30));
  ASSERT_TRUE(session.Tend().ok());
  EXPECT_EQ(vault_.last().body, R"({"role":"signet","jwt":"jwt-2"})");
  unlink(file.c_str());
  login_.clock.Advance(absl::Seconds(30));
  EXPECT_THAT(std::string(session.Tend().message()), HasSubstr(file));
}

// R-306: before two thirds of its life.
TEST_F(VaultSessionTest, RenewsItsTokenAtHalfOfItsLife) {
  ASSERT_TRUE(login_.session.Tend().ok());
  vault_.Answer(FakeVault::kRenew, FakeVault::Token("hvs.first", 60));
  login_.clock.Advance(absl::Seconds(29));
  ASSERT_TRUE(login_.session.Tend().ok());
  EXPECT_EQ(vault_.Count(FakeVault::kRenew), 0);
  login_.clock.Advance(absl::Seconds(1));
  ASSERT_TRUE(login_.session.Tend().ok());
  EXPECT_EQ(vault_.Count(FakeVault::kRenew), 1);
  EXPECT_EQ(login_.session.due(), login_.clock.Now() + absl::Seconds(30));
  EXPECT_EQ(login_.session.logins(), 1);
  EXPECT_EQ(login_.observer.leases[VaultLease::kTokenRenewed], 1);
}

// Its longest life comes near: Vault grants what is left of it.
TEST_F(VaultSessionTest, LogsInAnewWhereRenewingGrantsLittle) {
  ASSERT_TRUE(login_.session.Tend().ok());
  vault_.Answer(FakeVault::kRenew, FakeVault::Token("hvs.first", 29));
  vault_.Answer(FakeVault::kLogin, FakeVault::Token("hvs.second", 60));
  login_.clock.Advance(absl::Seconds(30));
  ASSERT_TRUE(login_.session.Tend().ok());
  EXPECT_EQ(TokenShown(), "hvs.second");
  EXPECT_EQ(login_.session.logins(), 2);
}

// R-407: revoked, or ended while Vault was away.
TEST_F(VaultSessionTest, LogsInAnewWhereVaultKnowsTheTokenNoMore) {
  ASSERT_TRUE(login_.session.Tend().ok());
  vault_.Answer(FakeVault::kLogin, FakeVault::Token("hvs.second", 60));
  vault_.Refuse("GET /v1/b", "403 Forbidden", "permission denied");
  vault_.Refuse(FakeVault::kLookup, "403 Forbidden", "permission denied");
  EXPECT_TRUE(absl::IsPermissionDenied(login_.session.Ask(VaultMethod::kRead, "b", {}).status()));
  EXPECT_EQ(TokenShown(), "hvs.second");
  vault_.Refuse(FakeVault::kRenew, "403 Forbidden", "permission denied");
  login_.clock.Advance(absl::Seconds(30));
  ASSERT_TRUE(login_.session.Tend().ok());
  EXPECT_EQ(login_.session.logins(), 3);
}

// A refusal of the path alone would otherwise end the leases of the token.
TEST_F(VaultSessionTest, StaysLoggedInWhereItMayNotDoAThing) {
  vault_.Refuse("GET /v1/b", "403 Forbidden", "permission denied");
  EXPECT_TRUE(absl::IsPermissionDenied(login_.session.Ask(VaultMethod::kRead, "b", {}).status()));
  EXPECT_EQ(login_.session.logins(), 1);
}

// R-407
TEST_F(VaultSessionTest, KeepsItsTokenWhileVaultIsAway) {
  ASSERT_TRUE(login_.session.Tend().ok());
  login_.clock.Advance(absl::Seconds(40));
  vault_.Leave();
  EXPECT_TRUE(absl::IsUnavailable(login_.session.Tend()));
  EXPECT_LT(login_.session.due(), login_.clock.Now()) << "still due";
  vault_.Return();
  EXPECT_EQ(TokenShown(), "hvs.first");
}

}  // namespace
}  // namespace signet::vault
