#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using domain::AttemptVerdict;

template <typename Stores>
class AttemptStoreTest : public testing::Test {
 protected:
  AttemptStoreTest() {
    EXPECT_TRUE(stores_.accounts
                    .Insert(ada_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
  }

  domain::LoginAttempt At(absl::Time now, const std::string& name = "ada@example.com") const {
    domain::LoginAttempt attempt;
    attempt.canonical_email = name;
    attempt.nobody = nobody_;
    attempt.now = now;
    return attempt;
  }
  domain::Admission Admit(const domain::LoginAttempt& attempt) {
    auto admission = stores_.attempts.Admit(attempt, policy_);
    EXPECT_TRUE(admission.ok()) << admission.status();
    return *std::move(admission);
  }
  static domain::FailedAttempt Failed(const domain::GuardKey& key,
                                      const domain::FailureEvidence& evidence, absl::Time now) {
    domain::FailedAttempt failed;
    failed.key = key;
    failed.evidence = evidence;
    failed.audit = Audited(domain::AuditAction::kLogin);
    failed.now = now;
    return failed;
  }
  static domain::AuditRecord Unlocked() { return Audited(domain::AuditAction::kUnlockAccount); }
  domain::Settlement Fail(const domain::Admission& admission, absl::Time now) {
    EXPECT_EQ(admission.verdict, AttemptVerdict::kAdmitted);
    return *stores_.attempts.Fail(Failed(admission.key, {1, 2}, now), policy_, threats_);
  }
  // A failure at a name that nobody has tried before.
  std::vector<domain::ThreatKind> FailAt(int name, domain::FailureEvidence evidence,
                                         absl::Time now) {
    domain::LoginAttempt attempt = At(now, "name" + std::to_string(name));
    attempt.nobody = base::Uuid::NewV7(now);
    return stores_.attempts.Fail(Failed(Admit(attempt).key, evidence, now), policy_, threats_)
        .value()
        .threats;
  }

  const domain::NewAccount ada_ = Account("ada");
  const base::Uuid nobody_ = base::Uuid::NewV7(kNow);
  domain::GuardPolicy policy_;
  domain::ThreatPolicy threats_;
  Stores stores_;
};
TYPED_TEST_SUITE(AttemptStoreTest, AllStores, StoresName);

TYPED_TEST(AttemptStoreTest, AnAdmittedAttemptKnowsTheAccount) {
  const domain::Admission admission = this->Admit(this->At(kNow));
  EXPECT_EQ(admission.verdict, AttemptVerdict::kAdmitted);
  ASSERT_TRUE(admission.account);
  EXPECT_EQ(admission.account->user_id, this->ada_.user_id);
  EXPECT_EQ(admission.account->email, "ada@Example.com");
  EXPECT_EQ(admission.account->password_hash, "$argon2id$first");
  EXPECT_EQ(admission.account->password_version, 1);
  EXPECT_EQ(admission.account->roles, this->ada_.roles);
  EXPECT_EQ(admission.key.subject, this->ada_.user_id.uuid());
  EXPECT_TRUE(admission.key.device.is_nil());
}

// the account and the name that nobody has, step by step alike.
TYPED_TEST(AttemptStoreTest, FailuresDelayThenLockForAGrowingTime) {
  for (const char* name : {"ada@example.com", "nobody@example.com"}) {
    absl::Time now = kNow;
    for (int failure = 1; failure <= 2; ++failure) {
      const auto settled = this->Fail(this->Admit(this->At(now, name)), now);
      EXPECT_EQ(settled.failures, failure);
      EXPECT_EQ(settled.locked_until, std::nullopt);
    }
    for (const absl::Duration delay : {absl::Seconds(1), absl::Seconds(2)}) {
      this->Fail(this->Admit(this->At(now, name)), now);
      const auto early = this->Admit(this->At(now, name));
      EXPECT_EQ(early.verdict, AttemptVerdict::kDelayed) << name;
      EXPECT_EQ(early.retry_at, now + delay);
      EXPECT_FALSE(early.account);
      now += delay;
    }
    for (const int minutes : {1, 2, 4, 8, 16, 32, 60, 60}) {
      const absl::Time until = now + absl::Minutes(minutes);
      EXPECT_EQ(this->Fail(this->Admit(this->At(now, name)), now).locked_until, until);
      const auto locked = this->Admit(this->At(until - absl::Microseconds(1), name));
      EXPECT_EQ(locked.verdict, AttemptVerdict::kLocked);
      EXPECT_EQ(locked.retry_at, until);
      EXPECT_FALSE(locked.account);
      now = until;
    }
  }
}

// what is under way counts as if it had failed.
TYPED_TEST(AttemptStoreTest, NoMoreAreUnderWayThanMayStillFail) {
  const auto first = this->Admit(this->At(kNow));
  this->Fail(first, kNow);
  std::vector<domain::Admission> under_way;
  for (int i = 0; i < 4; ++i) under_way.push_back(this->Admit(this->At(kNow)));
  for (const auto& admission : under_way) EXPECT_EQ(admission.verdict, AttemptVerdict::kAdmitted);
  EXPECT_EQ(this->Admit(this->At(kNow)).verdict, AttemptVerdict::kBusy);
  ASSERT_TRUE(this->stores_.attempts.Release(under_way[0].key, std::nullopt).ok());
  EXPECT_EQ(this->Admit(this->At(kNow)).verdict, AttemptVerdict::kAdmitted);
  EXPECT_EQ(this->Admit(this->At(kNow)).verdict, AttemptVerdict::kBusy);
}

TYPED_TEST(AttemptStoreTest, ASessionSettlesItsAttemptAndForgetsTheFailures) {
  this->Fail(this->Admit(this->At(kNow)), kNow);
  this->Fail(this->Admit(this->At(kNow)), kNow);
  domain::NewSession session = Session(this->ada_);
  session.door = this->Admit(this->At(kNow)).key;
  session.attempts_settled = 1;
  ASSERT_TRUE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                  .value()
                  .has_value());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(this->Admit(this->At(kNow)).verdict, AttemptVerdict::kAdmitted) << i;
  }
  EXPECT_EQ(this->Admit(this->At(kNow)).verdict, AttemptVerdict::kBusy);
}

