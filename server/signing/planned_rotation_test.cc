// the rotation that goes by itself, over the real lifecycle.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "server/domain/fakes/fake_key_set_verifier_store.h"
#include "server/domain/tokens/rotate_keys.h"
#include "server/signing/fake_key_store.h"
#include "server/signing/sealed_key.h"
#include "server/signing/stored_key_lifecycle.h"
#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

using domain::KeyState;
using domain::RotateKeys;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Force = domain::KeyLifecycle::Force;

constexpr absl::Duration kDay = absl::Hours(24);
const absl::Time kDue = kTestStart + 90 * kDay;  // 2027-02-19
constexpr absl::Duration kLead = absl::Minutes(5);

class PlannedRotationTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(lifecycle_.EnsureActiveKey(kTestStart).ok()); }

  // "2026-11-a ACTIVE 2027-02-a PUBLISHED", oldest first.
  std::string Keys() {
    constexpr const char* kNames[] = {"",         "PREPARED", "PUBLISHED", "ACTIVE",
                                      "RETIRING", "RETIRED",  "TAINTED"};
    std::string text;
    const auto keys = store_.ListAll();
    for (auto key = keys->rbegin(); key != keys->rend(); ++key) {
      absl::StrAppend(&text, text.empty() ? "" : " ", key->kid, " ",
                      kNames[static_cast<int>(key->state)],
                      key->sealed_private.empty() ? " erased" : "");
    }
    return text;
  }
  RotateKeys::Report Look(absl::Time now) { return LookBy(rotation_, now); }
  static RotateKeys::Report LookBy(RotateKeys& rotation, absl::Time now) {
    const auto report = rotation.Run(now);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(RotateKeys::Report());
  }
  // A verifier that is seen at `now` and holds none of the keys.
  void LagAt(absl::Time now) {
    verifier_database_.TamperWithKeys([](auto&, auto&) {});
    domain::KeySetVerifier verifier;
    verifier.id = "a";
    verifier.name = "gateway";
    ASSERT_TRUE(verifiers_.Report("one", {verifier}, {}, now).ok());
  }

  FakeKeyStore store_;
  const domain::FakeAuditRecorder audit_{};
  const KeyEncryptionKey kek_ = TestKek();
  KeyRing ring_{store_, kek_};
  domain::FakeDatabase verifier_database_;
  domain::FakeKeySetVerifierStore verifiers_{verifier_database_};
  StoredKeyLifecycle lifecycle_{{}, store_, verifiers_, kek_, ring_, audit_};
  RotateKeys rotation_{{}, store_, lifecycle_};
};

// every 90 days, published before it signs, retired after a day, its private half destroyed
// after 30 days more.
TEST_F(PlannedRotationTest, AKeyIsSucceededRetiredAndErasedEachAtItsTime) {
  Look(kDue - kLead - absl::Seconds(1));
  EXPECT_EQ(Keys(), "2026-11-a ACTIVE");
  EXPECT_THAT(Look(kDue - kLead).prepared, ElementsAre("2027-02-a"));
  EXPECT_EQ(Keys(), "2026-11-a ACTIVE 2027-02-a PUBLISHED");
  Look(kDue - absl::Seconds(1));
  EXPECT_EQ(Keys(), "2026-11-a ACTIVE 2027-02-a PUBLISHED");
  EXPECT_THAT(Look(kDue).activated, ElementsAre("2027-02-a"));
  EXPECT_EQ(Keys(), "2026-11-a RETIRING 2027-02-a ACTIVE");
  const absl::Time unneeded = kDue + kDay + absl::Minutes(15);
  EXPECT_THAT(Look(unneeded - absl::Seconds(1)).retired, IsEmpty());
  EXPECT_THAT(Look(unneeded).retired, ElementsAre("2026-11-a"));
  EXPECT_THAT(Look(unneeded + 30 * kDay - absl::Seconds(1)).erased, IsEmpty());
  EXPECT_THAT(Look(unneeded + 30 * kDay).erased, ElementsAre("2026-11-a"));
  EXPECT_EQ(Keys(), "2026-11-a RETIRED erased 2027-02-a ACTIVE");
  EXPECT_THAT(Look(unneeded + 31 * kDay).erased, IsEmpty());
}

// A service that was down, or whose rotation was off, catches up without skipping the lead.
TEST_F(PlannedRotationTest, WhatIsLongOverdueIsPublishedFirstAllTheSame) {
  const absl::Time late = kDue + 200 * kDay;
  const auto first = Look(late);
  EXPECT_THAT(first.prepared, ElementsAre("2027-09-a"));
  EXPECT_THAT(first.activated, IsEmpty());
  EXPECT_EQ(base::ErrorReason(first.waits), "KEY_TOO_FRESH");
  EXPECT_THAT(Look(late + kLead).activated, ElementsAre("2027-09-a"));
}

