#include <gmock/gmock.h>

#include "client/base/error.h"
#include "server/domain/access/check_permission.h"
#include "server/domain/access/grants.h"
#include "server/domain/access/roles.h"
#include "server/domain/accounts/bootstrap_administrator.h"
#include "server/domain/fakes/fake_access_store.h"
#include "server/domain/permissions.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Permissions, AreAClosedListAndApplicationsOwn) {
  EXPECT_TRUE(IsPermission("keys.manage"));
  EXPECT_TRUE(IsPermission("app:invoices.write"));
  for (const char* none : {"", "keys", "keys.manage ", "app:", "app:A", "app:a b", "App:a"}) {
    EXPECT_FALSE(IsPermission(none)) << none;
  }
  EXPECT_TRUE(IsPermission("app:" + std::string(60, 'a')));
  EXPECT_FALSE(IsPermission("app:" + std::string(61, 'a')));
}

TEST(Permissions, OfAnAuditorAreThoseThatChangeNothing) {
  EXPECT_THAT(PermissionsOf({"admin"}).size(), KnownPermissions().size());
  for (const std::string& permission : PermissionsOf({"auditor"})) {
    EXPECT_THAT(permission, Not(testing::EndsWith(".manage")));
  }
  EXPECT_THAT(PermissionsOf({"somebody"}), IsEmpty());
}

