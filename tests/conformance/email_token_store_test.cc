// what a link from a mail does, it does once, and its mails come with it.

#include <atomic>
#include <deque>
#include <thread>

#include <gmock/gmock.h>

#include "client/base/mutex.h"
#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using domain::EmailChangeStep;
using domain::EmailTokenPurpose;
using domain::MailKind;

domain::MailRow Row(base::UserId user, MailKind kind) {
  domain::MailRow row;
  row.user_id = user;
  row.id = base::Uuid::NewV7(kNow);
  row.kind = kind;
  row.sealed = "sealed";
  row.created_at = kNow;
  row.due_at = kNow;
  return row;
}

template <typename Stores>
class EmailTokenStoreTest : public testing::Test {
 protected:
  EmailTokenStoreTest() {
    EXPECT_TRUE(stores_.accounts
                    .Insert(ada_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
  }

  static domain::PresentedEmailToken Token(base::UserId user, EmailTokenPurpose purpose,
                                           char fill = 't') {
    return {user, purpose, Hash(fill)};
  }
  // A fresh event for the next call.
  const domain::AuditRecord& NewEvent() {
    base::MutexLock lock(mutex_);
    events_.push_back(Audited(domain::AuditAction::kResetPassword));
    return events_.back();
  }
  // How many of all the events so far were written.
  int64_t Written() {
    int64_t written = 0;
    for (const domain::AuditRecord& event : events_) written += stores_.InLog(event);
    return written;
  }
  bool Issue(const domain::PresentedEmailToken& token, absl::Time now = kNow) {
    return stores_.email_tokens
        .Issue({token, now, now + absl::Hours(1), now - absl::Minutes(1),
                Row(token.user_id, MailKind::kPasswordReset)},
               NewEvent())
        .value();
  }
  bool Reset(const domain::PresentedEmailToken& token, absl::Time now = kNow) {
    return stores_.email_tokens
        .ResetPassword(token, "$argon2id$reset", now, now + absl::Seconds(1), kExpires,
                       Row(token.user_id, MailKind::kPasswordChanged), NewEvent())
        .value();
  }
  EmailChangeStep Confirm(EmailTokenPurpose purpose, char fill) {
    return stores_.email_tokens
        .ConfirmEmailChange(Token(ada_.user_id, purpose, fill), kNow, kExpires,
                            Row(ada_.user_id, MailKind::kEmailChanged), NewEvent())
        .value();
  }
  domain::NewEmailChange Change(const std::string& canonical) {
    domain::NewEmailChange change;
    change.user_id = ada_.user_id;
    change.session_id = base::SessionId::New(kNow);
    change.new_email = canonical;
    change.new_canonical = canonical;
    change.old_hash = Hash('o');
    change.new_hash = Hash('n');
    change.requested_at = kNow;
    change.expires_at = kNow + absl::Hours(1);
    change.last_requested_by = kNow - absl::Minutes(1);
    change.to_old = Row(ada_.user_id, MailKind::kEmailChangeOld);
    change.to_new = Row(ada_.user_id, MailKind::kEmailChangeNew);
    return change;
  }
  // The kinds that wait, and none after that.
  std::vector<MailKind> Mails() {
    std::vector<MailKind> kinds;
    while (const auto mail = stores_.outbox.Claim(kExpires, kExpires + absl::Hours(1)).value()) {
      kinds.push_back(mail->row.kind);
      EXPECT_TRUE(stores_.outbox.Finish(*mail).ok());
    }
    return kinds;
  }
  domain::LoginRecord Ada() { return *stores_.accounts.FindById(ada_.user_id).value(); }

  const domain::NewAccount ada_ = Account("ada");
  base::Mutex mutex_;
  std::deque<domain::AuditRecord> events_;
  Stores stores_;
};
TYPED_TEST_SUITE(EmailTokenStoreTest, AllStores, StoresName);

TYPED_TEST(EmailTokenStoreTest, RegisteringWritesTheTokenAndOneOfTheTwoMails) {
  domain::NewAccount bob = Account("bob");
  bob.verification_hash = Hash('v');
  bob.verification_expires_at = kNow + absl::Hours(1);
  bob.welcome = Row(bob.user_id, MailKind::kWelcome);
  bob.attempt = Row(bob.user_id, MailKind::kRegisterAttempt);
  EXPECT_TRUE(this->stores_.accounts
                  .Insert(bob, Audited(domain::AuditAction::kRegister),
                          Audited(domain::AuditAction::kRegister))
                  .value());
  EXPECT_THAT(this->Mails(), testing::ElementsAre(MailKind::kWelcome));
  EXPECT_FALSE(this->stores_.accounts
                   .Insert(bob, Audited(domain::AuditAction::kRegister),
                           Audited(domain::AuditAction::kRegister))
                   .value());
  bob.attempt.id = base::Uuid::NewV7(kNow);
  bob.created_at = kNow + absl::Minutes(59);
  EXPECT_FALSE(this->stores_.accounts
                   .Insert(bob, Audited(domain::AuditAction::kRegister),
                           Audited(domain::AuditAction::kRegister))
                   .value());
  EXPECT_THAT(this->Mails(), testing::ElementsAre(MailKind::kRegisterAttempt));
  bob.created_at = kNow + absl::Minutes(60);
  EXPECT_FALSE(this->stores_.accounts
                   .Insert(bob, Audited(domain::AuditAction::kRegister),
                           Audited(domain::AuditAction::kRegister))
                   .value());
  EXPECT_THAT(this->Mails(), testing::ElementsAre(MailKind::kRegisterAttempt));
  EXPECT_TRUE(this->stores_.email_tokens
                  .VerifyEmail({bob.user_id, EmailTokenPurpose::kVerifyEmail, Hash('v')}, kNow,
                               this->NewEvent())
                  .value());
  EXPECT_TRUE((*this->stores_.accounts.FindById(bob.user_id))->email_verified);
}

TYPED_TEST(EmailTokenStoreTest, ATokenVerifiesOnceAndOnlyWithItsOwnHash) {
  const auto token = this->Token(this->ada_.user_id, EmailTokenPurpose::kVerifyEmail);
  ASSERT_TRUE(this->Issue(token));
  auto& store = this->stores_.email_tokens;
  auto wrong = token;
  wrong.secret_hash = Hash('x');
  EXPECT_FALSE(store.VerifyEmail(wrong, kNow, this->NewEvent()).value());
  EXPECT_FALSE(store.VerifyEmail(token, kNow + absl::Hours(1), this->NewEvent()).value());
  EXPECT_FALSE(this->Ada().email_verified);
  EXPECT_TRUE(store.VerifyEmail(token, kNow, this->NewEvent()).value());
  EXPECT_FALSE(store.VerifyEmail(token, kNow, this->NewEvent()).value());
  EXPECT_TRUE(this->Ada().email_verified);
}

TYPED_TEST(EmailTokenStoreTest, ANewerTokenSupersedesAnEarlierOneAfterTheInterval) {
  const auto first = this->Token(this->ada_.user_id, EmailTokenPurpose::kPasswordReset, '1');
  const auto second = this->Token(this->ada_.user_id, EmailTokenPurpose::kPasswordReset, '2');
  ASSERT_TRUE(this->Issue(first));
  EXPECT_FALSE(this->Issue(second, kNow + absl::Seconds(59)));
  EXPECT_TRUE(this->stores_.email_tokens.FindOwner(first, kNow).value().has_value());
  EXPECT_TRUE(this->Issue(second, kNow + absl::Seconds(60)));
  EXPECT_FALSE(this->stores_.email_tokens.FindOwner(first, kNow).value().has_value());
  EXPECT_EQ(this->stores_.email_tokens.FindOwner(second, kNow).value(), "ada@Example.com");
  EXPECT_EQ(this->Mails().size(), 2u);
}

// so that a request for it costs the same.
TYPED_TEST(EmailTokenStoreTest, ATokenOfNobodyIsWrittenLikeAnyOther) {
  const auto token = this->Token(base::UserId::New(kNow), EmailTokenPurpose::kPasswordReset);
  EXPECT_TRUE(this->Issue(token));
  EXPECT_FALSE(this->Issue(token));
  EXPECT_FALSE(this->stores_.email_tokens.FindOwner(token, kNow).value().has_value());
  EXPECT_FALSE(this->Reset(token));
}

TYPED_TEST(EmailTokenStoreTest, AResetReplacesThePasswordEndsEverySessionAndSpendsEveryToken) {
  const auto session = Session(this->ada_);
  ASSERT_TRUE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                  .value()
                  .has_value());
  const auto verify = this->Token(this->ada_.user_id, EmailTokenPurpose::kVerifyEmail);
  const auto token = this->Token(this->ada_.user_id, EmailTokenPurpose::kPasswordReset);
  ASSERT_TRUE(this->Issue(verify));
  ASSERT_TRUE(this->Issue(token));
  this->Mails();
  EXPECT_TRUE(this->Reset(token));
  EXPECT_EQ(this->Ada().password_hash, "$argon2id$reset");
  EXPECT_EQ(this->Ada().password_version, 2);
  EXPECT_TRUE(this->Ada().email_verified);
  EXPECT_TRUE(this->stores_.sessions.List(this->ada_.user_id, std::nullopt, 10, kNow, kNoneIdle)
                  .value()
                  .empty());
  const auto page = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(page.records.size(), 1u);
  EXPECT_EQ(page.records[0].kind, token::RevocationKind::kUser);
  EXPECT_EQ(page.records[0].not_before, kNow + absl::Seconds(1));
  EXPECT_THAT(this->Mails(), testing::ElementsAre(MailKind::kPasswordChanged));
  EXPECT_FALSE(this->stores_.email_tokens.VerifyEmail(verify, kNow, this->NewEvent()).value());
  EXPECT_FALSE(this->Reset(token));
  EXPECT_THAT(this->Mails(), testing::IsEmpty());
}

// a stranger's guesses keep nobody out who reads the account's mail; a reset that is
// refused forgets nothing.
TYPED_TEST(EmailTokenStoreTest, AResetEndsTheLocks) {
  domain::GuardPolicy policy;
  policy.delay = absl::ZeroDuration();
  domain::LoginAttempt attempt;
  attempt.canonical_email = "ada@example.com";
  attempt.nobody = base::Uuid::NewV7(kNow);
  attempt.now = kNow;
  const auto admit = [&] { return this->stores_.attempts.Admit(attempt, policy).value(); };
  for (int i = 0; i < 5; ++i) {
    domain::FailedAttempt failed;
    failed.key = admit().key;
    failed.audit = Audited(domain::AuditAction::kLogin);
    failed.now = kNow;
    ASSERT_TRUE(this->stores_.attempts.Fail(failed, policy, {}).ok());
  }
  const auto token = this->Token(this->ada_.user_id, EmailTokenPurpose::kPasswordReset);
  ASSERT_TRUE(this->Issue(token));
  EXPECT_FALSE(
      this->Reset(this->Token(this->ada_.user_id, EmailTokenPurpose::kPasswordReset, 'x')));
  EXPECT_EQ(admit().verdict, domain::AttemptVerdict::kLocked);
  EXPECT_TRUE(this->Reset(token));
  EXPECT_EQ(admit().verdict, domain::AttemptVerdict::kAdmitted);
}

TYPED_TEST(EmailTokenStoreTest, ADisabledAccountIsNotReset) {
  const auto token = this->Token(this->ada_.user_id, EmailTokenPurpose::kPasswordReset);
  ASSERT_TRUE(this->Issue(token));
  this->stores_.Disable(this->ada_.user_id);
  EXPECT_FALSE(this->Reset(token));
  EXPECT_EQ(this->Ada().password_version, 1);
}

// single use is decided by the database.
TYPED_TEST(EmailTokenStoreTest, OfManyAtOnceOneResets) {
  for (int round = 0; round < 10; ++round) {
    const absl::Time now = kNow + absl::Minutes(2 * round);
    const auto token = this->Token(this->ada_.user_id, EmailTokenPurpose::kPasswordReset,
                                   static_cast<char>('a' + round));
    ASSERT_TRUE(this->Issue(token, now));
    std::atomic<int> succeeded = 0;
    std::vector<std::thread> racers;
    for (int i = 0; i < 8; ++i) {
      racers.emplace_back([&] { succeeded += this->Reset(token, now) ? 1 : 0; });
    }
    for (std::thread& racer : racers) racer.join();
    EXPECT_EQ(succeeded, 1);
  }
}

TYPED_TEST(EmailTokenStoreTest, AnAddressChangesWhenBothHaveConfirmed) {
  const auto kept = Session(this->ada_);
  const auto other = Session(this->ada_);
  ASSERT_TRUE(
      this->stores_.sessions.Open(kept, Audited(domain::AuditAction::kLogin)).value().has_value());
  ASSERT_TRUE(
      this->stores_.sessions.Open(other, Audited(domain::AuditAction::kLogin)).value().has_value());
  auto change = this->Change("ada@example.org");
  change.session_id = kept.session_id;
  ASSERT_TRUE(this->stores_.email_tokens.RequestEmailChange(change, this->NewEvent()).value());
  EXPECT_THAT(this->Mails(),
              testing::UnorderedElementsAre(MailKind::kEmailChangeOld, MailKind::kEmailChangeNew));
  const auto pending =
      this->stores_.email_tokens
          .FindEmailChange(this->Token(this->ada_.user_id, EmailTokenPurpose::kEmailChangeNew, 'n'),
                           kNow)
          .value();
  ASSERT_TRUE(pending.has_value());
  EXPECT_EQ(pending->old_email, "ada@Example.com");
  EXPECT_EQ(pending->new_email, "ada@example.org");
  EXPECT_EQ(this->Confirm(EmailTokenPurpose::kEmailChangeOld, 'n'), EmailChangeStep::kRefused);
  EXPECT_EQ(this->Confirm(EmailTokenPurpose::kEmailChangeOld, 'o'), EmailChangeStep::kHalf);
  EXPECT_EQ(this->Confirm(EmailTokenPurpose::kEmailChangeOld, 'o'), EmailChangeStep::kRefused);
  EXPECT_THAT(this->Mails(), testing::IsEmpty());
  EXPECT_EQ(this->Confirm(EmailTokenPurpose::kEmailChangeNew, 'n'), EmailChangeStep::kChanged);
  EXPECT_THAT(this->Mails(), testing::ElementsAre(MailKind::kEmailChanged));
  EXPECT_FALSE(this->stores_.accounts.FindByEmail("ada@example.com").value().has_value());
  const auto found = this->stores_.accounts.FindByEmail("ada@example.org").value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->user_id, this->ada_.user_id);
  EXPECT_TRUE(found->email_verified);
  const auto live =
      this->stores_.sessions.List(this->ada_.user_id, std::nullopt, 10, kNow, kNoneIdle).value();
  ASSERT_EQ(live.size(), 1u);
  EXPECT_EQ(live[0].session_id, kept.session_id);
  const auto history = this->stores_.sessions.History(this->ada_.user_id, other.session_id).value();
  EXPECT_EQ(history->session.end_reason, domain::EndReason::kEmailChanged);
  EXPECT_EQ(this->stores_.revocations.ReadAfter(0, kNow, 10).value().records.size(), 1u);
}

