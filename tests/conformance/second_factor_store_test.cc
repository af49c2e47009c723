// what holds of second factors whichever store keeps them.

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using State = domain::FactorAttempt::State;

template <typename Stores>
class SecondFactorStoreTest : public testing::Test {
 protected:
  SecondFactorStoreTest() {
    EXPECT_TRUE(stores_.accounts
                    .Insert(ada_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
  }

  domain::FactorConfirmation Confirmation(base::SessionId session = {}) {
    domain::FactorConfirmation confirmation;
    confirmation.user_id = ada_.user_id;
    confirmation.session_id = session;
    confirmation.totp_sealed = std::string("sealed\0secret", 13);
    confirmation.totp_step = 100;
    confirmation.recovery_hashes = {Hash('a'), Hash('b'), Hash('c')};
    confirmation.acr = "2";
    confirmation.amr = {"pwd", "otp", "mfa"};
    confirmation.now = kNow;
    confirmation.revocation_expires_at = kNow + absl::Minutes(20);
    return confirmation;
  }
  void InForce() {
    const auto confirmation = Confirmation();
    ASSERT_TRUE(stores_.factors
                    .Enroll(ada_.user_id, confirmation.totp_sealed, kNow,
                            Audited(domain::AuditAction::kConfirmTotp))
                    .value());
    ASSERT_TRUE(
        stores_.factors.Confirm(confirmation, Audited(domain::AuditAction::kConfirmTotp)).value());
  }
  bool Opens(std::optional<domain::FactorProof> proof) {
    domain::NewSession session = Session(ada_);
    session.factor = std::move(proof);
    return stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin)).value().has_value();
  }
  static domain::FactorProof Step(int64_t step) { return {step, ""}; }
  static domain::FactorProof Recovery(char fill) { return {std::nullopt, Hash(fill)}; }
  domain::FactorAttempt Admit(absl::Time now, const std::string& recovery_hash = "") {
    return stores_.factors.Admit(ada_.user_id, recovery_hash, domain::AttemptPolicy(), now).value();
  }

  const domain::NewAccount ada_ = Account("ada");
  Stores stores_;
};
TYPED_TEST_SUITE(SecondFactorStoreTest, AllStores, StoresName);

TYPED_TEST(SecondFactorStoreTest, AnEnrolledSecretWaitsAndIsReplacedUntilItIsConfirmed) {
  auto& factors = this->stores_.factors;
  const base::UserId ada = this->ada_.user_id;
  EXPECT_EQ(factors.Read(ada).value()->totp_sealed, "");
  EXPECT_TRUE(
      factors.Enroll(ada, "first", kNow, Audited(domain::AuditAction::kConfirmTotp)).value());
  EXPECT_TRUE(factors
                  .Enroll(ada, "second", kNow + absl::Seconds(1),
                          Audited(domain::AuditAction::kConfirmTotp))
                  .value());
  const auto waiting = factors.Read(ada).value();
  EXPECT_EQ(waiting->email, "ada@Example.com");
  EXPECT_EQ(waiting->totp_sealed, "second");
  EXPECT_EQ(waiting->enrolled_at, kNow + absl::Seconds(1));
  EXPECT_EQ(waiting->confirmed_at, std::nullopt);
  EXPECT_TRUE(this->Opens(std::nullopt));
  EXPECT_FALSE(this->stores_.accounts.FindById(ada).value()->second_factor);
  auto confirmation = this->Confirmation();
  confirmation.totp_sealed = "first";
  EXPECT_FALSE(factors.Confirm(confirmation, Audited(domain::AuditAction::kConfirmTotp)).value());
  confirmation.totp_sealed = "second";
  EXPECT_TRUE(factors.Confirm(confirmation, Audited(domain::AuditAction::kConfirmTotp)).value());
  EXPECT_FALSE(factors.Confirm(confirmation, Audited(domain::AuditAction::kConfirmTotp)).value());
  EXPECT_FALSE(
      factors.Enroll(ada, "third", kNow, Audited(domain::AuditAction::kConfirmTotp)).value());
  const auto confirmed = factors.Read(ada).value();
  EXPECT_EQ(confirmed->confirmed_at, kNow);
  EXPECT_EQ(confirmed->recovery_codes_left, 3);
  EXPECT_TRUE(this->stores_.accounts.FindById(ada).value()->second_factor);
  EXPECT_TRUE(this->stores_.accounts.FindByEmail("ada@example.com").value()->second_factor);
}

