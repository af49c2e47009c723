#include "server/signing/key_ring.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/signing/fake_key_store.h"
#include "server/signing/key_id.h"
#include "server/signing/key_voucher.h"
#include "server/signing/sealed_key.h"
#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

using domain::KeyState;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class KeyRingTest : public ::testing::Test {
 protected:
  // Stores a key and moves it to `state`, as the lifecycle would.
  void Store(absl::string_view kid, KeyState state, const KeyEncryptionKey& kek) {
    auto record = SealKey(kek, kid, *crypto::SigningKey::Generate(crypto::Algorithm::kEs256));
    ASSERT_TRUE(record.ok()) << record.status();
    record->created_at = kTestStart;
    ASSERT_TRUE(*store_.InsertPrepared(*record, domain::AuditRecord(), domain::kUnfenced));
    if (state != KeyState::kPrepared) Move(kid, KeyState::kPrepared, state);
  }
  void Store(absl::string_view kid, KeyState state) { Store(kid, state, kek_); }

  void Move(absl::string_view kid, KeyState from, KeyState to) {
    ASSERT_TRUE(*store_.Move(kid, {from}, to, kTestStart, kTestStart, nullptr, domain::kUnfenced));
  }

  std::vector<std::string> Kids() const {
    std::vector<std::string> kids;
    for (const auto& key : ring_.keys().Read().keys()) kids.push_back(key.kid);
    return kids;
  }
  std::string Signer() const {
    const auto active = ring_.active().Share();
    return active->has_value() ? (*active)->kid : "";
  }

  FakeKeyStore store_;
  const KeyEncryptionKey kek_ = TestKek();
  KeyRing ring_{store_, kek_};
};

TEST_F(KeyRingTest, IsEmptyBeforeItsFirstReload) {
  EXPECT_THAT(Kids(), IsEmpty());
  EXPECT_EQ(Signer(), "");
}

//
TEST_F(KeyRingTest, PublishedActiveAndRetiringVerifyAndTheOthersDoNot) {
  Store("2026-11-a", KeyState::kRetired);
  Store("2026-11-b", KeyState::kTainted);
  Store("2026-11-c", KeyState::kRetiring);
  Store("2026-11-d", KeyState::kActive);
  Store("2026-11-e", KeyState::kPublished);
  Store("2026-11-f", KeyState::kPrepared);
  ASSERT_TRUE(ring_.Reload().ok());
  EXPECT_THAT(Kids(), ElementsAre("2026-11-d", "2026-11-e", "2026-11-c"));
  EXPECT_EQ(Signer(), "2026-11-d");
}

