#include "server/domain/accounts/login.h"

#include "server/domain/accounts/bootstrap_administrator.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

class LoginTest : public UseCaseTest {};

//
TEST_F(LoginTest, AnswersWithTokensThatSayWhoForWhomAndForHowLong) {
  ASSERT_TRUE(Register("Ada@Example.com").ok());
  scopes_ = {"orders.read"};
  const LoginDecision login = Enter("ADA@example.com");
  EXPECT_EQ(login.tokens->expires_in, absl::Minutes(15));
  EXPECT_EQ(login.tokens->refresh_expires_in, absl::Hours(24 * 30));
  const token::Verdict verdict = Judge(login.tokens->access_token);
  ASSERT_TRUE(verdict.accepted());
  const token::ClaimsView claims = verdict.token().claims();
  EXPECT_EQ(claims.subject, login.user_id.ToString());
  EXPECT_EQ(claims.session_id, login.session_id.ToString());
  EXPECT_EQ(claims.client_id, "web");
  EXPECT_EQ(claims.audiences, std::vector<std::string>{"api"});
  EXPECT_EQ(claims.scopes, std::vector<std::string>{"orders.read"});
  EXPECT_EQ(claims.issued_at, clock_.Now());
  EXPECT_EQ(claims.expires_at, clock_.Now() + absl::Minutes(15));
  EXPECT_EQ(claims.auth_time, clock_.Now());
  EXPECT_EQ(claims.amr, std::vector<std::string>{"pwd"});
  EXPECT_TRUE(base::TokenId::FromString(claims.token_id));
  EXPECT_FALSE(claims.email);
}

TEST_F(LoginTest, TheEmailIsInTheTokenOnlyWhereAskedFor) {
  ASSERT_TRUE(Register("Ada@Example.com").ok());
  scopes_ = {"email"};
  const LoginDecision login = Enter();
  EXPECT_EQ(Judge(login.tokens->access_token).token().claims().email, "Ada@Example.com");
}

// one cost. Each failure is one check of a password, and opens nothing.
TEST_F(LoginTest, EveryFailureCostsOneCheck) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const LoginDecision before = Enter();
  hasher_.checks = hasher_.hashes = 0;
  EXPECT_EQ(TryLogin("nobody@example.com")->outcome, LoginOutcome::kUnknownAccount);
  EXPECT_EQ(hasher_.checks, 1);
  EXPECT_EQ(TryLogin("ada@example.com", "wrong password")->outcome, LoginOutcome::kWrongPassword);
  EXPECT_EQ(hasher_.checks, 2);
  database_.SetAccountStatus(before.user_id, AccountStatus::kDisabled);
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kAccountDisabled);
  EXPECT_EQ(hasher_.checks, 3);
  EXPECT_EQ(hasher_.hashes, 0);
  EXPECT_EQ(sessions_
                .List(before.user_id, std::nullopt, 10, clock_.Now(),
                      {absl::InfinitePast(), absl::InfinitePast()})
                ->size(),
            1u);
}

// the audit log has the reason that the public answer hides.
TEST_F(LoginTest, EveryLoginAndRefusalIsInTheAuditLogWithItsTrueReason) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const LoginDecision ada = Enter();
  AuditEvent event = LastAudit();
  EXPECT_EQ(event.action, AuditAction::kLogin);
  EXPECT_EQ(event.outcome, AuditOutcome::kSucceeded);
  EXPECT_EQ(event.reason, "");
  EXPECT_EQ(event.actor.id, ada.user_id.uuid());
  EXPECT_EQ(event.session, ada.session_id);

  EXPECT_FALSE(TryLogin("Nobody@example.com")->tokens);
  event = LastAudit();
  EXPECT_EQ(event.outcome, AuditOutcome::kRefused);
  EXPECT_EQ(event.reason, "UNKNOWN_ACCOUNT");
  EXPECT_EQ(event.identifier, "nobody@example.com");
  EXPECT_EQ(event.subject, std::nullopt);

  EXPECT_FALSE(TryLogin("ada@example.com", "wrong password")->tokens);
  event = LastAudit();
  EXPECT_EQ(event.reason, "WRONG_PASSWORD");
  EXPECT_EQ(event.subject, ada.user_id);
  EXPECT_EQ(event.actor.kind, AuditActor::Kind::kNobody);

  database_.SetAccountStatus(ada.user_id, AccountStatus::kDisabled);
  EXPECT_FALSE(TryLogin("ada@example.com")->tokens);
  EXPECT_EQ(LastAudit().reason, "ACCOUNT_DISABLED");
}

