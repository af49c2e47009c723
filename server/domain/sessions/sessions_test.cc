#include "server/domain/sessions/sessions.h"

#include "server/domain/accounts/bootstrap_administrator.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

class SessionsTest : public UseCaseTest {
 protected:
  SessionsTest() {
    EXPECT_TRUE(Register("ada@example.com").ok());
    EXPECT_TRUE(Register("bob@example.com").ok());
  }
  Sessions sessions_case_{sessions_, audit_, lifetimes_};
  Logout logout_{sessions_, audit_, lifetimes_};
};

// at once, and this session alone.
TEST_F(SessionsTest, LogoutEndsOneSessionWithItsLineageAndAccessTokens) {
  const LoginDecision one = Enter();
  const LoginDecision two = Enter();
  ASSERT_TRUE(logout_.Run(CallerOf(one), Call()).ok());
  EXPECT_EQ(Judge(one.tokens->access_token).reason(), token::RejectReason::kRevokedSession);
  EXPECT_EQ(TryRefresh(one.tokens->refresh_token.reveal())->outcome, RefreshOutcome::kRevoked);
  EXPECT_TRUE(Judge(two.tokens->access_token).accepted());
  EXPECT_EQ(TryRefresh(two.tokens->refresh_token.reveal())->outcome, RefreshOutcome::kRotated);
}

// who, what, on whom, from where, as which call; once, when the session ended.
TEST_F(SessionsTest, ALogoutIsInTheAuditLog) {
  const LoginDecision one = Enter();
  const Caller caller = CallerOf(one);
  ASSERT_TRUE(logout_.Run(caller, Call()).ok());
  const AuditEvent event = LastAudit();
  EXPECT_EQ(event.action, AuditAction::kLogout);
  EXPECT_EQ(event.outcome, AuditOutcome::kSucceeded);
  EXPECT_EQ(event.actor.kind, AuditActor::Kind::kUser);
  EXPECT_EQ(event.actor.id, one.user_id.uuid());
  EXPECT_EQ(event.subject, one.user_id);
  EXPECT_EQ(event.session, one.session_id);
  EXPECT_EQ(event.peer.address, "192.0.2.1");
  EXPECT_EQ(event.request_id, "request-1");
  const size_t events = database_.audit().size();
  ASSERT_TRUE(logout_.Run(caller, Call()).ok());
  EXPECT_EQ(database_.audit().size(), events);
}

// an administrator's act names both, an attempt at another's session nobody but its author.
TEST_F(SessionsTest, ATerminationIsInTheAuditLogDoneOrRefused) {
  const LoginDecision ada = Enter();
  const LoginDecision bob = Enter("bob@example.com");
  EXPECT_FALSE(sessions_case_.Terminate(CallerOf(ada), bob.session_id, Call()).ok());
  AuditEvent event = LastAudit();
  EXPECT_EQ(event.action, AuditAction::kTerminateSession);
  EXPECT_EQ(event.outcome, AuditOutcome::kRefused);
  EXPECT_EQ(event.reason, "SESSION_UNKNOWN");
  EXPECT_EQ(event.actor.id, ada.user_id.uuid());
  EXPECT_EQ(event.subject, std::nullopt);
  EXPECT_TRUE(sessions_case_.Terminate(CallerOf(ada), ada.session_id, Call()).ok());
  EXPECT_EQ(LastAudit().outcome, AuditOutcome::kSucceeded);
  EXPECT_EQ(LastAudit().session, ada.session_id);
}

//
TEST_F(SessionsTest, LogoutOfAllRefusesEveryOldTokenAndNotTheNextLogin) {
  const LoginDecision one = Enter();
  const LoginDecision two = Enter();
  EXPECT_EQ(*logout_.RunAll(CallerOf(two), Call()), 2);
  EXPECT_EQ(Judge(one.tokens->access_token).reason(), token::RejectReason::kRevokedUser);
  EXPECT_EQ(Judge(two.tokens->access_token).reason(), token::RejectReason::kRevokedUser);
  EXPECT_EQ(TryRefresh(one.tokens->refresh_token.reveal())->outcome, RefreshOutcome::kRevoked);
  const LoginDecision next = Enter();  // within the same second
  EXPECT_TRUE(Judge(next.tokens->access_token).accepted());
  EXPECT_TRUE(Judge(Enter("bob@example.com").tokens->access_token).accepted());
}

