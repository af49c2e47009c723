#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/conformance/user_store_fixture.h"

namespace signet::conformance {
namespace {

using domain::AccountClosing;
using domain::AccountStatus;
using testing::ElementsAre;
using testing::IsEmpty;

template <typename Stores>
class UserDataTest : public PeopleStoreTest<Stores> {};
TYPED_TEST_SUITE(UserDataTest, AllStores, StoresName);

domain::ImportedUser Imported(const std::string& name) {
  domain::ImportedUser user;
  user.id = base::UserId::New(kNow);
  user.email = name + "@Example.com";
  user.canonical_email = name + "@example.com";
  user.password_hash = "$2a$05$imported";
  user.display_name = "\"" + name + "\", {x}\\";
  user.created_at = kNow - absl::Hours(24);
  return user;
}

//
TYPED_TEST(UserDataTest, AnImportMakesWhoIsMissingAndLeavesTheOthers) {
  const auto ada = this->Inserted("ada");
  auto bob = Imported("bob");
  auto eve = Imported("eve");
  bob.status = AccountStatus::kDisabled;
  eve.password_hash = "";
  const auto results =
      this->stores_.users
          .Import({eve, Imported("ada"), bob}, kNow, Audited(domain::AuditAction::kImportUsers))
          .value();
  ASSERT_EQ(results.size(), 3u);
  EXPECT_TRUE(results[0].inserted && !results[1].inserted && results[2].inserted);
  EXPECT_EQ(results[0].id, eve.id);
  EXPECT_EQ(results[1].id, ada.user_id);
  EXPECT_EQ(results[2].id, bob.id);
  EXPECT_EQ(this->stores_.accounts.FindByEmail("ada@example.com").value()->password_hash,
            "$argon2id$first");
  const auto found = this->stores_.accounts.FindByEmail("bob@example.com").value();
  EXPECT_EQ(found->password_hash, "$2a$05$imported");
  EXPECT_EQ(found->status, AccountStatus::kDisabled);
  EXPECT_THAT(found->roles, IsEmpty());
  const auto user = this->stores_.users.Read(bob.id).value();
  EXPECT_EQ(user->display_name, bob.display_name);
  EXPECT_EQ(user->created_at, bob.created_at);
  EXPECT_EQ(user->updated_at, kNow);
  EXPECT_FALSE(this->stores_.users.Read(eve.id).value()->has_password);
}

TYPED_TEST(UserDataTest, TwoImportsOfTheSamePeopleMakeEachOfThemOnce) {
  for (int round = 0; round < 10; ++round) {
    std::vector<domain::ImportedUser> people;
    for (int i = 0; i < 50; ++i) people.push_back(Imported(absl::StrCat("p", round, "_", i)));
    std::vector<domain::ImportedUser> backwards(people.rbegin(), people.rend());
    for (auto& user : backwards) user.id = base::UserId::New(kNow);
    std::atomic<int> made = 0;
    const auto import = [&](const std::vector<domain::ImportedUser>& users) {
      const auto results =
          this->stores_.users.Import(users, kNow, Audited(domain::AuditAction::kImportUsers));
      ASSERT_TRUE(results.ok()) << results.status();
      for (const auto& result : *results) made += result.inserted ? 1 : 0;
    };
    std::thread other([&] { import(backwards); });
    import(people);
    other.join();
    EXPECT_EQ(made, 50);
  }
}

//
TYPED_TEST(UserDataTest, TheExportHasTheAccountFirstAndComesInPages) {
  const auto ada = this->Inserted("ada");
  ASSERT_TRUE(this->stores_.sessions.Open(Session(ada), Audited(domain::AuditAction::kLogin))
                  .value()
                  .has_value());
  const auto all = this->stores_.users.Export(ada.user_id, 0, 100).value();
  ASSERT_GE(all.size(), 2u);
  EXPECT_EQ(all[0].table, "users");
  EXPECT_THAT(all[0].record, testing::HasSubstr("ada@Example.com"));
  for (size_t i = 0; i < all.size(); ++i) {
    const auto page = this->stores_.users.Export(ada.user_id, static_cast<int64_t>(i), 1).value();
    ASSERT_EQ(page.size(), 1u);
    EXPECT_EQ(page[0].record, all[i].record);
  }
  EXPECT_THAT(this->stores_.users.Export(base::UserId::New(kNow), 0, 100).value(), IsEmpty());
}

//
TYPED_TEST(UserDataTest, ErasingClosesTheAccountAndForgetsThePerson) {
  const auto ada = this->Inserted("ada", kNow, {"reader"});
  const auto session = Session(ada);
  ASSERT_TRUE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                  .value()
                  .has_value());
  auto closing = ClosingTo(AccountStatus::kDeleted);
  closing.status = AccountStatus::kErased;
  const auto erased =
      this->stores_.users.Erase(ada.user_id, closing, Audited(domain::AuditAction::kEraseUser))
          .value();
  EXPECT_EQ(erased.outcome, AccountClosing::Outcome::kClosed);
  EXPECT_EQ(erased.ended_sessions, 1);
  const auto gone = this->stores_.users.Read(ada.user_id).value();
  EXPECT_EQ(gone->status, AccountStatus::kErased);
  EXPECT_EQ(gone->email, "");
  EXPECT_EQ(gone->canonical_email, "");
  EXPECT_THAT(gone->roles, IsEmpty());
  const auto history = this->stores_.sessions.History(ada.user_id, session.session_id).value();
  ASSERT_TRUE(history);
  EXPECT_EQ(history->session.device_name, "");
  EXPECT_EQ(history->session.end_reason, domain::EndReason::kAccountDeleted);
  for (const auto& event : history->events) EXPECT_EQ(event.peer.address, "");
  EXPECT_EQ(
      this->stores_.users.Erase(ada.user_id, closing, Audited(domain::AuditAction::kEraseUser))
          .value()
          .outcome,
      AccountClosing::Outcome::kAlready);
  EXPECT_EQ(this->stores_.users
                .Erase(base::UserId::New(kNow), closing, Audited(domain::AuditAction::kEraseUser))
                .value()
                .outcome,
            AccountClosing::Outcome::kUnknown);
  EXPECT_EQ(this->Close(ada, AccountStatus::kDeleted).outcome, AccountClosing::Outcome::kAlready);
  EXPECT_THAT(this->Names({.status = AccountStatus::kErased}), ElementsAre(""));
}

// the event exists exactly when the effect does.
TYPED_TEST(UserDataTest, EachEffectWritesItsEventAndNothingElseDoes) {
  const auto root = this->Inserted("root", kNow, {"admin"});
  const auto ada = this->Inserted("ada");
  auto& users = this->stores_.users;
  const auto closing = ClosingTo(AccountStatus::kDisabled);
  const auto written = [&](const domain::AuditRecord& record) {
    return this->stores_.InLog(record);
  };
  const auto about = [&](domain::AuditAction action) { return Audited(action, ada.user_id); };

  auto event = about(domain::AuditAction::kUpdateUser);
  ASSERT_TRUE(users.Update(ada.user_id, {"Ada", {}, {}}, kNow, event).ok());
  EXPECT_EQ(written(event), 1);
  event = about(domain::AuditAction::kUpdateUser);
  ASSERT_TRUE(
      users.Update(ada.user_id, {{}, "root@example.com", "root@example.com"}, kNow, event).ok());
  EXPECT_EQ(written(event), 0);
  event = about(domain::AuditAction::kDisableUser);
  ASSERT_TRUE(users.Close(root.user_id, closing, event).ok());  // the last administrator
  EXPECT_EQ(written(event), 0);
  ASSERT_TRUE(users.Close(ada.user_id, closing, event).ok());
  EXPECT_EQ(written(event), 1);
  event = about(domain::AuditAction::kDisableUser);
  ASSERT_TRUE(users.Close(ada.user_id, closing, event).ok());
  EXPECT_EQ(written(event), 0);
  event = about(domain::AuditAction::kEnableUser);
  ASSERT_TRUE(users.Enable(ada.user_id, kNow, event).ok());
  EXPECT_EQ(written(event), 1);
  event = about(domain::AuditAction::kEnableUser);
  ASSERT_TRUE(users.Enable(ada.user_id, kNow, event).ok());
  EXPECT_EQ(written(event), 0);
  event = about(domain::AuditAction::kImportUsers);
  ASSERT_TRUE(users.Import({Imported("bob"), Imported("eve")}, kNow, event).ok());
  EXPECT_EQ(written(event), 1);
  event = about(domain::AuditAction::kImportUsers);
  ASSERT_TRUE(users.Import({Imported("bob")}, kNow, event).ok());
  EXPECT_EQ(written(event), 0);
}

}  // namespace
}  // namespace signet::conformance
