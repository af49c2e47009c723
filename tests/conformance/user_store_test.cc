#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/conformance/user_store_fixture.h"

namespace signet::conformance {
namespace {

using domain::AccountClosing;
using domain::AccountOpening;
using domain::AccountStatus;
using domain::User;
using domain::UserUpdate;
using testing::ElementsAre;
using testing::IsEmpty;

template <typename Stores>
class UserStoreTest : public PeopleStoreTest<Stores> {};
TYPED_TEST_SUITE(UserStoreTest, AllStores, StoresName);

TYPED_TEST(UserStoreTest, ReadsWhatWasInserted) {
  const auto ada = this->Inserted("ada", kNow, {"reader"});
  const auto user = this->stores_.users.Read(ada.user_id).value();
  ASSERT_TRUE(user);
  EXPECT_EQ(user->id, ada.user_id);
  EXPECT_EQ(user->email, "ada@Example.com");
  EXPECT_EQ(user->canonical_email, "ada@example.com");
  EXPECT_EQ(user->display_name, "");
  EXPECT_EQ(user->status, AccountStatus::kActive);
  EXPECT_THAT(user->roles, ElementsAre("reader"));
  EXPECT_TRUE(user->has_password);
  EXPECT_EQ(user->created_at, kNow);
  EXPECT_EQ(user->updated_at, kNow);
  EXPECT_FALSE(this->stores_.users.Read(base::UserId::New(kNow)).value());
}

TYPED_TEST(UserStoreTest, ListsFromTheNewestInPagesWithoutGapOrRepeat) {
  for (int i = 0; i < 7; ++i) {
    this->Inserted(absl::StrCat("p", i), kNow + absl::Seconds(i / 2));  // some at one moment
  }
  std::vector<std::string> all = this->Names({});
  EXPECT_EQ(all.size(), 7u);
  EXPECT_EQ(all.front(), "p6");
  std::vector<std::string> paged;
  std::optional<domain::UserPosition> after;
  while (true) {
    const auto page = this->stores_.users.List({}, after, 2).value();
    if (page.empty()) break;
    for (const User& user : page) paged.push_back(user.email.substr(0, user.email.find('@')));
    after = {page.back().created_at, page.back().id, page.back().canonical_email};
  }
  EXPECT_EQ(paged, all);
}

TYPED_TEST(UserStoreTest, EveryFilterShowsItsOwn) {
  this->Inserted("ada", kNow, {"reader"});
  const auto adam = this->Inserted("adam", kNow + absl::Hours(1));
  this->Inserted("bob", kNow + absl::Hours(2), {"reader", "writer"});
  this->Inserted("ad%", kNow + absl::Hours(3));
  this->Inserted("ad\u00e4", kNow + absl::Hours(3));
  this->Close(adam, AccountStatus::kDisabled);
  EXPECT_THAT(this->Names({.email_prefix = "ada"}), ElementsAre("ada", "adam"));
  EXPECT_THAT(this->Names({.email_prefix = "ad"}), ElementsAre("ad%", "ada", "adam", "ad\u00e4"));
  EXPECT_THAT(this->Names({.email_prefix = "ad%"}), ElementsAre("ad%"));
  EXPECT_THAT(
      this->Names({.email_prefix = "ad"}, 2, domain::UserPosition{{}, {}, "ada@example.com"}),
      ElementsAre("adam", "ad\u00e4"));
  EXPECT_THAT(this->Names({.status = AccountStatus::kDisabled}), ElementsAre("adam"));
  EXPECT_THAT(this->Names({.role = "reader"}), ElementsAre("bob", "ada"));
  EXPECT_THAT(this->Names({.role = "read"}), IsEmpty());
  EXPECT_THAT(
      this->Names({.created_from = kNow + absl::Hours(1), .created_before = kNow + absl::Hours(2)}),
      ElementsAre("adam"));
  EXPECT_THAT(this->Names({.email_prefix = "a",
                           .status = AccountStatus::kActive,
                           .created_before = kNow + absl::Hours(1)}),
              ElementsAre("ada"));
}

TYPED_TEST(UserStoreTest, DeletedPeopleAreListedOnlyWhenAskedFor) {
  const auto ada = this->Inserted("ada");
  this->Close(ada, AccountStatus::kDeleted);
  EXPECT_THAT(this->Names({}), IsEmpty());
  EXPECT_THAT(this->Names({.email_prefix = "ada"}), IsEmpty());
  EXPECT_THAT(this->Names({.status = AccountStatus::kDeleted}), ElementsAre("ada"));
}

TYPED_TEST(UserStoreTest, AnUpdateChangesWhatItNamesAndNothingElse) {
  const auto ada = this->Inserted("ada", kNow, {"reader"});
  const absl::Time later = kNow + absl::Hours(1);
  const auto named =
      this->stores_.users
          .Update(ada.user_id, {"Ada L.", {}, {}}, later, Audited(domain::AuditAction::kUpdateUser))
          .value();
  ASSERT_EQ(named.outcome, UserUpdate::Outcome::kChanged);
  EXPECT_EQ(named.user.display_name, "Ada L.");
  EXPECT_EQ(named.user.email, "ada@Example.com");
  EXPECT_EQ(named.user.updated_at, later);
  EXPECT_THAT(named.user.roles, ElementsAre("reader"));
  EXPECT_TRUE(named.user.has_password);
  const auto moved = this->stores_.users
                         .Update(ada.user_id, {{}, "Eve@x.org", "eve@x.org"}, later,
                                 Audited(domain::AuditAction::kUpdateUser))
                         .value();
  ASSERT_EQ(moved.outcome, UserUpdate::Outcome::kChanged);
  EXPECT_EQ(moved.user.email, "Eve@x.org");
  EXPECT_EQ(moved.user.display_name, "Ada L.");
  EXPECT_FALSE(this->stores_.accounts.FindByEmail("ada@example.com").value());
  EXPECT_EQ(this->stores_.accounts.FindByEmail("eve@x.org").value()->user_id, ada.user_id);
}

TYPED_TEST(UserStoreTest, AnAddressOfAnotherIsTakenAndOnesOwnIsNot) {
  const auto ada = this->Inserted("ada");
  this->Inserted("bob");
  auto& users = this->stores_.users;
  EXPECT_EQ(users
                .Update(ada.user_id, {"X", "bob@example.com", "bob@example.com"}, kNow,
                        Audited(domain::AuditAction::kUpdateUser))
                .value()
                .outcome,
            UserUpdate::Outcome::kEmailTaken);
  EXPECT_EQ(users.Read(ada.user_id).value()->display_name, "");
  EXPECT_EQ(users
                .Update(ada.user_id, {{}, "ADA@example.com", "ada@example.com"}, kNow,
                        Audited(domain::AuditAction::kUpdateUser))
                .value()
                .outcome,
            UserUpdate::Outcome::kChanged);
  EXPECT_EQ(users
                .Update(base::UserId::New(kNow), {"X", {}, {}}, kNow,
                        Audited(domain::AuditAction::kUpdateUser))
                .value()
                .outcome,
            UserUpdate::Outcome::kUnknown);
  this->Close(ada, AccountStatus::kDeleted);
  EXPECT_EQ(
      users.Update(ada.user_id, {"X", {}, {}}, kNow, Audited(domain::AuditAction::kUpdateUser))
          .value()
          .outcome,
      UserUpdate::Outcome::kUnknown);
}

// one statement closes the account, ends its sessions and revokes their tokens.
TYPED_TEST(UserStoreTest, ClosingEndsAndRevokesEverySessionOfThatUserAlone) {
  for (const auto status : {AccountStatus::kDisabled, AccountStatus::kDeleted}) {
    const std::string name = absl::StrCat("p", static_cast<int>(status));
    const auto person = this->Inserted(name);
    const auto other = this->Inserted(name + "other");
    const auto first = Session(person);
    const auto second = Session(person);
    for (const auto& session : {first, second, Session(other)}) {
      ASSERT_TRUE(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin))
                      .value()
                      .has_value());
    }
    const int64_t head = this->stores_.revocations.ReadAfter(0, kNow, 1000).value().head;
    const AccountClosing closed = this->Close(person, status);
    EXPECT_EQ(closed.outcome, AccountClosing::Outcome::kClosed);
    EXPECT_EQ(closed.ended_sessions, 2);
    EXPECT_THAT(this->Live(person), IsEmpty());
    EXPECT_EQ(this->Live(other).size(), 1u);
    EXPECT_EQ(this->stores_.sessions.History(person.user_id, first.session_id)
                  .value()
                  ->session.end_reason,
              ClosingTo(status).reason);

