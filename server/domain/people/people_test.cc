#include "server/domain/accounts/bootstrap_administrator.h"
#include "server/domain/fakes/fake_user_store.h"
#include "server/domain/people/close_account.h"
#include "server/domain/people/read_users.h"
#include "server/domain/people/update_user.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

class PeopleTest : public UseCaseTest {
 protected:
  PeopleTest() {
    EXPECT_TRUE(BootstrapAdministrator(accounts_, hasher_, policy_, audit_recorder_)
                    .Run({"root@example.com", base::Secret(kPassword)}, Call())
                    .ok());
    EXPECT_TRUE(Register("Ada@example.com").ok());
    admin_ = Enter("root@example.com");
    ada_ = Enter("ada@example.com");
  }

  FakeUserStore users_{database_};
  ReadUsers read_{users_};
  UpdateUser update_{users_, audit_};
  CloseAccount close_{users_, audit_, lifetimes_};
  LoginDecision admin_;
  LoginDecision ada_;
};

TEST_F(PeopleTest, EverybodySeesHimselfAndWithThePermissionEverybody) {
  const Caller ada = CallerOf(ada_);
  EXPECT_EQ(read_.Get(ada, std::nullopt)->email, "Ada@example.com");
  EXPECT_EQ(read_.Get(ada, ada_.user_id)->id, ada_.user_id);
  EXPECT_EQ(base::MissingPermission(read_.Get(ada, admin_.user_id).status()), "users.read");
  // Not whether there is one: the same for an id that never was.
  EXPECT_EQ(base::MissingPermission(read_.Get(ada, base::UserId::New(clock_.Now())).status()),
            "users.read");
  const Caller admin = CallerOf(admin_);
  EXPECT_EQ(read_.Get(admin, ada_.user_id)->email, "Ada@example.com");
  EXPECT_EQ(base::ErrorReason(read_.Get(admin, base::UserId::New(clock_.Now())).status()),
            "USER_UNKNOWN");
}

TEST_F(PeopleTest, APrefixIsComparedAsAddressesAre) {
  UserFilter filter;
  filter.email_prefix = "ADA";
  EXPECT_EQ(read_.List(filter, std::nullopt, 10)->size(), 1u);
  filter.email_prefix = "a b";
  EXPECT_EQ(base::FieldViolations(read_.List(filter, std::nullopt, 10).status())[0].field,
            "email_prefix");
  filter = {};
  filter.created_from = filter.created_before = clock_.Now();
  EXPECT_EQ(base::FieldViolations(read_.List(filter, std::nullopt, 10).status())[0].field,
            "created_before");
}

//
TEST_F(PeopleTest, ADisabledAccountIsRefusedOnEveryPathAtOnce) {
  EXPECT_EQ(*close_.Disable(CallerOf(admin_), ada_.user_id, Call()), 1);
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kAccountDisabled);
  EXPECT_EQ(TryRefresh(ada_.tokens->refresh_token.reveal())->outcome, RefreshOutcome::kRevoked);
  EXPECT_FALSE(Judge(ada_.tokens->access_token).accepted());
  EXPECT_TRUE(Judge(admin_.tokens->access_token).accepted());
  EXPECT_EQ(*close_.Disable(CallerOf(admin_), ada_.user_id, Call()), 0);

  ASSERT_TRUE(close_.Enable(CallerOf(admin_), ada_.user_id, Call()).ok());
  ASSERT_TRUE(close_.Enable(CallerOf(admin_), ada_.user_id, Call()).ok());
  EXPECT_EQ(TryRefresh(ada_.tokens->refresh_token.reveal())->outcome, RefreshOutcome::kRevoked);
  EXPECT_FALSE(Judge(ada_.tokens->access_token).accepted());
  // Within the same second as the disabling, too.
  EXPECT_TRUE(Judge(Enter("ada@example.com").tokens->access_token).accepted());
}

// A refresh that waited for a lock with a later clock: its token's `iat` lies beyond the user's
// not-before, and the session's own revocation refuses it.
TEST_F(PeopleTest, ATokenIssuedAheadOfTheNotBeforeIsRefusedWithItsSession) {
  const Caller root = CallerOf(admin_);
  const CallInfo early = Call();
  clock_.Advance(absl::Seconds(3));
  const auto refreshed = TryRefresh(ada_.tokens->refresh_token.reveal());
  ASSERT_TRUE(close_.Disable(root, ada_.user_id, early).ok());
  EXPECT_FALSE(Judge(refreshed->tokens->access_token).accepted());
}

//
TEST_F(PeopleTest, ADeletedAccountLeavesItsAddressFree) {
  EXPECT_EQ(*close_.Delete(CallerOf(ada_), std::nullopt, Call()), 1);
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kUnknownAccount);
  EXPECT_FALSE(Judge(ada_.tokens->access_token).accepted());
  EXPECT_EQ(base::ErrorReason(close_.Enable(CallerOf(admin_), ada_.user_id, Call())),
            "USER_UNKNOWN");
  EXPECT_EQ(base::ErrorReason(close_.Disable(CallerOf(admin_), ada_.user_id, Call()).status()),
            "USER_UNKNOWN");

  ASSERT_TRUE(Register("ada@example.com").ok());
  const LoginDecision next = Enter("ada@example.com");
  EXPECT_NE(next.user_id, ada_.user_id);
  EXPECT_EQ(*close_.Delete(CallerOf(admin_), ada_.user_id, Call()), 0);  // again: harmless
  EXPECT_TRUE(Judge(next.tokens->access_token).accepted());
  const User gone = *read_.Get(CallerOf(admin_), ada_.user_id);
  EXPECT_EQ(gone.status, AccountStatus::kDeleted);
  EXPECT_EQ(gone.canonical_email, "");
  EXPECT_FALSE(gone.has_password);
}

