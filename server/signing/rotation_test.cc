// R-305 from end to end: two replicas, each with its own ring, issue and verify while keys change.

#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/token/revocation_set.h"
#include "client/token/verifier.h"
#include "server/domain/fakes/fake_key_set_verifier_store.h"
#include "server/signing/fake_key_store.h"
#include "server/signing/stored_key_lifecycle.h"
#include "server/signing/test_keys.h"
#include "server/signing/token_signer.h"

namespace signet::signing {
namespace {

using Force = domain::KeyLifecycle::Force;

token::AccessTokenClaims SomeClaims() {
  token::AccessTokenClaims claims;
  claims.subject = "s";
  claims.audiences = {"orders"};
  claims.client_id = "web";
  claims.token_id = "t";
  claims.issued_at = kTestStart;
  claims.expires_at = kTestStart + absl::Minutes(15);
  return claims;
}

struct Replica {
  explicit Replica(FakeKeyStore& store)
      : ring(store, kek), lifecycle({}, store, verifiers, kek, ring, audit) {}

  std::string Issue() {
    auto issued = signer.Issue(SomeClaims());
    EXPECT_TRUE(issued.ok()) << issued.status();
    return issued.ok() ? std::string(issued->token.reveal()) : "";
  }
  token::Verdict Verify(const std::string& token) const {
    return verifier.Verify(token, "orders", kTestStart);
  }

  const domain::FakeAuditRecorder audit;
  domain::FakeDatabase database;
  domain::FakeKeySetVerifierStore verifiers{database};
  const KeyEncryptionKey kek = TestKek();
  KeyRing ring;
  StoredKeyLifecycle lifecycle;
  base::Snapshot<token::RevocationSet> revocations{std::make_shared<token::RevocationSet>()};
  TokenSigner signer{"https://id.example.org", ring.active(), revocations};
  token::AccessTokenVerifier verifier{
      {.issuer = "https://id.example.org", .cache_bytes = 0}, ring.keys(), revocations};
};

class RotationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(one_.lifecycle.EnsureActiveKey(kTestStart).ok());
    ASSERT_TRUE(other_.lifecycle.EnsureActiveKey(kTestStart).ok());
  }

  // Each issues one; each accepts every token so far.
  void EveryTokenIsAcceptedEverywhere() {
    tokens_.push_back(one_.Issue());
    tokens_.push_back(other_.Issue());
    for (const std::string& token : tokens_) {
      EXPECT_TRUE(one_.Verify(token).accepted());
      EXPECT_TRUE(other_.Verify(token).accepted());
    }
  }

  FakeKeyStore store_;
  Replica one_{store_};
  Replica other_{store_};
  std::vector<std::string> tokens_;
};

// The other replica learns of each step late: after tokens of the new state were already issued.
TEST_F(RotationTest, NoTokenIsEverRefusedAtAnyStepOfAPlannedRotation) {
  EveryTokenIsAcceptedEverywhere();
  ASSERT_TRUE(one_.lifecycle.Prepare("EdDSA", kTestStart).ok());
  EveryTokenIsAcceptedEverywhere();
  ASSERT_TRUE(other_.ring.Reload().ok());  // within publish_lead, that is what it is for
  EveryTokenIsAcceptedEverywhere();
  ASSERT_TRUE(one_.lifecycle.Activate("2026-11-b", Force::kNo, kTestStart + absl::Minutes(5)).ok());
  EveryTokenIsAcceptedEverywhere();  // one signs with -b, the other still with -a
  ASSERT_TRUE(other_.ring.Reload().ok());
  EveryTokenIsAcceptedEverywhere();
}

TEST_F(RotationTest, NoTokenIsRefusedWhileKeysRotateUnderLoad) {
  std::atomic<bool> done{false};
  std::atomic<int> refused{0};
  std::atomic<int> accepted{0};
  std::vector<std::thread> load;
  for (int i = 0; i < 2; ++i) {
    load.emplace_back([&, i] {
      Replica& issuer = i == 0 ? one_ : other_;
      Replica& judge = i == 0 ? other_ : one_;
      while (!done) ++(judge.Verify(issuer.Issue()).accepted() ? accepted : refused);
    });
  }
  absl::Time now = kTestStart;
  for (int rotation = 0; rotation < 5; ++rotation) {
    const auto prepared = one_.lifecycle.Prepare("", now);
    EXPECT_TRUE(prepared.ok()) << prepared.status();
    if (!prepared.ok()) break;
    EXPECT_TRUE(other_.ring.Reload().ok());
    now += absl::Minutes(5);
    const int before = accepted;
    while (accepted < before + 20 && refused == 0) std::this_thread::yield();
    EXPECT_TRUE(one_.lifecycle.Activate(prepared->kid, Force::kNo, now).ok());
    EXPECT_TRUE(other_.ring.Reload().ok());
  }
  done = true;
  for (std::thread& thread : load) thread.join();
  EXPECT_EQ(refused, 0);
  EXPECT_GE(accepted, 100);
}

TEST_F(RotationTest, ATaintedKeysTokensAreRefusedEverywhereAndNewOnesAreAccepted) {
  const std::string stolen = one_.Issue();
  ASSERT_TRUE(other_.Verify(stolen).accepted());
  ASSERT_TRUE(one_.lifecycle.Taint("2026-11-a", kTestStart).ok());
  ASSERT_TRUE(other_.ring.Reload().ok());
  for (const Replica* replica : {&one_, &other_}) {
    const auto verdict = replica->Verify(stolen);
    ASSERT_FALSE(verdict.accepted());
    EXPECT_EQ(verdict.reason(), token::RejectReason::kKeyUnknown);
  }
  EveryTokenIsAcceptedEverywhere();
}

// A replica that has not reloaded yet still has the key, but the revocation reaches it by the log.
TEST_F(RotationTest, TheRevocationAloneRefusesATaintedKey) {
  const std::string stolen = one_.Issue();
  token::RevocationRecord record;
  record.sequence = 1;
  record.kind = token::RevocationKind::kKey;
  record.subject = "2026-11-a";
  record.expires_at = kTestStart + absl::Hours(25);
  other_.revocations.Replace(other_.revocations.Share()->With({record}, kTestStart, kTestStart));
  const auto verdict = other_.Verify(stolen);
  ASSERT_FALSE(verdict.accepted());
  EXPECT_EQ(verdict.reason(), token::RejectReason::kRevokedKey);
}

}  // namespace
}  // namespace signet::signing
