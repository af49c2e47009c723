#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using domain::KeyState;

domain::SigningKeyRecord Key(const std::string& kid, absl::Time created_at = kNow) {
  domain::SigningKeyRecord key;
  key.kid = kid;
  key.algorithm = "ES256";
  key.public_jwk = R"({"kty":"EC","kid":"x"})";
  key.sealed_private = std::string("\0\x01\xffsealed", 9);
  key.kek_id = "file";
  key.public_mac = std::string("\0\x02\xfemac", 6);
  key.created_at = created_at;
  return key;
}

template <typename Stores>
class SigningKeyStoreTest : public testing::Test {
 protected:
  bool Move(const std::string& kid, std::vector<KeyState> from, KeyState to) {
    return stores_.keys.Move(kid, from, to, kNow, kExpires, nullptr, domain::kUnfenced).value();
  }
  KeyState StateOf(const std::string& kid) {
    const auto keys = stores_.keys.ListAll().value();
    for (const auto& key : keys) {
      if (key.kid == kid) return key.state;
    }
    ADD_FAILURE() << "no key " << kid;
    return KeyState::kRetired;
  }

  Stores stores_;
};
TYPED_TEST_SUITE(SigningKeyStoreTest, AllStores, StoresName);

TYPED_TEST(SigningKeyStoreTest, APreparedKeyComesBackByteForByte) {
  EXPECT_EQ(this->stores_.keys.Load().value().version, 0);
  ASSERT_TRUE(this->stores_.keys
                  .InsertPrepared(Key("2026-11-a"), Audited(domain::AuditAction::kKeyPrepare),
                                  domain::kUnfenced)
                  .value());
  const auto table = this->stores_.keys.Load().value();
  EXPECT_EQ(table.version, 1);
  ASSERT_EQ(table.keys.size(), 1u);
  EXPECT_EQ(table.keys[0].kid, "2026-11-a");
  EXPECT_EQ(table.keys[0].algorithm, "ES256");
  EXPECT_EQ(table.keys[0].state, KeyState::kPrepared);
  EXPECT_EQ(table.keys[0].public_jwk, Key("").public_jwk);
  EXPECT_EQ(table.keys[0].sealed_private, Key("").sealed_private);
  EXPECT_EQ(table.keys[0].kek_id, "file");
  EXPECT_EQ(table.keys[0].public_mac, Key("").public_mac);
  EXPECT_EQ(table.keys[0].created_at, kNow);
  EXPECT_EQ(table.keys[0].published_at, std::nullopt);
}

TYPED_TEST(SigningKeyStoreTest, ATakenKidIsRefused) {
  ASSERT_TRUE(
      this->stores_.keys
          .InsertPrepared(Key("a"), Audited(domain::AuditAction::kKeyPrepare), domain::kUnfenced)
          .value());
  EXPECT_FALSE(
      this->stores_.keys
          .InsertPrepared(Key("a"), Audited(domain::AuditAction::kKeyPrepare), domain::kUnfenced)
          .value());
  EXPECT_EQ(this->stores_.keys.Load().value().version, 1);
}

TYPED_TEST(SigningKeyStoreTest, KeysComeNewestFirstAndRetiredOnesOnlyInTheFullList) {
  ASSERT_TRUE(this->stores_.keys
                  .InsertPrepared(Key("a", kNow), Audited(domain::AuditAction::kKeyPrepare),
                                  domain::kUnfenced)
                  .value());
  ASSERT_TRUE(this->stores_.keys
                  .InsertPrepared(Key("b", kNow + absl::Hours(1)),
                                  Audited(domain::AuditAction::kKeyPrepare), domain::kUnfenced)
                  .value());
  ASSERT_TRUE(this->Move("a", {KeyState::kPrepared}, KeyState::kRetired));
  EXPECT_EQ(this->stores_.keys.Load().value().keys.size(), 1u);
  const auto all = this->stores_.keys.ListAll().value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].kid, "b");
  EXPECT_EQ(all[1].kid, "a");
  EXPECT_EQ(all[1].retired_at, kNow);
}