TEST_F(PlannedRotationTest, AKeyThatAnAdministratorPreparedIsTheSuccessor) {
  ASSERT_TRUE(lifecycle_.Prepare("EdDSA", kTestStart).ok());
  Look(kDue - absl::Seconds(1));  // it could sign for long, but its time has not come
  EXPECT_EQ(Keys(), "2026-11-a ACTIVE 2026-11-b PUBLISHED");
  Look(kDue);
  EXPECT_EQ(Keys(), "2026-11-a RETIRING 2026-11-b ACTIVE");
}

TEST_F(PlannedRotationTest, SwitchedOffNothingIsSucceededAndRetiringGoesOn) {
  RotateKeys off({.rotate_after = absl::ZeroDuration()}, store_, lifecycle_);
  LookBy(off, kDue + 400 * kDay);
  EXPECT_EQ(Keys(), "2026-11-a ACTIVE");
  ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
  ASSERT_TRUE(lifecycle_.Activate("2026-11-b", Force::kYes, kTestStart).ok());
  LookBy(off, kTestStart + 2 * kDay);
  EXPECT_EQ(Keys(), "2026-11-a RETIRED 2026-11-b ACTIVE");
}

TEST_F(PlannedRotationTest, ASuccessorWaitsForEveryVerifierThatIsThere) {
  Look(kDue - kLead);
  LagAt(kDue + 9 * kDay);
  const auto waiting = Look(kDue + 9 * kDay);
  EXPECT_EQ(base::ErrorReason(waiting.waits), "VERIFIERS_LAG");
  EXPECT_EQ(Keys(), "2026-11-a ACTIVE 2027-02-a PUBLISHED");
  // Gone for longer than its lease.
  EXPECT_TRUE(Look(kDue + 10 * kDay).waits.ok());
  EXPECT_EQ(Keys(), "2026-11-a RETIRING 2027-02-a ACTIVE");
}

TEST_F(PlannedRotationTest, PatienceWithVerifiersEndsWhereItIsConfiguredTo) {
  RotateKeys impatient({.verifier_patience = kDay}, store_, lifecycle_);
  LookBy(impatient, kDue - kLead);
  for (const absl::Time now : {kDue, kDue + kDay - absl::Seconds(1)}) {
    LagAt(now);
    EXPECT_EQ(base::ErrorReason(LookBy(impatient, now).waits), "VERIFIERS_LAG");
  }
  LagAt(kDue + kDay);
  EXPECT_THAT(LookBy(impatient, kDue + kDay).activated, ElementsAre("2027-02-a"));
}

// Patience is with verifiers: it is not used up before there is anything for them to hold.
TEST_F(PlannedRotationTest, PatienceBeginsWhenNothingButAVerifierHoldsASuccessorUp) {
  RotateKeys impatient({.verifier_patience = kDay}, store_, lifecycle_);
  const absl::Time late = kDue + 10 * kDay;
  const auto first = LookBy(impatient, late);
  EXPECT_THAT(first.prepared, ElementsAre("2027-03-a"));
  EXPECT_EQ(base::ErrorReason(first.waits), "KEY_TOO_FRESH");
  for (const absl::Time now : {late + kLead, late + kLead + kDay - absl::Seconds(1)}) {
    LagAt(now);
    EXPECT_EQ(base::ErrorReason(LookBy(impatient, now).waits), "VERIFIERS_LAG");
  }
  LagAt(late + kLead + kDay);
  EXPECT_THAT(LookBy(impatient, late + kLead + kDay).activated, ElementsAre("2027-03-a"));
}

TEST_F(PlannedRotationTest, OneLookTakesEveryStepThatIsDue) {
  for (const char* next : {"2026-11-b", "2026-11-c"}) {
    ASSERT_TRUE(lifecycle_.Prepare("", kTestStart).ok());
    ASSERT_TRUE(lifecycle_.Activate(next, Force::kYes, kTestStart).ok());
  }
  EXPECT_EQ(Keys(), "2026-11-a RETIRING 2026-11-b RETIRING 2026-11-c ACTIVE");
  EXPECT_THAT(Look(kTestStart + 2 * kDay).retired, UnorderedElementsAre("2026-11-a", "2026-11-b"));
  EXPECT_EQ(Keys(), "2026-11-a RETIRED 2026-11-b RETIRED 2026-11-c ACTIVE");
}