TYPED_TEST(EmailTokenStoreTest, ATakenAddressGetsNoMailAndIsNotTaken) {
  const auto bob = Account("bob");
  ASSERT_TRUE(this->stores_.accounts
                  .Insert(bob, Audited(domain::AuditAction::kRegister),
                          Audited(domain::AuditAction::kRegister))
                  .value());
  ASSERT_TRUE(this->stores_.email_tokens
                  .RequestEmailChange(this->Change("bob@example.com"), this->NewEvent())
                  .value());
  EXPECT_THAT(this->Mails(), testing::ElementsAre(MailKind::kEmailChangeOld));
  EXPECT_EQ(this->Confirm(EmailTokenPurpose::kEmailChangeOld, 'o'), EmailChangeStep::kHalf);
  EXPECT_EQ(this->Confirm(EmailTokenPurpose::kEmailChangeNew, 'n'), EmailChangeStep::kTaken);
  EXPECT_EQ((*this->stores_.accounts.FindByEmail("bob@example.com"))->user_id, bob.user_id);
  EXPECT_THAT(this->Mails(), testing::IsEmpty());
}

TYPED_TEST(EmailTokenStoreTest, ASecondRequestWaitsForTheInterval) {
  ASSERT_TRUE(this->stores_.email_tokens
                  .RequestEmailChange(this->Change("ada@example.org"), this->NewEvent())
                  .value());
  auto again = this->Change("ada@example.net");
  EXPECT_FALSE(this->stores_.email_tokens.RequestEmailChange(again, this->NewEvent()).value());
  again.last_requested_by = kNow;
  EXPECT_TRUE(this->stores_.email_tokens.RequestEmailChange(again, this->NewEvent()).value());
}