TYPED_TEST(SecondFactorStoreTest, NobodyElsesAndNoDisabledAccountsFactorIsThere) {
  EXPECT_EQ(this->stores_.factors.Read(base::UserId::New(kNow)).value(), std::nullopt);
  this->stores_.Disable(this->ada_.user_id);
  EXPECT_EQ(this->stores_.factors.Read(this->ada_.user_id).value(), std::nullopt);
  EXPECT_FALSE(
      this->stores_.factors
          .Enroll(this->ada_.user_id, "x", kNow, Audited(domain::AuditAction::kConfirmTotp))
          .value());
}

TYPED_TEST(SecondFactorStoreTest, ConfirmingEndsEveryOtherSessionAndRaisesTheOne) {
  const domain::NewSession kept = Session(this->ada_);
  const domain::NewSession other = Session(this->ada_);
  for (const auto* session : {&kept, &other}) {
    ASSERT_TRUE(this->stores_.sessions.Open(*session, Audited(domain::AuditAction::kLogin))
                    .value()
                    .has_value());
  }
  const auto confirmation = this->Confirmation(kept.session_id);
  ASSERT_TRUE(this->stores_.factors
                  .Enroll(this->ada_.user_id, confirmation.totp_sealed, kNow,
                          Audited(domain::AuditAction::kConfirmTotp))
                  .value());
  ASSERT_TRUE(
      this->stores_.factors.Confirm(confirmation, Audited(domain::AuditAction::kConfirmTotp))
          .value());
  const auto ended = this->stores_.sessions.History(this->ada_.user_id, other.session_id).value();
  EXPECT_EQ(ended->session.end_reason, domain::EndReason::kFactorChanged);
  const auto page = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(page.records.size(), 1u);
  EXPECT_EQ(page.records[0].subject, other.session_id.ToString());
  const domain::Rotation rotation = Rotate(kept, 0, Hash('0'), Hash('1'), kNow);
  const auto rotated =
      this->stores_.sessions.Rotate(absl::MakeConstSpan(&rotation, 1)).value().front();
  ASSERT_TRUE(rotated.has_value());
  EXPECT_EQ(rotated->acr, "2");
  EXPECT_EQ(rotated->authenticated_at, kNow);
}

TYPED_TEST(SecondFactorStoreTest, OnceInForceNothingOpensWithoutAnUnusedFactor) {
  this->InForce();
  EXPECT_FALSE(this->Opens(std::nullopt));
  EXPECT_FALSE(this->Opens(this->Step(100)));  // the set-up code's
  EXPECT_TRUE(this->Opens(this->Step(102)));
  EXPECT_FALSE(this->Opens(this->Step(102)));
  EXPECT_FALSE(this->Opens(this->Step(101)));
  EXPECT_TRUE(this->Opens(this->Step(103)));
  EXPECT_FALSE(this->Opens(this->Recovery('z')));
  EXPECT_TRUE(this->Opens(this->Recovery('b')));
  EXPECT_FALSE(this->Opens(this->Recovery('b')));
  EXPECT_EQ(this->stores_.factors.Read(this->ada_.user_id).value()->recovery_codes_left, 2);
}

TYPED_TEST(SecondFactorStoreTest, ASessionIdOpensOnce) {
  this->InForce();
  domain::NewSession session = Session(this->ada_);
  session.factor = this->Step(101);
  EXPECT_TRUE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                  .value()
                  .has_value());
  session.factor = this->Step(102);
  EXPECT_FALSE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                   .value()
                   .has_value());
}

TYPED_TEST(SecondFactorStoreTest, AFactorIsNotUsedUpForAnotherPasswordVersion) {
  this->InForce();
  domain::NewSession session = Session(this->ada_);
  session.password_version = 7;
  session.factor = this->Step(101);
  EXPECT_FALSE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                   .value()
                   .has_value());
  EXPECT_TRUE(this->Opens(this->Step(101)));
}

