#include "server/signing/stored_key_lifecycle.h"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "server/domain/fakes/fake_key_set_verifier_store.h"
#include "server/signing/fake_key_store.h"
#include "server/signing/sealed_key.h"
#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

using domain::KeyState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using Force = domain::KeyLifecycle::Force;

class StoredKeyLifecycleTest : public ::testing::Test {
 protected:
  KeyState StateOf(absl::string_view kid) {
    const auto records = store_.ListAll();
    for (const auto& record : *records) {
      if (record.kid == kid) return record.state;
    }
    ADD_FAILURE() << kid << " is not there";
    return KeyState::kPrepared;
  }
  int Count(KeyState state) {
    int count = 0;
    const auto records = store_.ListAll();
    for (const auto& record : *records) count += record.state == state ? 1 : 0;
    return count;
  }
  std::string Signer() const {
    const auto active = ring_.active().Share();
    return active->has_value() ? (*active)->kid : "";
  }
  bool IsPublic(absl::string_view kid) const { return ring_.keys().Share()->Find(kid) != nullptr; }
  static std::string ReasonOf(const absl::StatusOr<domain::SigningKeyRecord>& result) {
    return base::ErrorReason(result.status());
  }

  FakeKeyStore store_;
  const domain::FakeAuditRecorder audit_{};
  const KeyEncryptionKey kek_ = TestKek();
  KeyRing ring_{store_, kek_};
  domain::FakeDatabase database_;
  domain::FakeKeySetVerifierStore verifiers_{database_};
  StoredKeyLifecycle lifecycle_{{}, store_, verifiers_, kek_, ring_, audit_};
};

TEST_F(StoredKeyLifecycleTest, TheFirstStartMakesAKeyThatSignsAtOnce) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  EXPECT_EQ(Signer(), "2026-11-a");
  EXPECT_TRUE(IsPublic("2026-11-a"));
  EXPECT_EQ((*store_.ListAll())[0].algorithm, "ES256");
}

TEST_F(StoredKeyLifecycleTest, LaterStartsMakeNoOther) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart + absl::Hours(1)).ok());
  EXPECT_EQ(store_.ListAll()->size(), 1u);
}

//
TEST_F(StoredKeyLifecycleTest, ReplicasThatStartTogetherMakeExactlyOneKey) {
  for (int round = 0; round < 50; ++round) {
    FakeKeyStore store;
    std::vector<std::thread> replicas;
    for (int i = 0; i < 4; ++i) {
      replicas.emplace_back([&] {
        KeyRing ring(store, kek_);
        StoredKeyLifecycle lifecycle({}, store, verifiers_, kek_, ring, audit_);
        EXPECT_TRUE(lifecycle.EnsureActiveKey(kTestStart).ok());
        EXPECT_EQ(ring.active().Share()->value().kid, "2026-11-a");
      });
    }
    for (std::thread& replica : replicas) replica.join();
    EXPECT_EQ(store.ListAll()->size(), 1u);
    EXPECT_EQ(store.activations(), 1);
  }
}

TEST_F(StoredKeyLifecycleTest, AFirstStartThatWasCutShortIsFinishedByTheNext) {
  auto record =
      SealKey(kek_, "2026-11-a", *crypto::SigningKey::Generate(crypto::Algorithm::kEs256));
  ASSERT_TRUE(*store_.InsertPrepared(*record, domain::AuditRecord(), domain::kUnfenced));
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  EXPECT_EQ(Signer(), "2026-11-a");
  EXPECT_EQ(store_.ListAll()->size(), 1u);
}

TEST_F(StoredKeyLifecycleTest, ALeftoverThatCannotBeOpenedIsPassedOver) {
  auto record =
      SealKey(TestKek('2'), "2026-11-a", *crypto::SigningKey::Generate(crypto::Algorithm::kEs256));
  ASSERT_TRUE(*store_.InsertPrepared(*record, domain::AuditRecord(), domain::kUnfenced));
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  EXPECT_EQ(Signer(), "2026-11-b");
}

//
TEST_F(StoredKeyLifecycleTest, AStartWithAnotherKeyEncryptionKeyFailsAndMakesNothing) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  const KeyEncryptionKey other = TestKek('2');
  KeyRing ring(store_, other);
  StoredKeyLifecycle lifecycle({}, store_, verifiers_, other, ring, audit_);
  EXPECT_EQ(lifecycle.EnsureActiveKey(kTestStart).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_.ListAll()->size(), 1u);
}

TEST_F(StoredKeyLifecycleTest, AStartWithoutTheStoreFails) {
  store_.SetGone(true);
  EXPECT_EQ(lifecycle_.EnsureActiveKey(kTestStart).code(), absl::StatusCode::kUnavailable);
}

//
TEST_F(StoredKeyLifecycleTest, APreparedKeyIsPublicAndDoesNotSign) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  const auto prepared = lifecycle_.Prepare("EdDSA", kTestStart);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  EXPECT_EQ(prepared->kid, "2026-11-b");
  EXPECT_EQ(prepared->algorithm, "EdDSA");
  EXPECT_EQ(prepared->state, KeyState::kPublished);
  EXPECT_EQ(prepared->published_at, kTestStart);
  EXPECT_TRUE(IsPublic("2026-11-b"));
  EXPECT_EQ(Signer(), "2026-11-a");
}