//
TEST(AccessAt, CountsARoleBeforeItsExpiryAndNotAtIt) {
  const absl::Time end = absl::FromUnixSeconds(1'800'000'000);
  const std::vector<HeldRole> held = {{"clerk", {"app:b", "app:a"}, end},
                                      {"reader", {"app:a"}, absl::InfiniteFuture()}};
  const Access before = AccessAt(held, end - absl::Microseconds(1));
  EXPECT_THAT(before.permissions, ElementsAre("app:a", "app:b"));
  EXPECT_EQ(before.until, end);
  const Access after = AccessAt(held, end);
  EXPECT_THAT(after.roles, ElementsAre("reader"));
  EXPECT_THAT(after.permissions, ElementsAre("app:a"));
  EXPECT_EQ(after.until, absl::InfiniteFuture());
}

TEST(FittingPermissions, KeepsOursBeforeTheApplicationsAndTheTokenSmall) {
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back("app:" + std::string(50, 'a') + std::to_string(i));
  many.push_back("keys.read");
  const auto fitting = FittingPermissions(many);
  EXPECT_EQ(fitting.front(), "keys.read");
  size_t bytes = 0;
  for (const std::string& permission : fitting) bytes += permission.size() + 3;
  EXPECT_LE(bytes, kMostPermissionBytes);
  EXPECT_GT(bytes, kMostPermissionBytes - 64);
}

class AccessTest : public UseCaseTest {
 protected:
  AccessTest() {
    RegisterCommand command{"root@example.com", base::Secret(kPassword)};
    root_id_ =
        *BootstrapAdministrator(accounts_, hasher_, policy_, audit_recorder_).Run(command, Call());
    EXPECT_TRUE(Register("ada@example.com").ok());
    EXPECT_TRUE(Register("bob@example.com").ok());
  }

  Caller Root() { return CallerOf(Enter("root@example.com")); }
  static SubjectId SubjectOf(const LoginDecision& login) { return SubjectId(login.user_id.uuid()); }
  void MakeRole(const std::string& name, std::vector<std::string> permissions) {
    Role role;
    role.name = name;
    role.permissions = std::move(permissions);
    EXPECT_TRUE(roles_.Create(Root(), role, Call()).ok());
  }
  absl::Status Give(const Caller& caller, SubjectId subject, const std::string& role,
                    std::optional<absl::Time> until = std::nullopt) {
    return grants_.Give(caller, NewGrant{subject, role, until}, Call());
  }
  token::AccessTokenClaims ClaimsOf(const LoginDecision& login) {
    return Judge(login.tokens->access_token).token().claims();
  }
  LoginDecision Refreshed(const LoginDecision& login) {
    auto refreshed = TryRefresh(login.tokens->refresh_token.reveal());
    LoginDecision next;
    next.outcome = LoginOutcome::kSucceeded;
    next.session_id = login.session_id;
    next.user_id = login.user_id;
    EXPECT_TRUE(refreshed.ok() && refreshed->tokens);
    next.tokens = std::move(refreshed->tokens);
    return next;
  }
  static std::string Reason(const absl::Status& status) { return base::ErrorReason(status); }

  FakeAccessStore access_{database_};
  Roles roles_{access_, audit_, lifetimes_};
  Grants grants_{access_, audit_, lifetimes_};
  CheckPermission check_{access_};
  base::UserId root_id_;
};

// in the token from the next refresh on; known to CheckPermission at once.
TEST_F(AccessTest, AGrantedRoleIsInTheNextToken) {
  MakeRole("clerk", {"app:invoices.write"});
  const LoginDecision ada = Enter("ada@example.com");
  EXPECT_FALSE(check_.Run(SubjectOf(ada), "app:invoices.write", Call())->allowed);
  ASSERT_TRUE(Give(Root(), SubjectOf(ada), "clerk").ok());
  const auto answer = check_.Run(SubjectOf(ada), "app:invoices.write", Call());
  EXPECT_TRUE(answer->allowed);
  EXPECT_THAT(answer->roles, ElementsAre("clerk"));
  EXPECT_TRUE(Judge(ada.tokens->access_token).accepted());
  const auto claims = ClaimsOf(Refreshed(ada));
  EXPECT_THAT(claims.roles, ElementsAre("clerk"));
  EXPECT_THAT(claims.permissions, ElementsAre("app:invoices.write"));
}

// the tokens that say the role are refused; the session goes on without it.
TEST_F(AccessTest, ARoleTakenAwayRefusesTheTokensThatSayIt) {
  MakeRole("clerk", {"app:invoices.write"});
  const SubjectId subject = SubjectOf(Enter("ada@example.com"));
  ASSERT_TRUE(Give(Root(), subject, "clerk").ok());
  const LoginDecision ada = Enter("ada@example.com");
  const LoginDecision bob = Enter("bob@example.com");
  ASSERT_TRUE(grants_.Take(Root(), subject, "clerk", Call()).ok());
  EXPECT_EQ(Judge(ada.tokens->access_token).reason(), token::RejectReason::kRevokedUser);
  EXPECT_TRUE(Judge(bob.tokens->access_token).accepted());
  EXPECT_THAT(ClaimsOf(Refreshed(ada)).roles, IsEmpty());
  EXPECT_EQ(Reason(grants_.Take(Root(), subject, "clerk", Call())), "GRANT_UNKNOWN");
}

TEST_F(AccessTest, NoTokenOutlivesTheGrantThatItCarries) {
  MakeRole("clerk", {"app:invoices.write"});
  const SubjectId subject = SubjectOf(Enter("ada@example.com"));
  const absl::Time end = clock_.Now() + absl::Minutes(5);
  EXPECT_EQ(Reason(Give(Root(), subject, "clerk", clock_.Now())), "FIELD_INVALID");
  ASSERT_TRUE(Give(Root(), subject, "clerk", end).ok());
  const LoginDecision ada = Enter("ada@example.com");
  EXPECT_EQ(ClaimsOf(ada).expires_at, end);
  EXPECT_EQ(ada.tokens->expires_in, absl::Minutes(5));
  clock_.Advance(absl::Minutes(5));
  const auto after = ClaimsOf(Refreshed(ada));
  EXPECT_THAT(after.roles, IsEmpty());
  EXPECT_EQ(after.expires_at, clock_.Now() + lifetimes_.access);
  EXPECT_THAT(*grants_.Of(subject, Call()), IsEmpty());
}

// An expiry brought forward takes something away, too.
TEST_F(AccessTest, AnEarlierExpiryRefusesTheTokensThatOutliveIt) {
  MakeRole("clerk", {"app:a"});
  const SubjectId subject = SubjectOf(Enter("ada@example.com"));
  ASSERT_TRUE(Give(Root(), subject, "clerk").ok());
  const LoginDecision ada = Enter("ada@example.com");
  ASSERT_TRUE(Give(Root(), subject, "clerk", clock_.Now() + absl::Minutes(1)).ok());
  EXPECT_FALSE(Judge(ada.tokens->access_token).accepted());
  const LoginDecision next = Refreshed(ada);
  ASSERT_TRUE(Give(Root(), subject, "clerk").ok());
  EXPECT_TRUE(Judge(next.tokens->access_token).accepted());
}

// no raising.
TEST_F(AccessTest, NobodyHandsOnWhatHeDoesNotHoldNorGivesToHimself) {
  MakeRole("delegate", {"access.manage", "access.read"});
  MakeRole("clerk", {"app:a"});
  const SubjectId bob = SubjectOf(Enter("bob@example.com"));
  const SubjectId ada_id = SubjectOf(Enter("ada@example.com"));
  ASSERT_TRUE(Give(Root(), ada_id, "delegate").ok());
  const Caller ada = CallerOf(Enter("ada@example.com"));
  EXPECT_EQ(base::MissingPermission(Give(ada, bob, "admin")), "access.grant_app");
  EXPECT_EQ(base::MissingPermission(Give(ada, bob, "clerk")), "app:a");
  EXPECT_EQ(Reason(Give(ada, ada_id, "delegate")), "SELF_GRANT");
  EXPECT_EQ(Reason(Give(Root(), SubjectId(root_id_.uuid()), "auditor")), "SELF_GRANT");
  EXPECT_TRUE(Give(ada, bob, "delegate").ok());
  // Nor takes it from those above him, or changes what would raise him.
  EXPECT_EQ(Reason(grants_.Take(ada, SubjectId(root_id_.uuid()), "admin", Call())),
            "PERMISSION_MISSING");
  RoleChange change;
  change.name = "delegate";
  change.permissions = {"access.manage", "access.read", "keys.manage"};
  EXPECT_EQ(base::MissingPermission(roles_.Update(ada, change, Call()).status()), "keys.manage");
  Role role;
  role.name = "wide";
  role.permissions = {"keys.manage"};
  EXPECT_EQ(base::MissingPermission(roles_.Create(ada, role, Call()).status()), "keys.manage");
}

// The rights of a token end with the rights of its person: in the statement, not when it is read.
TEST_F(AccessTest, WhoLostHisRightsChangesNothingMore) {
  const SubjectId ada_id = SubjectOf(Enter("ada@example.com"));
  const SubjectId bob = SubjectOf(Enter("bob@example.com"));
  ASSERT_TRUE(Give(Root(), ada_id, "admin").ok());
  const Caller ada = CallerOf(Enter("ada@example.com"));
  ASSERT_TRUE(grants_.Take(Root(), ada_id, "admin", Call()).ok());
  EXPECT_EQ(Reason(Give(ada, bob, "auditor")), "TOKEN_INVALID");
}

//
TEST_F(AccessTest, TheLastAdministratorWhoStaysKeepsTheRole) {
  const SubjectId root(root_id_.uuid());
  const SubjectId ada = SubjectOf(Enter("ada@example.com"));
  EXPECT_EQ(Reason(grants_.Take(Root(), root, "admin", Call())), "LAST_ADMINISTRATOR");
  // One who leaves by himself is none who stays.
  ASSERT_TRUE(Give(Root(), ada, "admin", clock_.Now() + absl::Hours(1)).ok());
  EXPECT_EQ(Reason(grants_.Take(Root(), root, "admin", Call())), "LAST_ADMINISTRATOR");
  ASSERT_TRUE(Give(Root(), ada, "admin").ok());
  EXPECT_TRUE(grants_.Take(Root(), root, "admin", Call()).ok());
  const Caller now_root = CallerOf(Enter("ada@example.com"));
  EXPECT_EQ(Reason(Give(now_root, ada, "admin", clock_.Now() + absl::Hours(1))), "SELF_GRANT");
}

TEST_F(AccessTest, WhoHoldsARoleLosesWhatItLoses) {
  MakeRole("clerk", {"app:a", "app:b"});
  const SubjectId subject = SubjectOf(Enter("ada@example.com"));
  ASSERT_TRUE(Give(Root(), subject, "clerk").ok());
  const LoginDecision ada = Enter("ada@example.com");
  RoleChange more;
  more.name = "clerk";
  more.permissions = {"app:a", "app:b", "app:c"};
  ASSERT_TRUE(roles_.Update(Root(), more, Call()).ok());
  EXPECT_TRUE(Judge(ada.tokens->access_token).accepted());
  RoleChange less = more;
  less.permissions = {"app:a"};
  less.expected_version = 1;
  EXPECT_EQ(Reason(roles_.Update(Root(), less, Call()).status()), "CONFLICT");
  less.expected_version = 2;
  EXPECT_EQ(roles_.Update(Root(), less, Call())->version, 3);
  EXPECT_FALSE(Judge(ada.tokens->access_token).accepted());
  EXPECT_THAT(ClaimsOf(Refreshed(ada)).permissions, ElementsAre("app:a"));
}

TEST_F(AccessTest, BuiltInRolesAndThoseInUseStay) {
  MakeRole("clerk", {"app:a"});
  const SubjectId ada = SubjectOf(Enter("ada@example.com"));
  ASSERT_TRUE(Give(Root(), ada, "clerk").ok());
  EXPECT_EQ(Reason(roles_.Delete(Root(), "clerk", Call())), "ROLE_IN_USE");
  EXPECT_EQ(Reason(roles_.Delete(Root(), "auditor", Call())), "ROLE_BUILT_IN");
  EXPECT_EQ(Reason(roles_.Delete(Root(), "nothing", Call())), "ROLE_UNKNOWN");
  ASSERT_TRUE(grants_.Take(Root(), ada, "clerk", Call()).ok());
  EXPECT_TRUE(roles_.Delete(Root(), "clerk", Call()).ok());
  EXPECT_EQ(Reason(roles_.Get("clerk").status()), "ROLE_UNKNOWN");
  EXPECT_THAT(roles_.Get("auditor")->permissions, Contains("access.read"));
}

TEST_F(AccessTest, NobodyHoldsMoreThanSixteenRoles) {
  const SubjectId ada = SubjectOf(Enter("ada@example.com"));
  const Caller root = Root();
  for (int i = 0; i <= kMostRoles; ++i) {
    const std::string name = "role" + std::to_string(i);
    MakeRole(name, {"app:a"});
    EXPECT_EQ(Reason(Give(root, ada, name)), i < kMostRoles ? "" : "TOO_MANY_ROLES");
  }
}

TEST_F(AccessTest, SomebodyDisabledHoldsNothing) {
  const SubjectId ada = SubjectOf(Enter("ada@example.com"));
  ASSERT_TRUE(Give(Root(), ada, "auditor").ok());
  database_.SetAccountStatus(base::UserId(ada.uuid()), AccountStatus::kDisabled);
  EXPECT_FALSE(check_.Run(ada, "keys.read", Call())->allowed);
  EXPECT_FALSE(check_.Run(SubjectId::New(clock_.Now()), "keys.read", Call())->allowed);
}

//
TEST_F(AccessTest, EveryChangeAndEveryRefusalIsAudited) {
  const SubjectId ada = SubjectOf(Enter("ada@example.com"));
  const Caller root = Root();
  ASSERT_TRUE(Give(root, ada, "auditor").ok());
  AuditEvent event = LastAudit();
  EXPECT_EQ(event.action, AuditAction::kRoleGrant);
  EXPECT_EQ(event.outcome, AuditOutcome::kSucceeded);
  EXPECT_EQ(event.actor.id, root_id_.uuid());
  EXPECT_EQ(event.subject, base::UserId(ada.uuid()));
  EXPECT_EQ(event.target, "auditor");
  EXPECT_FALSE(grants_.Take(root, SubjectId(root_id_.uuid()), "admin", Call()).ok());
  event = LastAudit();
  EXPECT_EQ(event.action, AuditAction::kRoleRevoke);
  EXPECT_EQ(event.outcome, AuditOutcome::kRefused);
  EXPECT_EQ(event.reason, "LAST_ADMINISTRATOR");
  EXPECT_FALSE(Give(root, SubjectId(root_id_.uuid()), "auditor").ok());
  EXPECT_EQ(LastAudit().reason, "SELF_GRANT");
  MakeRole("clerk", {"app:a"});
  EXPECT_EQ(LastAudit().action, AuditAction::kRoleCreate);
  EXPECT_EQ(LastAudit().target, "clerk");
}

}  // namespace
}  // namespace signet::domain