TEST_F(PlannedRotationTest, EachStepIsTheServersOwnActInTheAuditLog) {
  const size_t before = store_.audit().size();
  Look(kDue - kLead);
  Look(kDue);
  Look(kDue + 2 * kDay);
  Look(kDue + 40 * kDay);
  std::vector<std::string> written;
  const auto log = store_.audit();
  for (size_t i = before; i < log.size(); ++i) {
    const domain::AuditEvent& event = log[i].event;
    EXPECT_EQ(event.actor.kind, domain::AuditActor::Kind::kServer);
    EXPECT_EQ(event.reason, "PLANNED_ROTATION");
    written.push_back(absl::StrCat(domain::AuditActionName(event.action), " ", event.target));
  }
  EXPECT_THAT(written, ElementsAre("KEY_PREPARE 2027-02-a", "KEY_ACTIVATE 2027-02-a",
                                   "KEY_RETIRE 2026-11-a", "KEY_ERASE 2026-11-a"));
}

TEST_F(PlannedRotationTest, ReplicasThatLookAtOnceMakeOneSuccessor) {
  for (const absl::Time now : {kDue - kLead, kDue}) {
    std::vector<std::thread> replicas;
    for (int i = 0; i < 8; ++i) {
      replicas.emplace_back([&] {
        RotateKeys rotation({}, store_, lifecycle_);
        EXPECT_TRUE(rotation.Run(now).ok());
      });
    }
    for (std::thread& replica : replicas) replica.join();
  }
  EXPECT_EQ(Keys(), "2026-11-a RETIRING 2027-02-a ACTIVE");
}

// fencing. Without it the replica that was held up would put the key into force that an
// administrator has just gone past, and push out the one that he chose.
TEST_F(PlannedRotationTest, WhoWasHeldUpAfterHisDecisionDoesNothing) {
  Look(kDue - kLead);
  store_.BeforeNextMove([&] {
    ASSERT_TRUE(lifecycle_.Prepare("", kDue).ok());
    ASSERT_TRUE(lifecycle_.Activate("2027-02-b", Force::kYes, kDue).ok());
  });
  const auto late = Look(kDue);
  EXPECT_TRUE(late.overtaken);
  EXPECT_THAT(late.activated, IsEmpty());
  EXPECT_EQ(Keys(), "2026-11-a RETIRING 2027-02-a PUBLISHED 2027-02-b ACTIVE");
}

TEST_F(PlannedRotationTest, WhatAnEndedProcessLeftHalfMadeIsFinished) {
  const auto key = crypto::SigningKey::Generate(crypto::Algorithm::kEs256);
  auto record = SealKey(kek_, "2027-02-a", *key);
  record->created_at = kDue - kLead;
  ASSERT_TRUE(*store_.InsertPrepared(*record, domain::AuditRecord(), domain::kUnfenced));
  Look(kDue - kLead + absl::Seconds(59));
  EXPECT_EQ(Keys(), "2026-11-a ACTIVE 2027-02-a PREPARED") << "somebody may be making it";
  Look(kDue - kLead + absl::Seconds(60));
  EXPECT_EQ(Keys(), "2026-11-a ACTIVE 2027-02-a PUBLISHED");
}

TEST_F(PlannedRotationTest, WhatNobodyCanOpenIsLeftAndAnotherIsMade) {
  const auto key = crypto::SigningKey::Generate(crypto::Algorithm::kEs256);
  auto record = SealKey(TestKek('2'), "2027-02-a", *key);
  record->created_at = kDue - kDay;
  ASSERT_TRUE(*store_.InsertPrepared(*record, domain::AuditRecord(), domain::kUnfenced));
  Look(kDue - kLead);
  EXPECT_EQ(Keys(), "2026-11-a ACTIVE 2027-02-a PREPARED 2027-02-b PUBLISHED");
}

TEST_F(PlannedRotationTest, ATaintedKeyIsErasedAfterItsTimeAndNoSigningOneEver) {
  ASSERT_TRUE(lifecycle_.Taint("2026-11-a", kTestStart).ok());
  Look(kTestStart + 30 * kDay - absl::Seconds(1));
  EXPECT_EQ(Keys(), "2026-11-a TAINTED 2026-11-b ACTIVE");
  Look(kTestStart + 30 * kDay);
  EXPECT_EQ(Keys(), "2026-11-a TAINTED erased 2026-11-b ACTIVE");
  EXPECT_EQ(base::ErrorReason(lifecycle_.Erase("2026-11-b", kTestStart).status()),
            "KEY_STATE_INVALID");
}

TEST_F(PlannedRotationTest, WithoutADatabaseALookFailsAndTheNextGoesOn) {
  store_.SetGone(true);
  EXPECT_TRUE(absl::IsUnavailable(rotation_.Run(kDue).status()));
  store_.SetGone(false);
  EXPECT_THAT(Look(kDue).prepared, ElementsAre("2027-02-a"));
}

}  // namespace
}  // namespace signet::signing