TEST_F(StoredKeyLifecycleTest, AnUnknownAlgorithmNamesItsField) {
  for (const char* algorithm : {"HS256", "none", "es256"}) {
    const auto prepared = lifecycle_.Prepare(algorithm, kTestStart);
    EXPECT_EQ(prepared.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(base::FieldViolations(prepared.status())[0].field, "algorithm");
  }
  EXPECT_THAT(*store_.ListAll(), IsEmpty());
}

// proven before it is published.
TEST_F(StoredKeyLifecycleTest, AKeyThatTheStoreDoesNotGiveBackWholeIsNotPublished) {
  store_.CorruptInserts();
  EXPECT_EQ(lifecycle_.Prepare("", kTestStart).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(StateOf("2026-11-a"), KeyState::kPrepared);
}

TEST_F(StoredKeyLifecycleTest, PreparationsAtTheSameTimeHaveDifferentNames) {
  std::vector<std::thread> administrators;
  for (int i = 0; i < 4; ++i) {
    administrators.emplace_back([&] { EXPECT_TRUE(lifecycle_.Prepare("", kTestStart).ok()); });
  }
  for (std::thread& administrator : administrators) administrator.join();
  EXPECT_EQ(Count(KeyState::kPublished), 4);
}

//
TEST_F(StoredKeyLifecycleTest, AKeyThatVerifiersMayNotHaveYetIsTooFreshToSign) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  const absl::Time ready = kTestStart + absl::Minutes(5);
  const auto early = lifecycle_.Activate("2026-11-b", Force::kNo, ready - absl::Nanoseconds(1));
  EXPECT_EQ(early.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(early), "KEY_TOO_FRESH");
  EXPECT_THAT(std::string(early.status().message()), HasSubstr("2026-11-21T12:05:00Z"));

  const auto activated = lifecycle_.Activate("2026-11-b", Force::kNo, ready);
  ASSERT_TRUE(activated.ok()) << activated.status();
  EXPECT_EQ(activated->state, KeyState::kActive);
  EXPECT_EQ(Signer(), "2026-11-b");
  EXPECT_EQ(StateOf("2026-11-a"), KeyState::kRetiring);
  EXPECT_TRUE(IsPublic("2026-11-a"));
}

TEST_F(StoredKeyLifecycleTest, ForceActivatesAFreshKey) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  EXPECT_TRUE(lifecycle_.Activate("2026-11-b", Force::kYes, kTestStart).ok());
  EXPECT_EQ(Signer(), "2026-11-b");
}

TEST_F(StoredKeyLifecycleTest, OnlyAPublishedKeyCanBeActivatedForceOrNot) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Activate("2026-11-b", Force::kYes, kTestStart).ok());
  EXPECT_EQ(ReasonOf(lifecycle_.Activate("2026-11-a", Force::kYes, kTestStart)),
            "KEY_NOT_PUBLISHED");
  EXPECT_TRUE(lifecycle_.Activate("2026-11-b", Force::kNo, kTestStart).ok()) << "it is ACTIVE";
  EXPECT_EQ(store_.activations(), 2);
}

TEST_F(StoredKeyLifecycleTest, AnUnknownKeyIsNotFoundByAnyStep) {
  for (const auto& result : {lifecycle_.Activate("2020-01-a", Force::kYes, kTestStart),
                             lifecycle_.Taint("2020-01-a", kTestStart),
                             lifecycle_.Retire("2020-01-a", Force::kYes, kTestStart)}) {
    EXPECT_EQ(result.status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(ReasonOf(result), "KEY_UNKNOWN");
  }
}

//
TEST_F(StoredKeyLifecycleTest, ATaintedSignerIsReplacedByThePublishedKeyFirst) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  const auto tainted = lifecycle_.Taint("2026-11-a", kTestStart);
  ASSERT_TRUE(tainted.ok()) << tainted.status();
  EXPECT_EQ(tainted->state, KeyState::kTainted);
  EXPECT_EQ(Signer(), "2026-11-b");
  EXPECT_FALSE(IsPublic("2026-11-a"));
  EXPECT_EQ(store_.ListAll()->size(), 2u);
}

TEST_F(StoredKeyLifecycleTest, ATaintedSignerWithoutAStandbyIsReplacedByANewKey) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Taint("2026-11-a", kTestStart).ok());
  EXPECT_EQ(Signer(), "2026-11-b");
  EXPECT_EQ(Count(KeyState::kActive), 1);
}

