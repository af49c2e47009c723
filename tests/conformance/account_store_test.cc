#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

template <typename Stores>
class AccountStoreTest : public testing::Test {
 protected:
  domain::NewAccount Inserted(const std::string& name) {
    const domain::NewAccount account = Account(name);
    EXPECT_TRUE(stores_.accounts
                    .Insert(account, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
    return account;
  }

  Stores stores_;
};
TYPED_TEST_SUITE(AccountStoreTest, AllStores, StoresName);

TYPED_TEST(AccountStoreTest, WhatWasInsertedIsFoundByEmailAndById) {
  const domain::NewAccount ada = this->Inserted("ada");
  for (const auto& found : {this->stores_.accounts.FindByEmail("ada@example.com"),
                            this->stores_.accounts.FindById(ada.user_id)}) {
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ((*found)->user_id, ada.user_id);
    EXPECT_EQ((*found)->status, domain::AccountStatus::kActive);
    EXPECT_EQ((*found)->email, "ada@Example.com");
    EXPECT_EQ((*found)->password_hash, "$argon2id$first");
    EXPECT_EQ((*found)->password_version, 1);
    EXPECT_EQ((*found)->roles, ada.roles);
  }
}

TYPED_TEST(AccountStoreTest, NobodyIsFoundUnderAnotherSpelling) {
  this->Inserted("ada");
  EXPECT_EQ(this->stores_.accounts.FindByEmail("ADA@example.com").value(), std::nullopt);
  EXPECT_EQ(this->stores_.accounts.FindById(base::UserId::New(kNow)).value(), std::nullopt);
}

// a value stays a value, whatever it looks like.
TYPED_TEST(AccountStoreTest, AnEmailThatLooksLikeSqlIsOnlyAnEmail) {
  domain::NewAccount bobby = Account("x");
  bobby.canonical_email = "'); DROP TABLE signet.users; --@example.com";
  ASSERT_TRUE(this->stores_.accounts
                  .Insert(bobby, Audited(domain::AuditAction::kRegister),
                          Audited(domain::AuditAction::kRegister))
                  .value());
  EXPECT_TRUE(this->stores_.accounts.FindByEmail(bobby.canonical_email).value().has_value());
}

TYPED_TEST(AccountStoreTest, ASecondAccountWithTheSameEmailIsRefusedAndChangesNothing) {
  const domain::NewAccount ada = this->Inserted("ada");
  EXPECT_FALSE(this->stores_.accounts
                   .Insert(Account("ada"), Audited(domain::AuditAction::kRegister),
                           Audited(domain::AuditAction::kRegister))
                   .value());
  EXPECT_EQ((*this->stores_.accounts.FindByEmail("ada@example.com"))->user_id, ada.user_id);
}

//
TYPED_TEST(AccountStoreTest, OfManyFirstAdministratorsOneIsMade) {
  std::atomic<int> made = 0;
  std::vector<std::thread> racers;
  for (int i = 0; i < 8; ++i) {
    racers.emplace_back([&, i] {
      domain::NewAccount admin = Account("admin" + std::to_string(i));
      admin.roles = {"admin"};
      made += this->stores_.accounts
                      .InsertFirstAdministrator(
                          admin, Audited(domain::AuditAction::kBootstrapAdministrator))
                      .value()
                  ? 1
                  : 0;
    });
  }
  for (std::thread& racer : racers) racer.join();
  EXPECT_EQ(made, 1);
}

TYPED_TEST(AccountStoreTest, TheFirstAdministratorDoesNotTakeOverAnExistingAccount) {
  this->Inserted("ada");
  domain::NewAccount admin = Account("ada");
  admin.roles = {"admin"};
  EXPECT_FALSE(
      this->stores_.accounts
          .InsertFirstAdministrator(admin, Audited(domain::AuditAction::kBootstrapAdministrator))
          .value());
}

//
TYPED_TEST(AccountStoreTest, ARehashNeedsTheVersionThatWasChecked) {
  const domain::NewAccount ada = this->Inserted("ada");
  EXPECT_TRUE(this->stores_.accounts.Rehash(ada.user_id, 1, "$argon2id$second").value());
  EXPECT_FALSE(this->stores_.accounts.Rehash(ada.user_id, 1, "$argon2id$third").value());
  const auto found = this->stores_.accounts.FindById(ada.user_id).value();
  EXPECT_EQ(found->password_hash, "$argon2id$second");
  EXPECT_EQ(found->password_version, 2);
}

TYPED_TEST(AccountStoreTest, ChangingThePasswordEndsAndRevokesEveryOtherSession) {
  const domain::NewAccount ada = this->Inserted("ada");
  const domain::NewSession kept = Session(ada);
  const domain::NewSession first = Session(ada);
  const domain::NewSession second = Session(ada);
  for (const auto* session : {&kept, &first, &second}) {
    ASSERT_TRUE(this->stores_.sessions.Open(*session, Audited(domain::AuditAction::kLogin))
                    .value()
                    .has_value());
  }
  ASSERT_TRUE(this->stores_.accounts
                  .ChangePassword(ada.user_id, 1, "$argon2id$new", kept.session_id, kNow,
                                  kNow + absl::Minutes(15), domain::MailRow(),
                                  Audited(domain::AuditAction::kChangePassword))
                  .value());
  const auto live =
      this->stores_.sessions.List(ada.user_id, std::nullopt, 10, kNow, kNoneIdle).value();
  ASSERT_EQ(live.size(), 1u);
  EXPECT_EQ(live[0].session_id, kept.session_id);
  const auto page = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  std::vector<std::string> subjects;
  for (const auto& record : page.records) {
    EXPECT_EQ(record.kind, token::RevocationKind::kSession);
    subjects.push_back(record.subject);
  }
  EXPECT_THAT(subjects, testing::UnorderedElementsAre(first.session_id.ToString(),
                                                      second.session_id.ToString()));
  const auto history = this->stores_.sessions.History(ada.user_id, first.session_id).value();
  EXPECT_EQ(history->session.end_reason, domain::EndReason::kPasswordChanged);
}

TYPED_TEST(AccountStoreTest, APasswordChangeThatComesSecondChangesNothing) {
  const domain::NewAccount ada = this->Inserted("ada");
  const domain::NewSession session = Session(ada);
  ASSERT_TRUE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                  .value()
                  .has_value());
  EXPECT_FALSE(this->stores_.accounts
                   .ChangePassword(ada.user_id, 7, "$argon2id$new", std::nullopt, kNow, kExpires,
                                   domain::MailRow(), Audited(domain::AuditAction::kChangePassword))
                   .value());
  EXPECT_EQ(
      this->stores_.sessions.List(ada.user_id, std::nullopt, 10, kNow, kNoneIdle).value().size(),
      1u);
  EXPECT_EQ(this->stores_.revocations.ReadAfter(0, kNow, 10).value().head, 0);
}

// A login with the old password that runs at the same time must not leave a session behind.
TYPED_TEST(AccountStoreTest, NoSessionOpenedWithTheOldPasswordOutlivesTheChange) {
  for (int round = 0; round < 25; ++round) {
    const domain::NewAccount person = this->Inserted("p" + std::to_string(round));
    std::vector<std::thread> logins;
    for (int i = 0; i < 4; ++i) {
      logins.emplace_back([&] {
        EXPECT_TRUE(
            this->stores_.sessions.Open(Session(person), Audited(domain::AuditAction::kLogin))
                .ok());
      });
    }
    EXPECT_TRUE(this->stores_.accounts
                    .ChangePassword(person.user_id, 1, "$new", std::nullopt, kNow, kExpires,
                                    domain::MailRow(),
                                    Audited(domain::AuditAction::kChangePassword))
                    .value());
    for (std::thread& login : logins) login.join();
    EXPECT_TRUE(this->stores_.sessions.List(person.user_id, std::nullopt, 10, kNow, kNoneIdle)
                    .value()
                    .empty());
  }
}

}  // namespace
}  // namespace signet::conformance