    std::multiset<std::string> revoked;
    const auto page = this->stores_.revocations.ReadAfter(head, kNow, 10).value();
    for (const auto& record : page.records) {
      revoked.insert(record.subject);
      if (record.kind == token::RevocationKind::kUser) {
        EXPECT_EQ(record.not_before, kNow + absl::Seconds(1));
      }
    }
    EXPECT_THAT(revoked, testing::UnorderedElementsAre(first.session_id.ToString(),
                                                       second.session_id.ToString(),
                                                       person.user_id.ToString()));
    EXPECT_FALSE(
        this->stores_.sessions.Open(Session(person), Audited(domain::AuditAction::kLogin)).value());
    EXPECT_FALSE(
        RotateIn(this->stores_.sessions, Rotate(first, 0, Hash('0'), Hash('1'), kNow)).has_value());
    EXPECT_EQ(this->Close(person, status).outcome, AccountClosing::Outcome::kAlready);
    EXPECT_EQ(this->stores_.revocations.ReadAfter(head, kNow, 10).value().records.size(), 3u);
  }
}

TYPED_TEST(UserStoreTest, DeletingTakesPasswordAndRolesAndFreesTheAddress) {
  const auto ada = this->Inserted("ada", kNow, {"reader"});
  this->Close(ada, AccountStatus::kDisabled);
  ASSERT_EQ(this->Close(ada, AccountStatus::kDeleted).outcome, AccountClosing::Outcome::kClosed);
  EXPECT_FALSE(this->stores_.accounts.FindByEmail("ada@example.com").value());
  const auto gone = this->stores_.users.Read(ada.user_id).value();
  EXPECT_EQ(gone->status, AccountStatus::kDeleted);
  EXPECT_THAT(gone->roles, IsEmpty());
  EXPECT_FALSE(gone->has_password);
  EXPECT_EQ(gone->canonical_email, "");
  EXPECT_FALSE(this->stores_.accounts.Rehash(ada.user_id, 1, "$argon2id$old").value());
  this->Inserted("ada");
  EXPECT_EQ(this->Close(ada, AccountStatus::kDisabled).outcome, AccountClosing::Outcome::kUnknown);
  EXPECT_EQ(this->stores_.users.Enable(ada.user_id, kNow, Audited(domain::AuditAction::kEnableUser))
                .value(),
            AccountOpening::kUnknown);
}