//
TEST_F(StoredKeyLifecycleTest, AKeyWaitsForEveryVerifierThatWatchesAndNamesThem) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  database_.TamperWithKeys([](auto&, auto&) {});  // the stored key set has version 1 now
  const absl::Time now = kTestStart + absl::Minutes(5);
  const auto report = [&](const std::string& id, int64_t version, absl::Time seen) {
    domain::KeySetVerifier verifier;
    verifier.id = id;
    verifier.name = "gateway-" + id;
    verifier.version = version;
    ASSERT_TRUE(verifiers_.Report("one", {verifier}, {}, seen).ok());
  };
  report("a", 1, now);
  report("b", 0, now);
  const auto refused = lifecycle_.Activate("2026-11-b", Force::kNo, now);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "VERIFIERS_LAG");
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("of 2 verifiers 1 do not hold key set 1 yet: gateway-b (b, holds 0)"));
  EXPECT_EQ(Signer(), "2026-11-a");

  report("b", 1, now);
  EXPECT_TRUE(lifecycle_.Activate("2026-11-b", Force::kNo, now).ok());
  EXPECT_EQ(Signer(), "2026-11-b");
}

TEST_F(StoredKeyLifecycleTest, ALostVerifierHoldsAKeyUpForItsLeaseAndForceForNoTime) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  database_.TamperWithKeys([](auto&, auto&) {});
  const absl::Time now = kTestStart + absl::Minutes(5);
  std::vector<domain::KeySetVerifier> crowd;
  for (int i = 0; i < 25; ++i) {
    crowd.emplace_back();
    crowd.back().id = absl::StrCat("v", 10 + i);
  }
  ASSERT_TRUE(verifiers_.Report("one", crowd, {}, now).ok());
  const auto refused = lifecycle_.Activate("2026-11-b", Force::kNo, now + absl::Seconds(30));
  EXPECT_EQ(ReasonOf(refused), "VERIFIERS_LAG");
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("v29, holds 0); …"));
  EXPECT_THAT(std::string(refused.status().message()), Not(HasSubstr("v30")));
  EXPECT_TRUE(lifecycle_.Activate("2026-11-b", Force::kYes, now).ok());
  EXPECT_TRUE(lifecycle_.Activate("2026-11-c", Force::kNo, now + absl::Seconds(31)).ok());
}

TEST_F(StoredKeyLifecycleTest, ATaintIsRevokedOnceForAsLongAsATokenMayLive) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Taint("2026-11-a", kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Taint("2026-11-a", kTestStart + absl::Hours(1)).ok());
  EXPECT_THAT(store_.revoked(),
              ElementsAre(Pair("2026-11-a", kTestStart + absl::Minutes(15) + absl::Hours(24))));
}

TEST_F(StoredKeyLifecycleTest, AKeyThatNeverSignedCanBeTaintedToo) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Taint("2026-11-b", kTestStart).ok());
  EXPECT_FALSE(IsPublic("2026-11-b"));
  EXPECT_EQ(Signer(), "2026-11-a");
}

TEST_F(StoredKeyLifecycleTest, TaintsAtTheSameTimeLeaveExactlyOneSigner) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  std::vector<std::thread> administrators;
  for (int i = 0; i < 4; ++i) {
    administrators.emplace_back(
        [&] { EXPECT_TRUE(lifecycle_.Taint("2026-11-a", kTestStart).ok()); });
  }
  for (std::thread& administrator : administrators) administrator.join();
  EXPECT_EQ(Count(KeyState::kActive), 1);
  EXPECT_EQ(StateOf("2026-11-a"), KeyState::kTainted);
  EXPECT_EQ(store_.revoked().size(), 1u);
}

//
TEST_F(StoredKeyLifecycleTest, AKeyIsNeededUntilADayAfterItsLastTokenHasExpired) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Activate("2026-11-b", Force::kYes, kTestStart).ok());
  const absl::Time unneeded = kTestStart + absl::Hours(24) + absl::Minutes(15);
  const auto early = lifecycle_.Retire("2026-11-a", Force::kNo, unneeded - absl::Nanoseconds(1));
  EXPECT_EQ(early.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(early), "KEY_STILL_NEEDED");
  EXPECT_THAT(std::string(early.status().message()), HasSubstr("2026-11-22T12:15:00Z"));
  EXPECT_TRUE(IsPublic("2026-11-a"));

  const auto retired = lifecycle_.Retire("2026-11-a", Force::kNo, unneeded);
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_EQ(retired->state, KeyState::kRetired);
  EXPECT_FALSE(IsPublic("2026-11-a"));
  EXPECT_EQ(lifecycle_.List()->size(), 2u) << "it is kept for the record";
}

TEST_F(StoredKeyLifecycleTest, ForceRetiresAKeyBeforeItsTime) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Activate("2026-11-b", Force::kYes, kTestStart).ok());
  EXPECT_TRUE(lifecycle_.Retire("2026-11-a", Force::kYes, kTestStart).ok());
  EXPECT_TRUE(lifecycle_.Retire("2026-11-a", Force::kNo, kTestStart).ok()) << "it is RETIRED";
}

TEST_F(StoredKeyLifecycleTest, TheSignerIsNeverRetiredForceOrNot) {
  ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok());
  EXPECT_EQ(ReasonOf(lifecycle_.Retire("2026-11-a", Force::kYes, kTestStart + absl::Hours(999))),
            "KEY_STATE_INVALID");
  EXPECT_EQ(Signer(), "2026-11-a");
}

}  // namespace
}  // namespace signet::signing
