#include <algorithm>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "client/base/error.h"
#include "server/domain/permissions.h"
#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using domain::AccessOutcome;
using domain::SubjectId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

SubjectId SubjectOf(const domain::NewAccount& account) { return SubjectId(account.user_id.uuid()); }

template <typename Stores>
class AccessStoreTest : public testing::Test {
 protected:
  AccessStoreTest() : root_(Inserted("root", {"admin"})), ada_(Inserted("ada", {})) {
    by_ = domain::Authority{root_.user_id, kNow, domain::PermissionsOf({"admin"})};
  }

  domain::NewAccount Inserted(const std::string& name, std::vector<std::string> roles) {
    domain::NewAccount account = Account(name);
    account.roles = std::move(roles);
    EXPECT_TRUE(stores_.accounts
                    .Insert(account, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
    return account;
  }
  AccessOutcome Create(const std::string& name, std::vector<std::string> permissions) {
    domain::Role role;
    role.name = name;
    role.description = "of a test";
    role.permissions = std::move(permissions);
    return stores_.access.CreateRole(by_, role, kNow, Audited(domain::AuditAction::kRoleGrant))
        ->outcome;
  }
  AccessOutcome Give(const std::string& role, std::optional<absl::Time> until = std::nullopt) {
    return stores_.access
        .Grant(by_, {SubjectOf(ada_), role, until}, {}, kNow, kExpires,
               Audited(domain::AuditAction::kRoleGrant))
        ->outcome;
  }
  domain::SessionGrant Opened(const domain::NewAccount& account) {
    return **stores_.sessions.Open(Session(account), Audited(domain::AuditAction::kLogin));
  }
  std::string Reason(const absl::Status& status) { return base::ErrorReason(status); }

  Stores stores_;
  const domain::NewAccount root_;
  const domain::NewAccount ada_;
  domain::Authority by_;
};
TYPED_TEST_SUITE(AccessStoreTest, AllStores, StoresName);

TYPED_TEST(AccessStoreTest, BuiltInRolesAreThereFromTheStart) {
  const auto roles = this->stores_.access.ListRoles("", 10).value();
  ASSERT_EQ(roles.size(), 2u);
  EXPECT_EQ(roles[0].name, "admin");
  EXPECT_EQ(roles[1].name, "auditor");
  EXPECT_TRUE(roles[0].built_in && roles[1].built_in);
  EXPECT_THAT(roles[0].permissions, IsEmpty());
}

TYPED_TEST(AccessStoreTest, ARoleIsMadeFoundChangedAndRemoved) {
  auto& access = this->stores_.access;
  EXPECT_EQ(this->Create("clerk", {"app:a", "app:b"}), AccessOutcome::kDone);
  EXPECT_EQ(this->Create("clerk", {"app:c"}), AccessOutcome::kRoleExists);
  const auto made = access.FindRole("clerk").value();
  EXPECT_THAT(made->permissions, ElementsAre("app:a", "app:b"));
  EXPECT_EQ(made->description, "of a test");
  EXPECT_EQ(made->created_at, kNow);
  EXPECT_FALSE(made->built_in);

  domain::RoleChange change;
  change.name = "clerk";
  change.description = "another";
  change.expected_version = made->version;
  EXPECT_EQ(
      access
          .UpdateRole(this->by_, change, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
          ->outcome,
      AccessOutcome::kDone);
  EXPECT_EQ(
      access
          .UpdateRole(this->by_, change, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
          ->outcome,
      AccessOutcome::kVersionMismatch);
  EXPECT_THAT(access.FindRole("clerk").value()->permissions, ElementsAre("app:a", "app:b"));
  change.name = "admin";
  EXPECT_EQ(
      access
          .UpdateRole(this->by_, change, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
          ->outcome,
      AccessOutcome::kBuiltIn);
  change.name = "nothing";
  EXPECT_EQ(
      access
          .UpdateRole(this->by_, change, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
          ->outcome,
      AccessOutcome::kRoleUnknown);

  EXPECT_EQ(access.DeleteRole(this->by_, "admin", kNow, Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kBuiltIn);
  EXPECT_EQ(access.DeleteRole(this->by_, "clerk", kNow, Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kDone);
  EXPECT_EQ(access.DeleteRole(this->by_, "clerk", kNow, Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kRoleUnknown);
  EXPECT_EQ(access.FindRole("clerk").value(), std::nullopt);
  EXPECT_EQ(this->Create("clerk", {"app:c"}), AccessOutcome::kDone);
  EXPECT_THAT(access.FindRole("clerk").value()->permissions, ElementsAre("app:c"));
}

//
TYPED_TEST(AccessStoreTest, WhatASessionIsToldIsWhatItsPersonHolds) {
  ASSERT_EQ(this->Create("clerk", {"app:a", "app:b"}), AccessOutcome::kDone);
  EXPECT_THAT(this->Opened(this->ada_).roles, IsEmpty());
  const absl::Time until = kNow + absl::Hours(1);
  ASSERT_EQ(this->Give("clerk", until), AccessOutcome::kDone);
  ASSERT_EQ(this->Give("auditor"), AccessOutcome::kDone);
  const domain::NewSession session = Session(this->ada_);
  const auto opened =
      this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin)).value();
  const auto rotated =
      RotateIn(this->stores_.sessions, Rotate(session, 0, Hash('0'), Hash('1'), kNow));
  const auto read = this->stores_.sessions.Read(Present(session, 0, Hash('0'))).value();
  for (const domain::SessionGrant& grant : {*opened, *rotated, read->grant}) {
    ASSERT_EQ(grant.roles.size(), 2u);
    EXPECT_EQ(grant.roles[0].name, "clerk");
    EXPECT_THAT(grant.roles[0].permissions, ElementsAre("app:a", "app:b"));
    EXPECT_EQ(grant.roles[0].expires_at, until);
    EXPECT_EQ(grant.roles[1].name, "auditor");
    EXPECT_THAT(grant.roles[1].permissions, IsEmpty());
    EXPECT_EQ(grant.roles[1].expires_at, absl::InfiniteFuture());
  }
  const auto access = this->stores_.access.ReadAccess(SubjectOf(this->ada_)).value();
  EXPECT_TRUE(access->active);
  EXPECT_EQ(access->kind, domain::SubjectKind::kPerson);
  EXPECT_EQ(access->held.size(), 2u);
  // What an older version of this server reads.
  EXPECT_THAT(this->stores_.accounts.FindById(this->ada_.user_id).value()->roles,
              ElementsAre("clerk", "auditor"));
}

// the tokens of before are refused by one record, the next ones are dated after it.
TYPED_TEST(AccessStoreTest, TakingARoleAwayCutsTheTokensOfBefore) {
  ASSERT_EQ(this->Give("auditor"), AccessOutcome::kDone);
  EXPECT_EQ(this->stores_.revocations.ReadAfter(0, kNow, 10)->records.size(), 0u);
  const auto take = [&] {
    return this->stores_.access
        .Revoke(this->by_, SubjectOf(this->ada_), "auditor", {}, kNow, kExpires,
                Audited(domain::AuditAction::kRoleGrant))
        ->outcome;
  };
  EXPECT_EQ(take(), AccessOutcome::kDone);
  EXPECT_EQ(take(), AccessOutcome::kNotHeld);
  const auto log = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(log.records.size(), 1u);
  EXPECT_EQ(log.records[0].kind, token::RevocationKind::kUser);
  EXPECT_EQ(log.records[0].subject, this->ada_.user_id.ToString());
  // More than a second ahead: for tokens that are being signed while it commits.
  EXPECT_GT(log.records[0].not_before, kNow + absl::Seconds(1));
  const auto next = this->Opened(this->ada_);
  EXPECT_EQ(next.user_not_before, log.records[0].not_before);
  EXPECT_THAT(next.roles, IsEmpty());
}

TYPED_TEST(AccessStoreTest, OnlyAnEarlierExpiryCuts) {
  ASSERT_EQ(this->Give("auditor", kNow + absl::Hours(2)), AccessOutcome::kDone);
  ASSERT_EQ(this->Give("auditor"), AccessOutcome::kDone);
  EXPECT_EQ(this->stores_.revocations.ReadAfter(0, kNow, 10)->records.size(), 0u);
  ASSERT_EQ(this->Give("auditor", kNow + absl::Hours(1)), AccessOutcome::kDone);
  EXPECT_EQ(this->stores_.revocations.ReadAfter(0, kNow, 10)->records.size(), 1u);
}

TYPED_TEST(AccessStoreTest, ARoleThatLosesAPermissionCutsEverybodyWhoHoldsIt) {
  ASSERT_EQ(this->Create("clerk", {"app:a", "app:b"}), AccessOutcome::kDone);
  ASSERT_EQ(this->Give("clerk"), AccessOutcome::kDone);
  domain::RoleChange change;
  change.name = "clerk";
  change.permissions = {"app:a", "app:b", "app:c"};
  ASSERT_EQ(
      this->stores_.access
          .UpdateRole(this->by_, change, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
          ->outcome,
      AccessOutcome::kDone);
  EXPECT_EQ(this->stores_.revocations.ReadAfter(0, kNow, 10)->records.size(), 0u);
  change.permissions = {"app:a"};
  ASSERT_EQ(
      this->stores_.access
          .UpdateRole(this->by_, change, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
          ->outcome,
      AccessOutcome::kDone);
  const auto log = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(log.records.size(), 1u);
  EXPECT_EQ(log.records[0].subject, this->ada_.user_id.ToString());
  EXPECT_THAT(this->Opened(this->ada_).roles[0].permissions, ElementsAre("app:a"));
  EXPECT_EQ(this->stores_.access
                .DeleteRole(this->by_, "clerk", kNow, Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kRoleInUse);
}

TYPED_TEST(AccessStoreTest, TheCallersAuthorityIsJudgedInTheStatement) {
  auto& access = this->stores_.access;
  const domain::Authority weak{this->root_.user_id, kNow, {"access.manage"}};
  const auto refused = access.Grant(weak, {SubjectOf(this->ada_), "admin", {}}, {"keys.manage"},
                                    kNow, kExpires, Audited(domain::AuditAction::kRoleGrant));
  EXPECT_EQ(refused->outcome, AccessOutcome::kPermissionMissing);
  EXPECT_EQ(refused->missing_permission, "keys.manage");

  // Whoever lost a role since his token was issued.
  const domain::NewAccount eve = this->Inserted("eve", {"admin"});
  domain::Authority outdated = this->by_;
  outdated.user_id = eve.user_id;
  ASSERT_EQ(access
                .Revoke(this->by_, SubjectOf(eve), "admin", {}, kNow, kExpires,
                        Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kDone);
  domain::Role role;
  role.name = "more";
  EXPECT_EQ(
      access.CreateRole(outdated, role, kNow, Audited(domain::AuditAction::kRoleGrant))->outcome,
      AccessOutcome::kAuthorityOutdated);
  EXPECT_EQ(access
                .Grant(outdated, {SubjectOf(this->ada_), "admin", {}}, {}, kNow, kExpires,
                       Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kAuthorityOutdated);
  EXPECT_EQ(access
                .Revoke(outdated, SubjectOf(this->root_), "admin", {}, kNow, kExpires,
                        Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kAuthorityOutdated);
}

TYPED_TEST(AccessStoreTest, UnknownSubjectsAndRoles) {
  auto& access = this->stores_.access;
  const SubjectId nobody = SubjectId::New(kNow);
  EXPECT_EQ(access
                .Grant(this->by_, {nobody, "auditor", {}}, {}, kNow, kExpires,
                       Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kSubjectUnknown);
  EXPECT_EQ(access
                .Revoke(this->by_, nobody, "auditor", {}, kNow, kExpires,
                        Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kSubjectUnknown);
  EXPECT_EQ(this->Give("nothing"), AccessOutcome::kRoleUnknown);
  EXPECT_EQ(access.ReadAccess(nobody).value(), std::nullopt);
  EXPECT_THAT(access.GrantsOf(nobody).value(), IsEmpty());
}

TYPED_TEST(AccessStoreTest, GrantsAreListedBySubjectAndByRole) {
  auto& access = this->stores_.access;
  const absl::Time until = kNow + absl::Hours(1);
  ASSERT_EQ(this->Give("auditor", until), AccessOutcome::kDone);
  const auto held = access.GrantsOf(SubjectOf(this->ada_)).value();
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].role, "auditor");
  EXPECT_EQ(held[0].granted_by, this->root_.user_id);
  EXPECT_EQ(held[0].granted_at, kNow);
  EXPECT_EQ(held[0].expires_at, until);
  const auto first = access.GrantsOf(SubjectOf(this->root_)).value();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].granted_by, std::nullopt);

  std::vector<SubjectId> holders = {SubjectOf(this->ada_)};
  for (const char* name : {"b", "c", "d"}) {
    holders.push_back(SubjectOf(this->Inserted(name, {"auditor"})));
  }
  std::sort(holders.begin(), holders.end());
  std::vector<SubjectId> listed;
  std::optional<SubjectId> after;
  do {
    const auto page = access.HoldersOf("auditor", after, 3).value();
    for (const auto& grant : page) listed.push_back(grant.subject);
    after = page.size() == 3 ? std::optional(page.back().subject) : std::nullopt;
  } while (after);
  EXPECT_EQ(listed, holders);
}

// whoever takes part, and however many at the same time.
TYPED_TEST(AccessStoreTest, TheLastAdministratorStaysUnderConcurrentRemovals) {
  auto& access = this->stores_.access;
  EXPECT_EQ(this->Reason(access
                             .Revoke(this->by_, SubjectOf(this->root_), "admin", {}, kNow, kExpires,
                                     Audited(domain::AuditAction::kRoleGrant))
                             .status()),
            "LAST_ADMINISTRATOR");
  for (int round = 0; round < 10; ++round) {
    std::vector<domain::NewAccount> admins;
    for (int i = 0; i < 4; ++i) {
      admins.push_back(
          this->Inserted("a" + std::to_string(round) + "-" + std::to_string(i), {"admin"}));
    }
    // Each removes himself, and the first one of all; nobody is removed twice.
    admins.push_back(this->root_);
    std::vector<std::thread> threads;
    std::atomic<int> last = 0;
    std::atomic<int> done = 0;
    for (const domain::NewAccount& admin : admins) {
      threads.emplace_back([&, admin] {
        const domain::Authority self{admin.user_id, kNow + absl::Hours(24 * 3650),
                                     domain::PermissionsOf({"admin"})};
        const auto taken = access.Revoke(self, SubjectOf(admin), "admin", {}, kNow, kExpires,
                                         Audited(domain::AuditAction::kRoleGrant));
        if (taken.ok()) {
          done += taken->outcome == AccessOutcome::kDone ? 1 : 0;
        } else {
          last += this->Reason(taken.status()) == "LAST_ADMINISTRATOR" ? 1 : 0;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(done, 4) << round;
    ASSERT_EQ(last, 1) << round;
    const auto left = access.HoldersOf("admin", std::nullopt, 10).value();
    ASSERT_EQ(left.size(), 1u);
    // He hands it back to the first one for the next round.
    const domain::Authority by{base::UserId(left[0].subject.uuid()), kNow + absl::Hours(24 * 3650),
                               domain::PermissionsOf({"admin"})};
    if (left[0].subject == SubjectOf(this->root_)) continue;
    ASSERT_EQ(access
                  .Grant(by, {SubjectOf(this->root_), "admin", {}}, {}, kNow, kExpires,
                         Audited(domain::AuditAction::kRoleGrant))
                  ->outcome,
              AccessOutcome::kDone);
    ASSERT_EQ(access
                  .Revoke(by, left[0].subject, "admin", {}, kNow, kExpires,
                          Audited(domain::AuditAction::kRoleGrant))
                  ->outcome,
              AccessOutcome::kDone);
  }
}

TYPED_TEST(AccessStoreTest, AnAdministratorWithAnEndIsNoneWhoStays) {
  auto& access = this->stores_.access;
  ASSERT_EQ(this->Give("admin", kNow + absl::Hours(1)), AccessOutcome::kDone);
  EXPECT_EQ(this->Reason(access
                             .Revoke(this->by_, SubjectOf(this->root_), "admin", {}, kNow, kExpires,
                                     Audited(domain::AuditAction::kRoleGrant))
                             .status()),
            "LAST_ADMINISTRATOR");
  // Nor can the one who stays be given an end.
  EXPECT_EQ(
      this->Reason(access
                       .Grant(this->by_, {SubjectOf(this->root_), "admin", kNow + absl::Hours(1)},
                              {}, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
                       .status()),
      "LAST_ADMINISTRATOR");
  ASSERT_EQ(this->Give("admin"), AccessOutcome::kDone);
  EXPECT_EQ(access
                .Revoke(this->by_, SubjectOf(this->root_), "admin", {}, kNow, kExpires,
                        Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kDone);
}

// exactly when it is done.
TYPED_TEST(AccessStoreTest, AnEventIsWrittenWithItsEffectAndOnlyThen) {
  auto& access = this->stores_.access;
  const auto given = Audited(domain::AuditAction::kRoleGrant, this->ada_.user_id);
  const auto taken = Audited(domain::AuditAction::kRoleRevoke, this->ada_.user_id);
  const auto again = Audited(domain::AuditAction::kRoleRevoke, this->ada_.user_id);
  const auto last = Audited(domain::AuditAction::kRoleRevoke, this->root_.user_id);
  const SubjectId ada = SubjectOf(this->ada_);
  EXPECT_TRUE(access.Grant(this->by_, {ada, "auditor", {}}, {}, kNow, kExpires, given).ok());
  EXPECT_TRUE(access.Revoke(this->by_, ada, "auditor", {}, kNow, kExpires, taken).ok());
  EXPECT_TRUE(access.Revoke(this->by_, ada, "auditor", {}, kNow, kExpires, again).ok());
  EXPECT_FALSE(
      access.Revoke(this->by_, SubjectOf(this->root_), "admin", {}, kNow, kExpires, last).ok());
  EXPECT_EQ(this->stores_.InLog(given), 1);
  EXPECT_EQ(this->stores_.InLog(taken), 1);
  EXPECT_EQ(this->stores_.InLog(again), 0);
  EXPECT_EQ(this->stores_.InLog(last), 0);
}

}  // namespace
}  // namespace signet::conformance