TEST_F(SessionsTest, LogoutOfAllTwiceInOneSecondRefusesWhatWasIssuedBetween) {
  EXPECT_EQ(*logout_.RunAll(CallerOf(Enter()), Call()), 1);
  const LoginDecision between = Enter();
  EXPECT_EQ(*logout_.RunAll(CallerOf(between), Call()), 1);
  EXPECT_EQ(Judge(between.tokens->access_token).reason(), token::RejectReason::kRevokedUser);
  EXPECT_TRUE(Judge(Enter().tokens->access_token).accepted());
}

// listable and independent; nobody sees or ends another's.
TEST_F(SessionsTest, PeopleReachTheirOwnSessionsAlone) {
  const LoginDecision ada = Enter();
  const LoginDecision bob = Enter("bob@example.com");
  const Caller caller = CallerOf(ada);
  const auto own = sessions_case_.List(caller, std::nullopt, std::nullopt, 10, Call());
  ASSERT_EQ(own->size(), 1u);
  EXPECT_EQ((*own)[0].session_id, ada.session_id);
  EXPECT_EQ((*own)[0].device_name, "laptop");
  EXPECT_EQ(base::ErrorReason(
                sessions_case_.List(caller, bob.user_id, std::nullopt, 10, Call()).status()),
            "PERMISSION_MISSING");
  EXPECT_EQ(base::ErrorReason(sessions_case_.Terminate(caller, bob.session_id, Call())),
            "SESSION_UNKNOWN");
  EXPECT_EQ(base::ErrorReason(sessions_case_.Lineage(caller, bob.session_id, Call()).status()),
            "SESSION_UNKNOWN");
  EXPECT_TRUE(Judge(bob.tokens->access_token).accepted());
}

TEST_F(SessionsTest, AnAdministratorReachesEverybodys) {
  ASSERT_TRUE(
      BootstrapAdministrator(accounts_, hasher_, policy_, audit_recorder_)
          .Run(RegisterCommand{"root@example.com", base::Secret(absl::string_view(kPassword))},
               Call())
          .ok());
  const Caller root = CallerOf(Enter("root@example.com"));
  const LoginDecision bob = Enter("bob@example.com");
  EXPECT_EQ(sessions_case_.List(root, bob.user_id, std::nullopt, 10, Call())->size(), 1u);
  EXPECT_TRUE(sessions_case_.Terminate(root, bob.session_id, Call()).ok());
  EXPECT_EQ(Judge(bob.tokens->access_token).reason(), token::RejectReason::kRevokedSession);
  EXPECT_EQ(base::ErrorReason(sessions_case_.Terminate(root, bob.session_id, Call())),
            "SESSION_UNKNOWN");
  EXPECT_EQ(sessions_case_.Lineage(root, bob.session_id, Call())->session.end_reason,
            EndReason::kTerminated);
}

class ChangePasswordTest : public UseCaseTest {
 protected:
  ChangePasswordTest() { EXPECT_TRUE(Register("ada@example.com").ok()); }

  absl::Status Change(const Caller& caller, absl::string_view current, absl::string_view chosen) {
    return ChangePassword(current_, accounts_, hasher_, policy_, mails_, audit_, lifetimes_)
        .Run(caller, ChangePasswordCommand{base::Secret(current), base::Secret(chosen)}, Call());
  }
};

//
TEST_F(ChangePasswordTest, NeedsTheCurrentOneAndEndsEveryOtherSession) {
  const LoginDecision here = Enter();
  const LoginDecision elsewhere = Enter();
  const Caller caller = CallerOf(here);
  EXPECT_EQ(base::ErrorReason(Change(caller, "wrong password", "a fine new one")),
            "CREDENTIALS_INVALID");
  EXPECT_TRUE(Judge(elsewhere.tokens->access_token).accepted());
  ASSERT_TRUE(Change(caller, kPassword, "a fine new one").ok());
  EXPECT_TRUE(Judge(here.tokens->access_token).accepted());
  EXPECT_EQ(Judge(elsewhere.tokens->access_token).reason(), token::RejectReason::kRevokedSession);
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kWrongPassword);
  EXPECT_EQ(TryLogin("ada@example.com", "a fine new one")->outcome, LoginOutcome::kSucceeded);
}

TEST_F(ChangePasswordTest, AWeakChoiceNamesItsField) {
  const absl::Status status = Change(CallerOf(Enter()), kPassword, "short");
  EXPECT_EQ(base::FieldViolations(status)[0].field, "new_password");
}

}  // namespace
}  // namespace signet::domain