// R-305
TYPED_TEST(SigningKeyStoreTest, ActivatingAKeyRetiresTheOneBeforeInTheSameStep) {
  for (const char* kid : {"a", "b"}) {
    ASSERT_TRUE(
        this->stores_.keys
            .InsertPrepared(Key(kid), Audited(domain::AuditAction::kKeyPrepare), domain::kUnfenced)
            .value());
    ASSERT_TRUE(this->Move(kid, {KeyState::kPrepared}, KeyState::kPublished));
    ASSERT_TRUE(this->Move(kid, {KeyState::kPublished}, KeyState::kActive));
  }
  EXPECT_EQ(this->StateOf("a"), KeyState::kRetiring);
  EXPECT_EQ(this->StateOf("b"), KeyState::kActive);
  const auto table = this->stores_.keys.Load().value();
  EXPECT_EQ(table.version, 6);
  EXPECT_EQ(table.keys[1].retiring_at, kNow);
  EXPECT_EQ(table.keys[0].activated_at, kNow);
}

TYPED_TEST(SigningKeyStoreTest, AKeyInAnotherStateDoesNotMove) {
  ASSERT_TRUE(
      this->stores_.keys
          .InsertPrepared(Key("a"), Audited(domain::AuditAction::kKeyPrepare), domain::kUnfenced)
          .value());
  EXPECT_FALSE(this->Move("a", {KeyState::kPublished}, KeyState::kActive));
  EXPECT_FALSE(this->Move("unknown", {KeyState::kPrepared}, KeyState::kPublished));
  EXPECT_EQ(this->StateOf("a"), KeyState::kPrepared);
  EXPECT_EQ(this->stores_.keys.Load().value().version, 1);
}

TYPED_TEST(SigningKeyStoreTest, HoweverManyActivateAtOnceThereIsOneSigner) {
  constexpr int kKeys = 8;
  for (int i = 0; i < kKeys; ++i) {
    const std::string kid = std::to_string(i);
    ASSERT_TRUE(
        this->stores_.keys
            .InsertPrepared(Key(kid), Audited(domain::AuditAction::kKeyPrepare), domain::kUnfenced)
            .value());
    ASSERT_TRUE(this->Move(kid, {KeyState::kPrepared}, KeyState::kPublished));
  }
  std::vector<std::thread> replicas;
  for (int i = 0; i < kKeys; ++i) {
    replicas.emplace_back([&, i] {
      EXPECT_TRUE(this->Move(std::to_string(i), {KeyState::kPublished}, KeyState::kActive));
    });
  }
  for (std::thread& replica : replicas) replica.join();
  int active = 0;
  for (int i = 0; i < kKeys; ++i) {
    active += this->StateOf(std::to_string(i)) == KeyState::kActive ? 1 : 0;
  }
  EXPECT_EQ(active, 1);
}

TYPED_TEST(SigningKeyStoreTest, ATaintedKeyIsRevokedInTheSameStep) {
  ASSERT_TRUE(
      this->stores_.keys
          .InsertPrepared(Key("a"), Audited(domain::AuditAction::kKeyPrepare), domain::kUnfenced)
          .value());
  ASSERT_TRUE(this->Move("a", {KeyState::kPrepared}, KeyState::kTainted));
  const auto page = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(page.records.size(), 1u);
  EXPECT_EQ(page.records[0].kind, token::RevocationKind::kKey);
  EXPECT_EQ(page.records[0].subject, "a");
  EXPECT_EQ(page.records[0].expires_at, kExpires);
}

// R-305: whoever decided on an older table writes nothing, and nothing in the audit log either.
TYPED_TEST(SigningKeyStoreTest, AChangeThatWasDecidedOnAnOlderTableIsNotWritten) {
  const auto audit = Audited(domain::AuditAction::kKeyPrepare);
  ASSERT_TRUE(this->stores_.keys.InsertPrepared(Key("a"), audit, 0).value());
  EXPECT_EQ(this->stores_.InLog(audit), 1);
  const auto late = Audited(domain::AuditAction::kKeyPrepare);
  EXPECT_FALSE(this->stores_.keys.InsertPrepared(Key("b"), late, 0).value());
  EXPECT_EQ(this->stores_.InLog(late), 0);
  const auto move = Audited(domain::AuditAction::kKeyRetire);
  EXPECT_FALSE(this->stores_.keys
                   .Move("a", {KeyState::kPrepared}, KeyState::kRetired, kNow, kExpires, &move, 0)
                   .value());
  EXPECT_EQ(this->stores_.InLog(move), 0);
  EXPECT_EQ(this->StateOf("a"), KeyState::kPrepared);
  EXPECT_EQ(this->stores_.keys.Load().value().version, 1);
  EXPECT_TRUE(this->stores_.keys
                  .Move("a", {KeyState::kPrepared}, KeyState::kRetired, kNow, kExpires, &move, 1)
                  .value());
  EXPECT_EQ(this->stores_.InLog(move), 1);
}