TEST_F(PeopleTest, OnlyAdministratorsDeleteOthers) {
  EXPECT_EQ(base::MissingPermission(close_.Delete(CallerOf(ada_), admin_.user_id, Call()).status()),
            "users.manage");
}

//
TEST_F(PeopleTest, TheLastAdministratorStays) {
  for (const auto& status : {close_.Disable(CallerOf(admin_), admin_.user_id, Call()).status(),
                             close_.Delete(CallerOf(admin_), std::nullopt, Call()).status()}) {
    EXPECT_EQ(base::ErrorReason(status), "LAST_ADMINISTRATOR");
  }
  EXPECT_TRUE(Judge(admin_.tokens->access_token).accepted());
}

TEST_F(PeopleTest, EverybodyNamesHimselfAndOnlyAdministratorsSetAddresses) {
  const Caller ada = CallerOf(ada_);
  clock_.Advance(absl::Minutes(1));
  const auto named = update_.Run(ada, {std::nullopt, "Ada L.", std::nullopt}, Call());
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->display_name, "Ada L.");
  EXPECT_EQ(named->email, "Ada@example.com");
  EXPECT_EQ(named->updated_at, clock_.Now());
  for (const UpdateUserCommand& beyond :
       {UpdateUserCommand{std::nullopt, std::nullopt, "new@example.com"},
        UpdateUserCommand{admin_.user_id, "Eve", std::nullopt}}) {
    EXPECT_EQ(base::MissingPermission(update_.Run(ada, beyond, Call()).status()), "users.manage");
  }
  const Caller admin = CallerOf(admin_);
  EXPECT_EQ(update_.Run(admin, {ada_.user_id, std::nullopt, "Countess@Example.com"}, Call())->email,
            "Countess@Example.com");
  EXPECT_EQ(TryLogin("countess@example.com")->outcome, LoginOutcome::kSucceeded);
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kUnknownAccount);
  const auto taken =
      update_.Run(admin, {ada_.user_id, std::nullopt, "ROOT@example.com"}, Call()).status();
  EXPECT_TRUE(absl::IsAlreadyExists(taken));
  EXPECT_EQ(base::ErrorReason(taken), "CONFLICT");
  EXPECT_EQ(base::FieldViolations(
                update_.Run(admin, {ada_.user_id, std::nullopt, "no address"}, Call()).status())[0]
                .field,
            "user.email");
  EXPECT_EQ(base::ErrorReason(
                update_.Run(admin, {base::UserId::New(clock_.Now()), "X", std::nullopt}, Call())
                    .status()),
            "USER_UNKNOWN");
}

// every effect and every refusal is an event, and what changed nothing is none.
TEST_F(PeopleTest, EachChangeAndEachRefusalIsOneEvent) {
  const Caller admin = CallerOf(admin_);
  const Caller ada = CallerOf(ada_);
  const auto expect = [&](AuditAction action, const std::string& reason, base::UserId subject) {
    const AuditEvent event = LastAudit();
    EXPECT_EQ(event.action, action);
    EXPECT_EQ(event.reason, reason);
    EXPECT_EQ(event.outcome, reason.empty() ? AuditOutcome::kSucceeded : AuditOutcome::kRefused);
    EXPECT_EQ(event.subject, subject);
    EXPECT_EQ(event.actor.kind, AuditActor::Kind::kUser);
  };
  ASSERT_TRUE(update_.Run(ada, {std::nullopt, "Ada", std::nullopt}, Call()).ok());
  expect(AuditAction::kUpdateUser, "", ada_.user_id);
  EXPECT_EQ(LastAudit().target, "display_name");
  EXPECT_FALSE(update_.Run(ada, {std::nullopt, "Ada", "ada@x.org"}, Call()).ok());
  expect(AuditAction::kUpdateUser, "PERMISSION_MISSING", ada_.user_id);
  EXPECT_EQ(LastAudit().target, "display_name,email");
  EXPECT_FALSE(close_.Delete(ada, admin_.user_id, Call()).ok());
  expect(AuditAction::kDeleteUser, "PERMISSION_MISSING", admin_.user_id);
  EXPECT_FALSE(close_.Disable(admin, admin_.user_id, Call()).ok());
  expect(AuditAction::kDisableUser, "LAST_ADMINISTRATOR", admin_.user_id);
  ASSERT_TRUE(close_.Disable(admin, ada_.user_id, Call()).ok());
  expect(AuditAction::kDisableUser, "", ada_.user_id);
  EXPECT_FALSE(LastAudit().session);
  const size_t events = database_.audit().size();
  ASSERT_TRUE(close_.Disable(admin, ada_.user_id, Call()).ok());
  EXPECT_EQ(database_.audit().size(), events);
  ASSERT_TRUE(close_.Enable(admin, ada_.user_id, Call()).ok());
  expect(AuditAction::kEnableUser, "", ada_.user_id);
  ASSERT_TRUE(close_.Delete(admin, ada_.user_id, Call()).ok());
  expect(AuditAction::kDeleteUser, "", ada_.user_id);
  EXPECT_FALSE(close_.Enable(admin, ada_.user_id, Call()).ok());
  expect(AuditAction::kEnableUser, "USER_UNKNOWN", ada_.user_id);
}

}  // namespace
}  // namespace signet::domain