TYPED_TEST(AttemptStoreTest, ASessionThatDidNotOpenSettlesNothing) {
  domain::NewSession session = Session(this->ada_);
  session.password_version = 9;
  session.door = this->Admit(this->At(kNow)).key;
  session.attempts_settled = 1;
  ASSERT_FALSE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                   .value()
                   .has_value());
  for (int i = 0; i < 4; ++i) this->Admit(this->At(kNow));
  EXPECT_EQ(this->Admit(this->At(kNow)).verdict, AttemptVerdict::kBusy);
}

TYPED_TEST(AttemptStoreTest, AKnownDeviceHasADoorOfItsOwn) {
  this->policy_.delay = absl::ZeroDuration();
  for (int i = 0; i < 5; ++i) this->Fail(this->Admit(this->At(kNow)), kNow);
  EXPECT_EQ(this->Admit(this->At(kNow)).verdict, AttemptVerdict::kLocked);
  domain::LoginAttempt known = this->At(kNow);
  known.device = domain::KnownDevice{this->ada_.user_id, base::Uuid::NewV7(kNow), 1};
  const auto admission = this->Admit(known);
  EXPECT_EQ(admission.verdict, AttemptVerdict::kAdmitted);
  EXPECT_EQ(admission.key.device, known.device->device);
  // Of another password, or another person's: a stranger.
  domain::LoginAttempt old = known;
  old.device->password_version = 2;
  EXPECT_EQ(this->Admit(old).verdict, AttemptVerdict::kLocked);
  domain::LoginAttempt foreign = known;
  foreign.device->user_id = base::UserId::New(kNow);
  EXPECT_EQ(this->Admit(foreign).verdict, AttemptVerdict::kLocked);
}

TYPED_TEST(AttemptStoreTest, FailuresAreForgottenAfterAWhile) {
  this->Fail(this->Admit(this->At(kNow)), kNow);
  const absl::Time later = kNow + this->policy_.memory + absl::Seconds(1);
  EXPECT_EQ(this->Fail(this->Admit(this->At(later)), later).failures, 1);
}

TYPED_TEST(AttemptStoreTest, AttemptsThatNobodySettledHaveFailed) {
  for (int i = 0; i < 5; ++i) this->Admit(this->At(kNow));
  const absl::Time later = kNow + this->policy_.attempt_life + absl::Seconds(1);
  const auto next = this->Admit(this->At(later));
  EXPECT_EQ(next.failures, 5);
  EXPECT_TRUE(this->Fail(next, later).locked_until);
}