TYPED_TEST(SigningKeyStoreTest, OfThoseWhoDecidedOnTheSameTableOneActs) {
  for (int64_t round = 0; round < 20; ++round) {
    std::atomic<int> inserted{0};
    std::vector<std::thread> replicas;
    for (int i = 0; i < 8; ++i) {
      replicas.emplace_back([&, i] {
        const auto key = Key(std::to_string(round) + "-" + std::to_string(i));
        const auto audit = Audited(domain::AuditAction::kKeyPrepare);
        if (this->stores_.keys.InsertPrepared(key, audit, round).value()) ++inserted;
      });
    }
    for (std::thread& replica : replicas) replica.join();
    ASSERT_EQ(inserted, 1);
  }
  EXPECT_EQ(this->stores_.keys.Load().value().version, 20);
}

// R-305
TYPED_TEST(SigningKeyStoreTest, OnlyThePrivateHalfOfAKeyThatIsOverIsErasedAndOnce) {
  const auto audit = Audited(domain::AuditAction::kKeyErase);
  EXPECT_FALSE(this->stores_.keys.Erase("unknown", audit).value());
  for (const KeyState over : {KeyState::kRetired, KeyState::kTainted}) {
    const std::string kid = over == KeyState::kRetired ? "a" : "b";
    ASSERT_TRUE(
        this->stores_.keys
            .InsertPrepared(Key(kid), Audited(domain::AuditAction::kKeyPrepare), domain::kUnfenced)
            .value());
    KeyState state = KeyState::kPrepared;
    for (const KeyState next :
         {KeyState::kPublished, KeyState::kActive, KeyState::kRetiring, over}) {
      EXPECT_FALSE(this->stores_.keys.Erase(kid, audit).value()) << static_cast<int>(state);
      ASSERT_TRUE(this->Move(kid, {state}, next));
      state = next;
    }
    EXPECT_EQ(this->stores_.InLog(audit), 0);
    const auto erased = Audited(domain::AuditAction::kKeyErase);
    EXPECT_TRUE(this->stores_.keys.Erase(kid, erased).value());
    EXPECT_FALSE(this->stores_.keys.Erase(kid, audit).value());
    EXPECT_EQ(this->stores_.InLog(erased), 1);
    EXPECT_EQ(this->StateOf(kid), over);
  }
  const auto all = this->stores_.keys.ListAll().value();
  for (const domain::SigningKeyRecord& key : all) {
    EXPECT_EQ(key.sealed_private, "");
    EXPECT_EQ(key.public_mac, "");
    EXPECT_EQ(key.public_jwk, Key("").public_jwk);
  }
}

TYPED_TEST(SigningKeyStoreTest, AllWritersOfASecretGetTheFirstOne) {
  std::vector<std::string> got(8);
  std::vector<std::thread> replicas;
  for (size_t i = 0; i < got.size(); ++i) {
    replicas.emplace_back([&, i] {
      got[i] = this->stores_.keys
                   .GetOrInsertSecret("lineage", {std::string(32, static_cast<char>('a' + i)), "k"})
                   .value()
                   .sealed;
    });
  }
  for (std::thread& replica : replicas) replica.join();
  EXPECT_THAT(got, testing::Each(got[0]));
  EXPECT_EQ(this->stores_.keys.GetOrInsertSecret("lineage", {"late", "k"}).value().sealed, got[0]);
  EXPECT_EQ(this->stores_.keys.Load().value().version, 1);
}

}  // namespace
}  // namespace signet::conformance
