#include "server/app/vault.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/base/fake_clock.h"
#include "server/app/key_encryption.h"
#include "server/config/load.h"
#include "server/vault/fake_vault.h"

namespace signet::app {
namespace {

using testing::HasSubstr;
using vault::FakeVault;

constexpr char kKek[] = "1111111111111111111111111111111111111111111111111111111111111111";

class VaultTest : public testing::Test {
 protected:
  VaultTest() {
    fake_.Answer(FakeVault::kLogin, FakeVault::Token("hvs.first", 60));
    fake_.Answer(FakeVault::kCredentials, FakeVault::Credentials("v-one", 20));
    fake_.Answer("GET /v1/secret/data/signet", absl::StrCat(R"({"data":{"data":{"kek":")", kKek,
                                                            R"("},"metadata":{"version":1}}})"));
    Set("tokens.issuer", "https://id.example.com");
    Set("database.url", "postgresql:///signet");
    Set("vault.addresses", fake_.url());
    Set("vault.role", "role-id");
    Set("vault.secret", "secret-id");
    Set("key_encryption.source", "vault_kv");
  }

  void Set(const std::string& key, const std::string& value) { sources_.presets[key] = value; }

  absl::StatusOr<std::unique_ptr<Vault>> Open() {
    loaded_ = config::Load(sources_, config::Purpose::kServe);
    EXPECT_THAT(loaded_.problems, testing::IsEmpty());
    return Vault::Open(loaded_.settings, clock_, metrics_, logger_, pause_);
  }

  FakeVault fake_;
  base::FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  observe::LogWriter log_writer_{STDERR_FILENO};
  observe::Logger logger_{log_writer_, clock_, observe::LogLevel::kError};
  observe::VaultMetrics metrics_{clock_};
  int pauses_ = 0;
  Pause pause_ = [this](absl::Duration wait) {
    clock_.Advance(wait);
    ++pauses_;
    return true;
  };
  config::Sources sources_;
  config::Loaded loaded_;
};

// R-306
TEST_F(VaultTest, TheKeyOfTheKvEngineIsTheOneOfAFile) {
  const auto vault = Open();
  ASSERT_TRUE(vault.ok()) << vault.status();
  const auto kek = (*vault)->ReadKek(pause_);
  ASSERT_TRUE(kek.ok()) << kek.status();
  EXPECT_EQ(kek->id(), signing::KeyEncryptionKey::FromText(base::Secret(kKek))->id());
  EXPECT_EQ((*vault)->credentials(), nullptr);
  EXPECT_EQ(metrics_.grants.Sum(observe::VaultGrant::kLogin), 1);
}

// R-306
TEST_F(VaultTest, TheKeyOfTheTransitEngineStaysThere) {
  Set("key_encryption.source", "vault_transit");
  Set("vault.database_role", "signet");
  const auto vault = Open();
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_EQ((*vault)->credentials()->user, "v-one");
  const auto kek = (*vault)->ReadKek(pause_);
  EXPECT_EQ(kek->id(), "vault:transit/signet");
  fake_.Answer("POST /v1/transit/encrypt/signet", R"({"data":{"ciphertext":"vault:v1:abcd"}})");
  EXPECT_EQ(*kek->Seal(base::Secret("key"), "context"), "vault:v1:abcd");
}

// R-407: a start waits for Vault, and not for ever.
TEST_F(VaultTest, AStartWaitsForAsLongAsItWasTold) {
  fake_.Leave();
  Set("vault.start_timeout", "10s");
  const absl::Time began = clock_.Now();
  const absl::Status status = Open().status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(HasSubstr("vault.start_timeout is over"), HasSubstr("sealed")));
  EXPECT_GE(pauses_, 5);
  EXPECT_LE(clock_.Now() - began, absl::Seconds(10));
  pause_ = [this](absl::Duration) {
    fake_.Return();
    return true;
  };
  EXPECT_TRUE(Open().ok());
  fake_.Leave();
  pause_ = [](absl::Duration) { return false; };
  EXPECT_TRUE(absl::IsCancelled(Open().status()));
}

// What waiting does not help against is said at once.
TEST_F(VaultTest, ARefusalEndsTheStart) {
  const auto vault = Open();
  ASSERT_TRUE(vault.ok());
  fake_.Refuse("GET /v1/secret/data/signet", "403 Forbidden", "permission denied");
  fake_.Answer(FakeVault::kLookup, "{}");
  EXPECT_TRUE(absl::IsPermissionDenied((*vault)->ReadKek(pause_).status()));
  fake_.Answer("GET /v1/secret/data/signet", R"({"data":{"data":{"kek":"short"}}})");
  const absl::Status malformed = (*vault)->ReadKek(pause_).status();
  EXPECT_THAT(std::string(malformed.message()),
              HasSubstr("field kek of Vault's secret secret/signet"));
  EXPECT_THAT(std::string(malformed.message()), testing::Not(HasSubstr("short")));
  fake_.Refuse(FakeVault::kLogin, "400 Bad Request", "invalid role or secret ID");
  EXPECT_TRUE(absl::IsInvalidArgument(Open().status()));
  EXPECT_EQ(pauses_, 0);
}

TEST_F(VaultTest, WithoutOneNothingIsAsked) {
  Set("vault.addresses", "");
  Set("key_encryption.source", "key");
  Set("keys.kek", kKek);
  const auto vault = Open();
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_TRUE(OpenKeyEncryptionKey(loaded_.settings, **vault, clock_, logger_, pause_).ok());
  EXPECT_EQ(fake_.asked(), 0);
}

}  // namespace
}  // namespace signet::app