TYPED_TEST(SecondFactorStoreTest, AFreshProofNeedsAnUnusedFactorToo) {
  this->InForce();
  domain::NewSession session = Session(this->ada_);
  session.factor = this->Step(101);
  ASSERT_TRUE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                  .value()
                  .has_value());
  domain::Reauthentication again;
  again.user_id = this->ada_.user_id;
  again.session_id = session.session_id;
  again.password_version = 1;
  again.acr = "2";
  again.amr = {"pwd", "otp", "mfa"};
  again.now = kNow + absl::Minutes(1);
  EXPECT_EQ(
      this->stores_.sessions.Reauthenticate(again, Audited(domain::AuditAction::kStepUp)).value(),
      std::nullopt);
  again.factor = this->Step(101);
  EXPECT_EQ(
      this->stores_.sessions.Reauthenticate(again, Audited(domain::AuditAction::kStepUp)).value(),
      std::nullopt);
  again.factor = this->Step(102);
  EXPECT_TRUE(this->stores_.sessions.Reauthenticate(again, Audited(domain::AuditAction::kStepUp))
                  .value()
                  .has_value());
  EXPECT_FALSE(this->Opens(this->Step(102)));
  again.factor = this->Recovery('a');
  EXPECT_TRUE(this->stores_.sessions.Reauthenticate(again, Audited(domain::AuditAction::kStepUp))
                  .value()
                  .has_value());
  EXPECT_FALSE(this->Opens(this->Recovery('a')));
}

// 1 min after the fifth, doubled by each further one, at most an hour, forgotten after a
// day.
TYPED_TEST(SecondFactorStoreTest, AttemptsAreCountedBeforeTheyAreJudgedAndPausesGrow) {
  EXPECT_EQ(this->Admit(kNow).state, State::kNoFactor);
  this->InForce();
  for (int i = 0; i < 5; ++i) {
    const auto attempt = this->Admit(kNow, Hash('b'));
    ASSERT_EQ(attempt.state, State::kAdmitted) << i;
    EXPECT_EQ(attempt.totp_sealed, this->Confirmation().totp_sealed);
    EXPECT_EQ(attempt.last_step, 100);
    EXPECT_TRUE(attempt.recovery_known);
  }
  absl::Time now = kNow;
  for (const int minutes : {1, 2, 4, 8, 16, 32, 60, 60}) {
    const auto refused = this->Admit(now);
    ASSERT_EQ(refused.state, State::kRefused) << minutes;
    EXPECT_EQ(refused.refused_until, now + absl::Minutes(minutes));
    now += absl::Minutes(minutes);
    const auto admitted = this->Admit(now);
    ASSERT_EQ(admitted.state, State::kAdmitted) << minutes;
    EXPECT_FALSE(admitted.recovery_known);
  }
  now += absl::Hours(25);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(this->Admit(now).state, State::kAdmitted) << i;
  EXPECT_EQ(this->Admit(now).state, State::kRefused);
}

TYPED_TEST(SecondFactorStoreTest, ASuccessTakesTheCountBack) {
  this->InForce();
  for (int i = 0; i < 5; ++i) this->Admit(kNow);
  ASSERT_EQ(this->Admit(kNow).state, State::kRefused);
  ASSERT_TRUE(this->Opens(this->Step(101)));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(this->Admit(kNow).state, State::kAdmitted) << i;
}

TYPED_TEST(SecondFactorStoreTest, OfManyParallelGuessesNoMoreAreAdmittedThanThePolicyLets) {
  this->InForce();
  std::atomic<int> admitted = 0;
  std::vector<std::thread> guessers;
  for (int i = 0; i < 32; ++i) {
    guessers.emplace_back([&] { admitted += this->Admit(kNow).state == State::kAdmitted ? 1 : 0; });
  }
  for (std::thread& guesser : guessers) guesser.join();
  EXPECT_EQ(admitted, 5);
}

TYPED_TEST(SecondFactorStoreTest, OfManyParallelUsesOfOneFactorOneOpens) {
  this->InForce();
  for (int64_t round = 1; round <= 20; ++round) {
    std::atomic<int> opened = 0;
    std::vector<std::thread> racers;
    for (int i = 0; i < 8; ++i) {
      racers.emplace_back([&] { opened += this->Opens(this->Step(100 + round)) ? 1 : 0; });
    }
    for (std::thread& racer : racers) racer.join();
    EXPECT_EQ(opened, 1) << round;
  }
  std::atomic<int> opened = 0;
  std::vector<std::thread> racers;
  for (int i = 0; i < 8; ++i) {
    racers.emplace_back([&] { opened += this->Opens(this->Recovery('a')) ? 1 : 0; });
  }
  for (std::thread& racer : racers) racer.join();
  EXPECT_EQ(opened, 1);
}