TYPED_TEST(AttemptStoreTest, AChallengeIsAskedForWhereChallengesAreOn) {
  this->policy_.challenges = true;
  this->policy_.delay = absl::ZeroDuration();
  for (int i = 0; i < 3; ++i) this->Fail(this->Admit(this->At(kNow)), kNow);
  EXPECT_EQ(this->Admit(this->At(kNow)).verdict, AttemptVerdict::kChallenge);
  domain::LoginAttempt solved = this->At(kNow);
  solved.challenge_solved = true;
  EXPECT_EQ(this->Admit(solved).verdict, AttemptVerdict::kAdmitted);
}

TYPED_TEST(AttemptStoreTest, UnlockingOpensEveryDoor) {
  this->policy_.delay = absl::ZeroDuration();
  for (int i = 0; i < 5; ++i) this->Fail(this->Admit(this->At(kNow)), kNow);
  const auto unlock = [this](base::UserId user) {
    return this->stores_.attempts.Unlock(user, this->Unlocked(), kNow).value();
  };
  EXPECT_EQ(unlock(this->ada_.user_id), true);
  EXPECT_EQ(unlock(this->ada_.user_id), false);
  EXPECT_EQ(unlock(base::UserId::New(kNow)), std::nullopt);
  EXPECT_EQ(this->Fail(this->Admit(this->At(kNow)), kNow).failures, 1);
}

// each told once per window.
TYPED_TEST(AttemptStoreTest, FailuresOfOneNetworkAtManyAccountsAreStuffing) {
  std::vector<domain::ThreatKind> told;
  for (int i = 0; i < 45; ++i) {
    const auto threats = this->FailAt(i, {7, i}, kNow + absl::Seconds(i));
    EXPECT_EQ(threats.size(), i == 19 ? 1u : 0u) << i;
    told.insert(told.end(), threats.begin(), threats.end());
  }
  EXPECT_EQ(told, std::vector<domain::ThreatKind>{domain::ThreatKind::kStuffing});
  const absl::Time later = kNow + absl::Minutes(20);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(this->FailAt(i, {7, i}, later).size(), i == 19 ? 1u : 0u) << i;
  }
}

//
TYPED_TEST(AttemptStoreTest, OnePasswordAtManyAccountsIsSpraying) {
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(this->FailAt(i, {i, 7}, kNow).empty());
  EXPECT_EQ(this->FailAt(9, {9, 7}, kNow),
            std::vector<domain::ThreatKind>{domain::ThreatKind::kSpraying});
  EXPECT_TRUE(this->FailAt(10, {10, 7}, kNow).empty());
}

//
TYPED_TEST(AttemptStoreTest, ManyLocksAreAStorm) {
  this->policy_.lock_after = 1;
  for (int i = 0; i < 19; ++i) EXPECT_TRUE(this->FailAt(i, {i, i}, kNow).empty());
  EXPECT_EQ(this->FailAt(19, {19, 19}, kNow),
            std::vector<domain::ThreatKind>{domain::ThreatKind::kLockoutStorm});
}

TYPED_TEST(AttemptStoreTest, FailuresAtOneAccountAreNoThreat) {
  this->policy_.lock_after = 1000;
  this->policy_.delay = absl::ZeroDuration();
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(this->Fail(this->Admit(this->At(kNow)), kNow).threats.empty());
  }
}

// however many come at once.
TYPED_TEST(AttemptStoreTest, OfManyAtOnceAsManyAreAdmittedAsMayFail) {
  for (int round = 0; round < 10; ++round) {
    const std::string name = "name" + std::to_string(round);
    domain::LoginAttempt attempt = this->At(kNow, name);
    attempt.nobody = base::Uuid::NewV7(kNow);
    std::atomic<int> admitted{0};
    std::vector<std::thread> guessers;
    for (int i = 0; i < 16; ++i) {
      guessers.emplace_back([&] {
        const auto admission = this->stores_.attempts.Admit(attempt, this->policy_);
        admitted += admission.ok() && admission->verdict == AttemptVerdict::kAdmitted ? 1 : 0;
      });
    }
    for (std::thread& guesser : guessers) guesser.join();
    EXPECT_EQ(admitted, 5);
  }
}

}  // namespace
}  // namespace signet::conformance
