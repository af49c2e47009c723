// The ring where somebody else keeps the key-encryption key.

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/base/mutex.h"
#include "server/signing/fake_key_store.h"
#include "server/signing/key_ring.h"
#include "server/signing/sealed_key.h"
#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

using domain::KeyState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Somebody who keeps a key-encryption key, and answers when the test says so.
class SlowKeeper final : public domain::RemoteSeal {
 public:
  const std::string& id() const override { return id_; }
  absl::StatusOr<std::string> Seal(const base::Secret& plaintext,
                                   absl::string_view context) const override {
    return kek_.Seal(plaintext, context);
  }
  absl::StatusOr<base::Secret> Open(absl::string_view sealed,
                                    absl::string_view context) const override {
    base::MutexLock lock(mutex_);
    ++asked_;
    changed_.NotifyAll();
    while (silent_) changed_.Wait(mutex_);
    if (away_) return absl::UnavailableError("no answer");
    return kek_.Open(sealed, context);
  }

  void Silence() {
    base::MutexLock lock(mutex_);
    silent_ = true;
  }
  // From now on, and to the questions that wait.
  void Answer(bool away) {
    base::MutexLock lock(mutex_);
    silent_ = false;
    away_ = away;
    changed_.NotifyAll();
  }
  void AwaitQuestions(int count) const {
    base::MutexLock lock(mutex_);
    while (asked_ < count) changed_.Wait(mutex_);
  }
  int asked() const {
    base::MutexLock lock(mutex_);
    return asked_;
  }

 private:
  const KeyEncryptionKey kek_ = TestKek('7');
  const std::string id_ = "elsewhere";
  mutable base::Mutex mutex_;
  mutable base::CondVar changed_;
  mutable int asked_ ABSL_GUARDED_BY(mutex_) = 0;
  bool silent_ ABSL_GUARDED_BY(mutex_) = false;
  bool away_ ABSL_GUARDED_BY(mutex_) = false;
};

// A ring whose keys somebody else opens, with a signer that it holds.
class RemoteKeyRingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ring_.SetVoucher(voucher_);
    Store("2026-11-a", KeyState::kActive);
    ASSERT_TRUE(ring_.ReloadAndOpen().ok());
    ASSERT_EQ(keeper_->asked(), 1);
  }
  enum class Vouched { kNo, kYes };
  void Store(const std::string& kid, KeyState state, Vouched vouched = Vouched::kYes) {
    auto record = SealKey(kek_, kid, *crypto::SigningKey::Generate(crypto::Algorithm::kEs256));
    ASSERT_TRUE(record.ok()) << record.status();
    record->created_at = kTestStart;
    if (vouched == Vouched::kYes) ring_.Vouch(*record);
    ASSERT_TRUE(*store_.InsertPrepared(*record, domain::AuditRecord(), domain::kUnfenced));
    Move(kid, KeyState::kPrepared, state);
  }
  void Move(const std::string& kid, KeyState from, KeyState to) {
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
  const std::shared_ptr<SlowKeeper> keeper_ = std::make_shared<SlowKeeper>();
  const KeyEncryptionKey kek_ = KeyEncryptionKey::Remote(keeper_);
  const std::shared_ptr<const KeyVoucher> voucher_ =
      std::make_shared<const KeyVoucher>(base::Secret(std::string(32, 'v')));
  KeyRing ring_{store_, kek_};
};

// whoever follows changes goes on while somebody else is asked, and gets no answer.
TEST_F(RemoteKeyRingTest, AReloadGoesThroughWhileAKeyIsBeingOpened) {
  keeper_->Silence();
  Store("2026-11-b", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  std::thread opener([&] { EXPECT_TRUE(ring_.OpenKeys().ok()); });
  keeper_->AwaitQuestions(2);
  EXPECT_THAT(Kids(), ElementsAre("2026-11-b", "2026-11-a"));
  EXPECT_EQ(ring_.keys().Share()->version(), store_.Load()->version);
  EXPECT_EQ(Signer(), "2026-11-a");
  Move("2026-11-a", KeyState::kRetiring, KeyState::kTainted);
  ASSERT_TRUE(ring_.Reload().ok());
  EXPECT_THAT(Kids(), ElementsAre("2026-11-b"));
  EXPECT_EQ(Signer(), "") << "what was tainted signs no more, and nothing else is open";
  EXPECT_EQ(keeper_->asked(), 2) << "a reload asks nobody";
  keeper_->Answer(/*away=*/false);
  opener.join();
  EXPECT_EQ(Signer(), "2026-11-b");
}

TEST_F(RemoteKeyRingTest, WhatCouldNotBeOpenedIsTriedAgain) {
  keeper_->Answer(/*away=*/true);
  Store("2026-11-b", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  EXPECT_TRUE(absl::IsUnavailable(ring_.OpenKeys()));
  EXPECT_EQ(Signer(), "2026-11-a");
  keeper_->Answer(/*away=*/false);
  EXPECT_TRUE(ring_.OpenKeys().ok());
  EXPECT_EQ(Signer(), "2026-11-b");
  const int asked = keeper_->asked();
  EXPECT_TRUE(ring_.OpenKeys().ok());
  EXPECT_EQ(keeper_->asked(), asked) << "what is open is not asked about again";
}

// A key that was tainted while it was being opened.
TEST_F(RemoteKeyRingTest, AnAnswerThatComesTooLateBringsNothingBack) {
  keeper_->Silence();
  Store("2026-11-b", KeyState::kActive);
  ASSERT_TRUE(ring_.Reload().ok());
  std::thread opener([&] { EXPECT_TRUE(ring_.OpenKeys().ok()); });
  keeper_->AwaitQuestions(2);
  Move("2026-11-b", KeyState::kActive, KeyState::kTainted);
  ASSERT_TRUE(ring_.Reload().ok());
  keeper_->Answer(/*away=*/false);
  opener.join();
  EXPECT_THAT(Kids(), ElementsAre("2026-11-a"));
  EXPECT_EQ(Signer(), "");
}

// Attack: a row of one's own, or a public half of one's own in another's row.
TEST_F(RemoteKeyRingTest, APublicHalfThatNobodyVouchesForCountsOnlyOnceItWasOpened) {
  Store("2026-11-b", KeyState::kPublished, Vouched::kNo);
  Store("2026-11-c", KeyState::kPublished);
  const auto theirs =
      SealKey(kek_, "2026-11-c", *crypto::SigningKey::Generate(crypto::Algorithm::kEs256));
  store_.Tamper(
      [&](auto& keys, auto& /*secrets*/) { keys["2026-11-c"].public_jwk = theirs->public_jwk; });
  const int64_t whole = ring_.keys().Share()->version();
  EXPECT_THAT(std::string(ring_.Reload().message()), HasSubstr("nobody vouches for it"));
  EXPECT_THAT(Kids(), ElementsAre("2026-11-a"));
  EXPECT_EQ(ring_.keys().Share()->version(), whole);
  ASSERT_TRUE(ring_.OpenKeys().ok());
  EXPECT_THAT(Kids(), ElementsAre("2026-11-a", "2026-11-c", "2026-11-b"));
  EXPECT_NE(ring_.keys().Share()->Find("2026-11-c")->jwk, theirs->public_jwk);
  EXPECT_EQ(ring_.keys().Share()->version(), store_.Load()->version);
}

}  // namespace
}  // namespace signet::signing