// A login by the password alone that runs beside the confirmation must not leave a session behind.
TYPED_TEST(SecondFactorStoreTest, NoSessionWithoutTheFactorOutlivesItsSetUp) {
  for (int round = 0; round < 20; ++round) {
    const domain::NewAccount person = Account("p" + std::to_string(round));
    ASSERT_TRUE(this->stores_.accounts
                    .Insert(person, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
    auto confirmation = this->Confirmation();
    confirmation.user_id = person.user_id;
    ASSERT_TRUE(this->stores_.factors
                    .Enroll(person.user_id, confirmation.totp_sealed, kNow,
                            Audited(domain::AuditAction::kConfirmTotp))
                    .value());
    std::vector<std::thread> logins;
    for (int i = 0; i < 4; ++i) {
      logins.emplace_back([&] {
        EXPECT_TRUE(
            this->stores_.sessions.Open(Session(person), Audited(domain::AuditAction::kLogin))
                .ok());
      });
    }
    EXPECT_TRUE(
        this->stores_.factors.Confirm(confirmation, Audited(domain::AuditAction::kConfirmTotp))
            .value());
    for (std::thread& login : logins) login.join();
    EXPECT_TRUE(this->stores_.sessions.List(person.user_id, std::nullopt, 10, kNow, kNoneIdle)
                    .value()
                    .empty());
  }
}

TYPED_TEST(SecondFactorStoreTest, SwitchedOffNothingOfItIsLeft) {
  this->InForce();
  const base::UserId ada = this->ada_.user_id;
  EXPECT_TRUE(
      this->stores_.factors.Disable(ada, kNow, {}, Audited(domain::AuditAction::kConfirmTotp))
          .value());
  EXPECT_FALSE(
      this->stores_.factors.Disable(ada, kNow, {}, Audited(domain::AuditAction::kConfirmTotp))
          .value());
  const auto record = this->stores_.factors.Read(ada).value();
  EXPECT_EQ(record->totp_sealed, "");
  EXPECT_EQ(record->recovery_codes_left, 0);
  EXPECT_EQ(this->Admit(kNow).state, State::kNoFactor);
  EXPECT_TRUE(this->Opens(std::nullopt));
  EXPECT_FALSE(
      this->stores_.factors
          .ReplaceRecoveryCodes(ada, {Hash('d')}, {}, Audited(domain::AuditAction::kConfirmTotp))
          .value());
}

TYPED_TEST(SecondFactorStoreTest, RecoveryCodesAreReplacedAsASet) {
  this->InForce();
  EXPECT_TRUE(this->stores_.factors
                  .ReplaceRecoveryCodes(this->ada_.user_id, {Hash('d')}, {},
                                        Audited(domain::AuditAction::kConfirmTotp))
                  .value());
  EXPECT_FALSE(this->Opens(this->Recovery('a')));
  EXPECT_TRUE(this->Opens(this->Recovery('d')));
}

// the mail exists exactly when the change does.
TYPED_TEST(SecondFactorStoreTest, EachChangeWritesItsMail) {
  const auto mail = [&] {
    domain::MailRow row;
    row.user_id = this->ada_.user_id;
    row.id = base::Uuid::NewV7(kNow);
    row.kind = domain::MailKind::kMfaChanged;
    row.sealed = "sealed";
    row.created_at = row.due_at = kNow;
    return row;
  };
  auto confirmation = this->Confirmation();
  confirmation.mail = mail();
  EXPECT_FALSE(
      this->stores_.factors.Confirm(confirmation, Audited(domain::AuditAction::kConfirmTotp))
          .value());
  EXPECT_FALSE(
      this->stores_.factors
          .Disable(this->ada_.user_id, kNow, mail(), Audited(domain::AuditAction::kConfirmTotp))
          .value());
  EXPECT_EQ(this->stores_.outbox.Look().value().waiting, 0);
  this->stores_.factors
      .Enroll(this->ada_.user_id, confirmation.totp_sealed, kNow,
              Audited(domain::AuditAction::kConfirmTotp))
      .value();
  EXPECT_TRUE(
      this->stores_.factors.Confirm(confirmation, Audited(domain::AuditAction::kConfirmTotp))
          .value());
  EXPECT_TRUE(this->stores_.factors
                  .ReplaceRecoveryCodes(this->ada_.user_id, {Hash('d')}, mail(),
                                        Audited(domain::AuditAction::kConfirmTotp))
                  .value());
  EXPECT_TRUE(
      this->stores_.factors
          .Disable(this->ada_.user_id, kNow, mail(), Audited(domain::AuditAction::kConfirmTotp))
          .value());
  EXPECT_EQ(this->stores_.outbox.Look().value().waiting, 3);
}

}  // namespace
}  // namespace signet::conformance