// an imported or cheaper hash is replaced at the next login.
TEST_F(LoginTest, AnOldHashIsReplacedAndTheSessionOpens) {
  NewAccount imported;
  imported.user_id = base::UserId::New(clock_.Now());
  imported.email = imported.canonical_email = "old@example.com";
  imported.password_hash = absl::StrCat("old:", kPassword);
  ASSERT_TRUE(*accounts_.Insert(imported, AuditRecord(), AuditRecord()));
  Enter("old@example.com");
  EXPECT_EQ((*accounts_.FindByEmail("old@example.com"))->password_hash,
            absl::StrCat("new:", kPassword));
  Enter("old@example.com");
}

TEST_F(LoginTest, WithoutCapacityToRehashThePersonStillGetsIn) {
  NewAccount imported;
  imported.user_id = base::UserId::New(clock_.Now());
  imported.email = imported.canonical_email = "old@example.com";
  imported.password_hash = absl::StrCat("old:", kPassword);
  ASSERT_TRUE(*accounts_.Insert(imported, AuditRecord(), AuditRecord()));
  hasher_.overloaded = true;
  Enter("old@example.com");
  EXPECT_EQ((*accounts_.FindByEmail("old@example.com"))->password_hash, imported.password_hash);
}

// a storm that cannot be served costs the database nothing.
TEST_F(LoginTest, WithoutRoomForAHashNothingIsAskedOfTheDatabase) {
  hasher_.no_room = true;
  database_.SetAvailable(false);
  EXPECT_EQ(base::ErrorReason(TryLogin("ada@example.com").status()), "OVERLOADED");
}

TEST_F(LoginTest, WithoutADatabaseNothingIsDecided) {
  database_.SetAvailable(false);
  const auto decision = TryLogin("ada@example.com");
  EXPECT_EQ(base::ErrorReason(decision.status()), "STORAGE_UNAVAILABLE");
  EXPECT_TRUE(base::RetryAfter(decision.status()));
}

class RegisterTest : public UseCaseTest {};

// nobody learns who has an account, and the existing one stays as it is.
TEST_F(RegisterTest, ATakenAddressGetsTheSameAnswerAtTheSameCost) {
  EXPECT_TRUE(Register("ada@example.com").ok());
  EXPECT_EQ(hasher_.hashes, 1);
  EXPECT_TRUE(Register("ADA@example.com", "another password").ok());
  EXPECT_EQ(hasher_.hashes, 2);
  EXPECT_EQ(TryLogin("ada@example.com", "another password")->outcome, LoginOutcome::kWrongPassword);
  Enter("ada@example.com");
}

TEST_F(RegisterTest, RefusalsNameTheFieldAndComeBeforeAnyHash) {
  const absl::Status no_email = Register("nobody");
  const absl::Status weak = Register("ada@example.com", "short");
  EXPECT_EQ(base::FieldViolations(no_email)[0].field, "email");
  EXPECT_EQ(base::FieldViolations(weak)[0].field, "password");
  EXPECT_EQ(hasher_.hashes, 0);
}

//
TEST_F(RegisterTest, ThereIsOneFirstAdministratorAndItsTokensCarryPermissions) {
  BootstrapAdministrator bootstrap(accounts_, hasher_, policy_, audit_recorder_);
  const auto first = bootstrap.Run(
      RegisterCommand{"root@example.com", base::Secret(absl::string_view(kPassword))}, Call());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = bootstrap.Run(
      RegisterCommand{"other@example.com", base::Secret(absl::string_view(kPassword))}, Call());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(TryLogin("other@example.com")->outcome, LoginOutcome::kUnknownAccount);
  const Caller caller = CallerOf(Enter("root@example.com"));
  EXPECT_EQ(caller.user_id(), *first);
  EXPECT_TRUE(caller.Has("keys.manage"));
  EXPECT_FALSE(caller.Has("something.else"));
}

TEST_F(RegisterTest, APersonHasNoPermissions) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const absl::Status status = CallerOf(Enter()).Require("keys.manage");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(base::ErrorReason(status), "PERMISSION_MISSING");
}

}  // namespace
}  // namespace signet::domain