//
TYPED_TEST(EmailTokenStoreTest, AnEventIsThereExactlyWhenItsEffectIs) {
  const auto token = this->Token(this->ada_.user_id, EmailTokenPurpose::kPasswordReset);
  ASSERT_TRUE(this->Issue(token));
  EXPECT_EQ(this->Written(), 1);
  EXPECT_FALSE(this->Issue(token));  // too soon
  auto wrong = token;
  wrong.secret_hash = Hash('x');
  EXPECT_FALSE(this->Reset(wrong));
  EXPECT_EQ(this->Written(), 1);
  EXPECT_TRUE(this->Reset(token));
  EXPECT_EQ(this->Written(), 2);
  ASSERT_TRUE(this->stores_.email_tokens
                  .RequestEmailChange(this->Change("ada@example.org"), this->NewEvent())
                  .value());
  EXPECT_EQ(this->Confirm(EmailTokenPurpose::kEmailChangeOld, 'x'), EmailChangeStep::kRefused);
  EXPECT_EQ(this->Written(), 3);
  EXPECT_EQ(this->Confirm(EmailTokenPurpose::kEmailChangeOld, 'o'), EmailChangeStep::kHalf);
  EXPECT_EQ(this->Confirm(EmailTokenPurpose::kEmailChangeNew, 'n'), EmailChangeStep::kChanged);
  EXPECT_EQ(this->Written(), 5);
}

TYPED_TEST(EmailTokenStoreTest, WhatExpiredIsRemoved) {
  ASSERT_TRUE(this->stores_.email_tokens
                  .RequestEmailChange(this->Change("ada@example.org"), this->NewEvent())
                  .value());
  EXPECT_EQ(this->stores_.email_tokens.RemoveExpired(kNow + absl::Hours(1)).value(), 0);
  EXPECT_EQ(
      this->stores_.email_tokens.RemoveExpired(kNow + absl::Hours(1) + absl::Seconds(1)).value(),
      3);
}

}  // namespace
}  // namespace signet::conformance