TYPED_TEST(UserStoreTest, EnablingGivesTheLoginBackAndNoSession) {
  const auto ada = this->Inserted("ada");
  ASSERT_TRUE(this->stores_.sessions.Open(Session(ada), Audited(domain::AuditAction::kLogin))
                  .value()
                  .has_value());
  this->Close(ada, AccountStatus::kDisabled);
  auto& users = this->stores_.users;
  EXPECT_EQ(users.Enable(ada.user_id, kNow, Audited(domain::AuditAction::kEnableUser)).value(),
            AccountOpening::kEnabled);
  EXPECT_EQ(users.Enable(ada.user_id, kNow, Audited(domain::AuditAction::kEnableUser)).value(),
            AccountOpening::kAlready);
  EXPECT_EQ(users.Enable(base::UserId::New(kNow), kNow, Audited(domain::AuditAction::kEnableUser))
                .value(),
            AccountOpening::kUnknown);
  EXPECT_THAT(this->Live(ada), IsEmpty());
  EXPECT_TRUE(this->stores_.sessions.Open(Session(ada), Audited(domain::AuditAction::kLogin))
                  .value()
                  .has_value());
}

//
TYPED_TEST(UserStoreTest, OfTwoLastAdministratorsClosedAtOnceOneStays) {
  auto first = this->Inserted("first", kNow, {"admin"});
  for (int round = 0; round < 25; ++round) {
    const auto second = this->Inserted(absl::StrCat("a", round), kNow, {"admin"});
    const auto how = round % 2 == 0 ? AccountStatus::kDisabled : AccountStatus::kDeleted;
    std::array<AccountClosing::Outcome, 2> outcomes{};
    std::thread other([&] { outcomes[1] = this->Close(second, how).outcome; });
    outcomes[0] = this->Close(first, how).outcome;
    other.join();
    ASSERT_THAT(outcomes,
                testing::UnorderedElementsAre(AccountClosing::Outcome::kClosed,
                                              AccountClosing::Outcome::kLastAdministrator));
    if (outcomes[0] == AccountClosing::Outcome::kClosed) first = second;
  }
  // A disabled one does not count as one who could open the door.
  this->Close(this->Inserted("third", kNow, {"admin"}), AccountStatus::kDisabled);
  EXPECT_EQ(this->Close(first, AccountStatus::kDisabled).outcome,
            AccountClosing::Outcome::kLastAdministrator);
}

// whatever is under way when an account is closed, nothing of it lives afterwards.
TYPED_TEST(UserStoreTest, NoSessionOutlivesTheClosingThatItRaced) {
  for (int round = 0; round < 25; ++round) {
    const auto person = this->Inserted(absl::StrCat("p", round));
    const auto open = Session(person);
    ASSERT_TRUE(this->stores_.sessions.Open(open, Audited(domain::AuditAction::kLogin))
                    .value()
                    .has_value());
    std::vector<std::thread> calls;
    for (int i = 0; i < 3; ++i) {
      calls.emplace_back([&] {
        EXPECT_TRUE(
            this->stores_.sessions.Open(Session(person), Audited(domain::AuditAction::kLogin))
                .ok());
      });
    }
    calls.emplace_back([&] {
      (void)RotateIn(this->stores_.sessions, Rotate(open, 0, Hash('0'), Hash('1'), kNow));
    });
    EXPECT_EQ(this->Close(person, AccountStatus::kDisabled).outcome,
              AccountClosing::Outcome::kClosed);
    for (std::thread& call : calls) call.join();
    EXPECT_THAT(this->Live(person), IsEmpty());
  }
}

}  // namespace
}  // namespace signet::conformance