TEST_F(KeyRingTest, TheJwksNamesTheKeysAndNoPrivateMember) {
  Store("2026-11-a", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  const auto keys = ring_.keys().Share();
  EXPECT_THAT(keys->jwks_json(),
              AllOf(HasSubstr("\"kid\":\"2026-11-a\""), Not(HasSubstr("\"d\""))));
  EXPECT_EQ(keys->version(), store_.Load()->version);
}

TEST_F(KeyRingTest, AnUnchangedTableChangesNothing) {
  Store("2026-11-a", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  const auto before = ring_.keys().Share();
  ASSERT_TRUE(ring_.Reload().ok());
  EXPECT_EQ(ring_.keys().Share(), before);
}

TEST_F(KeyRingTest, ATaintedKeyIsGoneFromBothSnapshots) {
  Store("2026-11-a", KeyState::kActive);
  Store("2026-11-b", KeyState::kPublished);
  ASSERT_TRUE(ring_.Reload().ok());
  Move("2026-11-b", KeyState::kPublished, KeyState::kActive);
  Move("2026-11-a", KeyState::kRetiring, KeyState::kTainted);
  ASSERT_TRUE(ring_.Reload().ok());
  EXPECT_THAT(Kids(), ElementsAre("2026-11-b"));
  EXPECT_EQ(Signer(), "2026-11-b");
}

TEST_F(KeyRingTest, WhileTheStoreIsGoneEverythingStays) {
  Store("2026-11-a", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  store_.SetGone(true);
  EXPECT_EQ(ring_.Reload().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Signer(), "2026-11-a");
}

//
TEST_F(KeyRingTest, AWrongKeyEncryptionKeyIsNamedAndOpensNothing) {
  Store("2026-11-a", KeyState::kActive, TestKek('2'));
  const absl::Status status = ring_.Reload();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("2026-11-a"), HasSubstr(TestKek('2').id())));
  EXPECT_THAT(Kids(), IsEmpty());
  EXPECT_EQ(Signer(), "");
}

TEST_F(KeyRingTest, ANewSignerThatCannotBeOpenedLeavesTheOldOneSigning) {
  Store("2026-11-a", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  Store("2026-11-b", KeyState::kActive, TestKek('2'));
  EXPECT_FALSE(ring_.Reload().ok());
  EXPECT_EQ(Signer(), "2026-11-a");
  EXPECT_FALSE(ring_.Reload().ok()) << "it has to try, and complain, again";
}

// Whoever holds a set that lacks a key must not count as one who holds that key.
TEST_F(KeyRingTest, ASetThatLacksAKeyHasTheVersionOfTheLastCompleteOne) {
  Store("2026-11-a", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  const auto complete = ring_.keys().Share();
  Store("2026-11-b", KeyState::kPublished, TestKek('2'));
  EXPECT_FALSE(ring_.Reload().ok());
  EXPECT_LT(complete->version(), store_.Load()->version);
  EXPECT_EQ(ring_.keys().Share()->version(), complete->version());
  Move("2026-11-b", KeyState::kPublished, KeyState::kRetired);
  ASSERT_TRUE(ring_.Reload().ok());
  EXPECT_EQ(ring_.keys().Share()->version(), store_.Load()->version);
}

// One damaged row must not keep a compromised key alive.
TEST_F(KeyRingTest, ATaintTakesEffectAlthoughAnotherKeyCannotBeOpened) {
  Store("2026-11-a", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  Store("2026-11-b", KeyState::kActive, TestKek('2'));
  Move("2026-11-a", KeyState::kRetiring, KeyState::kTainted);
  EXPECT_FALSE(ring_.Reload().ok());
  EXPECT_THAT(Kids(), IsEmpty());
  EXPECT_EQ(Signer(), "");
}

TEST_F(KeyRingTest, AKeyThatItHoldsStaysWhenItsRowIsDamaged) {
  Store("2026-11-a", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  store_.Tamper([](auto& keys, auto& /*secrets*/) { keys["2026-11-a"].sealed_private[20] ^= 1; });
  EXPECT_EQ(ring_.Reload().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Signer(), "2026-11-a");
  EXPECT_THAT(Kids(), ElementsAre("2026-11-a"));
}

// Attack: two rows swapped, to sign under the name of a key that verifiers still trust.
TEST_F(KeyRingTest, SwappedRowsAreRefused) {
  Store("2026-11-a", KeyState::kRetiring);
  Store("2026-11-b", KeyState::kActive);
  store_.Tamper([](auto& keys, auto& /*secrets*/) {
    std::swap(keys["2026-11-a"].sealed_private, keys["2026-11-b"].sealed_private);
  });
  EXPECT_EQ(ring_.Reload().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Kids(), IsEmpty());
}

// Attack: whoever can write to the database replaces the public half by that of their own key.
TEST_F(KeyRingTest, ThePublicHalfComesFromTheSealedKeyAndNotFromTheRow) {
  Store("2026-11-a", KeyState::kActive);
  const auto theirs =
      SealKey(kek_, "2026-11-a", *crypto::SigningKey::Generate(crypto::Algorithm::kEs256));
  store_.Tamper(
      [&](auto& keys, auto& /*secrets*/) { keys["2026-11-a"].public_jwk = theirs->public_jwk; });
  ASSERT_TRUE(ring_.Reload().ok());
  EXPECT_NE(ring_.keys().Share()->Find("2026-11-a")->jwk, theirs->public_jwk);
}

// A token must never be ahead of its key: whoever sees a signer finds its key, also while keys
// change on another thread.
TEST_F(KeyRingTest, AReaderNeverSeesASignerWithoutItsKey) {
  Store("2026-11-a", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  std::atomic<bool> done{false};
  std::atomic<int> missing{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const std::string kid = ring_.active().Read()->kid;
        if (ring_.keys().Read().Find(kid) == nullptr) ++missing;
      }
    });
  }
  // The ring meets each key when it already signs, as after a forced activation.
  for (int i = 0; i < 100; ++i) {
    const std::string kid = absl::StrCat("2026-12-", KeyLettersAt(i + 1));
    Store(kid, KeyState::kActive);
    EXPECT_TRUE(ring_.Reload().ok());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(missing, 0);
}

TEST_F(KeyRingTest, ReloadsOnManyThreadsEndWithTheNewestTable) {
  Store("2026-11-a", KeyState::kActive);
  std::vector<std::thread> reloaders;
  for (int i = 0; i < 4; ++i) {
    reloaders.emplace_back([&] {
      for (int n = 0; n < 50; ++n) EXPECT_TRUE(ring_.Reload().ok());
    });
  }
  Store("2026-11-b", KeyState::kPublished);
  Move("2026-11-b", KeyState::kPublished, KeyState::kActive);
  for (std::thread& reloader : reloaders) reloader.join();
  ASSERT_TRUE(ring_.Reload().ok());
  EXPECT_EQ(Signer(), "2026-11-b");
}

// Sealed anew under a key-encryption key that this process was not given yet (docs/adr/0039).
TEST_F(KeyRingTest, AKeyThatWasSealedAnewGoesOnSigningAndIsNamed) {
  ring_.SetVoucher(std::make_shared<const KeyVoucher>(base::Secret(std::string(32, 'v'))));
  const auto key = crypto::SigningKey::Generate(crypto::Algorithm::kEs256);
  auto record = SealKey(kek_, "2026-11-a", *key);
  ring_.Vouch(*record);
  ASSERT_TRUE(*store_.InsertPrepared(*record, domain::AuditRecord(), domain::kUnfenced));
  Move("2026-11-a", KeyState::kPrepared, KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  const auto anew = SealKey(TestKek('2'), "2026-11-a", *key);
  store_.Tamper([&](auto& keys, auto& /*secrets*/) {
    keys["2026-11-a"].sealed_private = anew->sealed_private;
    keys["2026-11-a"].kek_id = anew->kek_id;
  });
  Store("2026-11-b", KeyState::kPublished);  // which raises the version
  EXPECT_TRUE(ring_.Reload().ok()) << "nothing is missing that verifies";
  EXPECT_EQ(Signer(), "2026-11-a");
  EXPECT_EQ(ring_.keys().Share()->version(), store_.Load()->version);
  EXPECT_THAT(std::string(ring_.OpenKeys().message()), HasSubstr(TestKek('2').id()));
}

}  // namespace
}  // namespace signet::signing
