#include "server/domain/abuse/login_gate.h"

#include "client/base/quota_error.h"
#include "server/domain/abuse/solve_challenge.h"
#include "server/domain/abuse/unlock_account.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

class LoginGateTest : public UseCaseTest {
 protected:
  LoginOutcome Guess(absl::string_view email, absl::string_view password = "wrong password") {
    const auto decision = TryLogin(email, password);
    EXPECT_TRUE(decision.ok()) << decision.status();
    return decision.ok() ? decision->outcome : LoginOutcome::kRaced;
  }
  // As many wrong guesses as it takes, with the pauses that are asked for.
  void LockOut(absl::string_view email) {
    for (int i = 0; i < guard_policy_.lock_after; ++i) {
      Guess(email);
      clock_.Advance(guard_policy_.delay * 4);
    }
  }
};

// locked from the fifth failure, and then no password is evaluated, the right one neither.
TEST_F(LoginGateTest, FiveFailuresLock) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  LockOut("ada@example.com");
  EXPECT_EQ(hasher_.checks, 5);
  EXPECT_EQ(Guess("ada@example.com", kPassword), LoginOutcome::kLocked);
  EXPECT_EQ(hasher_.checks, 5);
  clock_.Advance(guard_policy_.lock);
  Enter("ada@example.com");
}

// a name that nobody has is locked alike, or the lock would tell who has an account.
TEST_F(LoginGateTest, ANameThatNobodyHasIsLockedAlike) {
  LockOut("nobody@example.com");
  EXPECT_EQ(Guess("nobody@example.com"), LoginOutcome::kLocked);
  EXPECT_EQ(hasher_.checks, 5);
  EXPECT_EQ(Guess("nobody.else@example.com"), LoginOutcome::kUnknownAccount);
}

// a growing time.
TEST_F(LoginGateTest, EachFurtherFailureLocksForTwiceAsLong) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  LockOut("ada@example.com");
  clock_.Advance(guard_policy_.lock);
  absl::Duration expected = 2 * guard_policy_.lock;
  for (int i = 0; i < 10; ++i, expected *= 2) {
    EXPECT_EQ(Guess("ada@example.com"), LoginOutcome::kWrongPassword) << i;
    clock_.Advance(std::min(expected, guard_policy_.longest_lock) - absl::Seconds(1));
    EXPECT_EQ(Guess("ada@example.com", kPassword), LoginOutcome::kLocked) << i;
    clock_.Advance(absl::Seconds(1));
  }
  Enter("ada@example.com");
  EXPECT_EQ(Guess("ada@example.com"), LoginOutcome::kWrongPassword);
  Enter("ada@example.com");
}

// progressive delay. It says when to come again, and comes for any name.
TEST_F(LoginGateTest, FailuresMakeTheNextAttemptWait) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  for (const char* name : {"ada@example.com", "nobody@example.com"}) {
    for (int i = 0; i < 3; ++i) Guess(name);
    const auto early = TryLogin(name);
    EXPECT_EQ(base::ErrorReason(early.status()), "RATE_LIMITED") << name;
    EXPECT_EQ(base::RetryAfter(early.status()), absl::Seconds(1));
    EXPECT_EQ(base::QuotaViolationOf(early.status())->subject, "login/failures");
    clock_.Advance(absl::Seconds(1));
    Guess(name);
    EXPECT_EQ(base::RetryAfter(TryLogin(name).status()), absl::Seconds(2)) << name;
  }
}

// strangers lock their own door, not the one of a device that has been here before.
TEST_F(LoginGateTest, AStrangerDoesNotLockOutAKnownDevice) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  device_token_ = Enter().device_token.Clone();
  const base::Secret known = device_token_.Clone();
  device_token_ = base::Secret();
  LockOut("ada@example.com");
  EXPECT_EQ(Guess("ada@example.com", kPassword), LoginOutcome::kLocked);
  device_token_ = known.Clone();
  Enter();
  // And the owner's login has not opened the strangers' door again.
  device_token_ = base::Secret();
  EXPECT_EQ(Guess("ada@example.com", kPassword), LoginOutcome::kLocked);
  // A device's door has its own lock.
  device_token_ = known.Clone();
  LockOut("ada@example.com");
  EXPECT_EQ(Guess("ada@example.com", kPassword), LoginOutcome::kLocked);
}

TEST_F(LoginGateTest, ADeviceOfAnotherPersonIsAStranger) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  ASSERT_TRUE(Register("eve@example.com").ok());
  const base::Secret eves = Enter("eve@example.com").device_token.Clone();
  LockOut("ada@example.com");
  device_token_ = eves.Clone();
  EXPECT_EQ(Guess("ada@example.com", kPassword), LoginOutcome::kLocked);
}

TEST_F(LoginGateTest, AChangedPasswordMakesAllDevicesStrangers) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const LoginDecision login = Enter();
  ASSERT_TRUE(ChangePassword(current_, accounts_, hasher_, policy_, mails_, audit_, lifetimes_)
                  .Run(CallerOf(login),
                       {base::Secret(kPassword), base::Secret("another long password")}, Call())
                  .ok());
  LockOut("ada@example.com");
  device_token_ = login.device_token.Clone();
  EXPECT_EQ(Guess("ada@example.com", "another long password"), LoginOutcome::kLocked);
}

TEST_F(LoginGateTest, ALoginForgetsTheFailuresBeforeIt) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  for (int round = 0; round < 5; ++round) {
    Guess("ada@example.com");
    Guess("ada@example.com");
    Enter("ada@example.com");
  }
}

TEST_F(LoginGateTest, OldFailuresAreForgotten) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  for (int day = 0; day < 10; ++day) {
    EXPECT_EQ(Guess("ada@example.com"), LoginOutcome::kWrongPassword) << day;
    clock_.Advance(guard_policy_.memory + absl::Seconds(1));
  }
}

// What was not evaluated is not held against anybody.
TEST_F(LoginGateTest, WithoutCapacityNothingIsCounted) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  hasher_.checks_overloaded = true;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(base::ErrorReason(TryLogin("ada@example.com").status()), "OVERLOADED");
  }
  hasher_.checks_overloaded = false;
  Enter("ada@example.com");
}

// However an attempt ends, whoever waits for its place hears of it.
TEST_F(LoginGateTest, EachAttemptThatEndsGivesItsTurnOn) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  Enter("ada@example.com");
  EXPECT_EQ(turns_.ended, 1);
  EXPECT_EQ(Guess("ada@example.com"), LoginOutcome::kWrongPassword);
  EXPECT_EQ(turns_.ended, 2);
  hasher_.checks_overloaded = true;
  EXPECT_FALSE(TryLogin("ada@example.com").ok());
  EXPECT_EQ(turns_.ended, 3);
}

// While as many attempts are under way as may fail, the next one waits for its turn.
TEST_F(LoginGateTest, NoMoreAreUnderWayThanMayFail) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  std::vector<LoginGate::Attempt> under_way;
  for (int i = 0; i < 5; ++i) {
    under_way.push_back(*gate_.Enter({"ada@example.com", device_token_, ""}, Call()));
  }
  EXPECT_EQ(base::ErrorReason(TryLogin("ada@example.com").status()), "OVERLOADED");
  EXPECT_EQ(turns_.waited, 1);
  EXPECT_EQ(hasher_.checks, 0);
  turns_.on_wait = [&] { under_way.pop_back(); };
  Enter("ada@example.com");
  EXPECT_EQ(turns_.waited, 2);
}

TEST_F(LoginGateTest, AnAttemptWhoseProcessDiedHasFailed) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  for (int i = 0; i < 5; ++i) {
    const LoginAttempt lost{"ada@example.com", {}, std::nullopt, false, clock_.Now()};
    EXPECT_EQ(attempts_.Admit(lost, guard_policy_)->verdict, AttemptVerdict::kAdmitted);
  }
  clock_.Advance(guard_policy_.attempt_life + absl::Seconds(1));
  EXPECT_EQ(Guess("ada@example.com"), LoginOutcome::kWrongPassword);
  EXPECT_EQ(Guess("ada@example.com", kPassword), LoginOutcome::kLocked);
}

TEST_F(LoginGateTest, AnAdministratorUnlocks) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const LoginDecision login = Enter();
  const Caller administrator = CallerOf(login);
  UnlockAccount unlock(attempts_, audit_);
  EXPECT_FALSE(*unlock.Run(administrator, login.user_id, Call()));
  LockOut("ada@example.com");
  EXPECT_TRUE(*unlock.Run(administrator, login.user_id, Call()));
  EXPECT_EQ(LastAudit().action, AuditAction::kUnlockAccount);
  Enter("ada@example.com");
}

// an account's limit counts a known device apart, as its door is.
TEST_F(LoginGateTest, LoginsAreLimitedByNameOrDevice) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  device_token_ = Enter("ADA@example.com").device_token.Clone();
  Enter();
  ASSERT_EQ(rates_.taken.size(), 2u);
  EXPECT_EQ(rates_.taken[0], "ada@example.com");
  EXPECT_NE(rates_.taken[1], "ada@example.com");
  rates_.refuse = true;
  hasher_.checks = 0;
  EXPECT_EQ(base::RetryAfter(TryLogin("ada@example.com").status()), absl::Seconds(7));
  EXPECT_EQ(hasher_.checks, 0);
}

//
TEST_F(LoginGateTest, ManyAccountsFromOneNetworkAreStuffing) {
  for (int i = 0; i < 30; ++i) {
    Guess(absl::StrCat("person", i, "@example.com"), absl::StrCat("leaked password ", i));
  }
  EXPECT_EQ(threats_.raised, std::vector<ThreatKind>{ThreatKind::kStuffing});
  clock_.Advance(absl::Minutes(11));
  for (int i = 0; i < 30; ++i) {
    Guess(absl::StrCat("person", i, "@example.com"), absl::StrCat("leaked password ", i));
  }
  EXPECT_EQ(threats_.raised.size(), 2u);
}

//
TEST_F(LoginGateTest, OnePasswordAtManyAccountsIsSpraying) {
  for (int i = 0; i < 15; ++i) Guess(absl::StrCat("person", i, "@example.com"), "Summer2026!");
  EXPECT_EQ(threats_.raised, std::vector<ThreatKind>{ThreatKind::kSpraying});
}

TEST_F(LoginGateTest, ALockIsTold) {
  LockOut("nobody@example.com");
  EXPECT_EQ(threats_.locks, 1);
}

// once, however often it is locked again; to an address that is its owner's.
TEST_F(LoginGateTest, TheOwnerIsToldOfALockOnce) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  ASSERT_TRUE(Register("eve@example.com").ok());
  VerifyAddress("ada@example.com");
  Mails();
  LockOut("eve@example.com");
  EXPECT_TRUE(Mails().empty());
  LockOut("ada@example.com");
  const auto mails = Mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].kind, MailKind::kAccountLocked);
  EXPECT_EQ(mails[0].address, "ada@example.com");
  EXPECT_EQ(mails[0].until, clock_.Now() - 4 * guard_policy_.delay + guard_policy_.lock);
  EXPECT_EQ(LastAudit().action, AuditAction::kLockAccount);
  clock_.Advance(guard_policy_.lock);
  EXPECT_EQ(Guess("ada@example.com"), LoginOutcome::kWrongPassword);
  EXPECT_EQ(Guess("ada@example.com"), LoginOutcome::kLocked);
  EXPECT_TRUE(Mails().empty());
  // The next time is another lock.
  clock_.Advance(guard_policy_.memory + absl::Hours(2));
  LockOut("ada@example.com");
  EXPECT_EQ(Mails().size(), 1u);
}

// of the first device of a new account nobody is told.
TEST_F(LoginGateTest, ALoginFromAnotherDeviceIsTold) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  VerifyAddress("ada@example.com");
  Mails();
  const base::Secret known = Enter().device_token.Clone();
  EXPECT_TRUE(Mails().empty());
  device_token_ = known.Clone();
  Enter();
  EXPECT_TRUE(Mails().empty());
  device_token_ = base::Secret();
  Enter();
  const auto mails = Mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].kind, MailKind::kNewDevice);
  EXPECT_EQ(mails[0].device, "laptop");
}

class SessionGuessTest : public LoginGateTest {
 protected:
  absl::Status Change(const Caller& caller, absl::string_view current) {
    return ChangePassword(current_, accounts_, hasher_, policy_, mails_, audit_, lifetimes_)
        .Run(caller, {base::Secret(current), base::Secret("another long password")}, Call());
  }
};

// whoever stole an access token does not guess on with it, nor keep its owner from changing
// the password elsewhere.
TEST_F(SessionGuessTest, WrongCurrentPasswordsLockTheSessionThatTheyCameFrom) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const LoginDecision stolen = Enter();
  const LoginDecision own = Enter();
  const Caller thief = CallerOf(stolen);
  const Caller owner = CallerOf(own);
  hasher_.checks = 0;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(base::ErrorReason(Change(thief, "wrong password")), "CREDENTIALS_INVALID") << i;
    clock_.Advance(guard_policy_.delay * 4);
  }
  EXPECT_EQ(hasher_.checks, 5);
  const absl::Status locked = Change(thief, kPassword);
  EXPECT_EQ(base::ErrorReason(locked), "RATE_LIMITED");
  EXPECT_GT(base::RetryAfter(locked), absl::Seconds(50));
  EXPECT_EQ(hasher_.checks, 5);
  EXPECT_TRUE(Change(owner, kPassword).ok());
}

TEST_F(SessionGuessTest, TheRightPasswordForgetsTheWrongOnesBeforeIt) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const LoginDecision login = Enter();
  const Caller caller = CallerOf(login);
  std::string current = kPassword;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(base::ErrorReason(Change(caller, "wrong password")), "CREDENTIALS_INVALID");
    }
    EXPECT_TRUE(Change(caller, current).ok()) << round;
    current = "another long password";
  }
}

class ChallengedTest : public LoginGateTest {
 protected:
  ChallengedTest() {
    guard_policy_.challenges = true;
    guard_policy_.delay = absl::ZeroDuration();
  }
  absl::StatusOr<LoginDecision> Try(absl::string_view password) {
    LoginGate gate({attempts_, turns_, rates_, challenges_, threats_, devices_, mails_, audit_},
                   guard_policy_, ThreatPolicy(), base::Secret(std::string(32, 'n')));
    LoginCommand command;
    command.email = "ada@example.com";
    command.password = base::Secret(password);
    command.client_id = "web";
    command.audience = kAudience;
    command.challenge_solution = challenge_solution_;
    return Login(gate, accounts_, sessions_, hasher_, policy_, issuer_, audit_, lifetimes_,
                 mfa_challenges_, devices_, mails_, session_policy_)
        .Run(command, Call());
  }
};

// after three failures, of whoever has the name.
TEST_F(ChallengedTest, AfterThreeFailuresAChallengeHasToBeSolved) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Try("wrong password").ok());
  hasher_.checks = 0;
  EXPECT_EQ(base::ErrorReason(Try(kPassword).status()), "CHALLENGE_REQUIRED");
  challenge_solution_ = "nonsense";
  EXPECT_EQ(base::ErrorReason(Try(kPassword).status()), "CHALLENGE_REQUIRED");
  EXPECT_EQ(hasher_.checks, 0);
  challenge_solution_ = Solve(challenges_.Issue(clock_.Now()));
  EXPECT_EQ(Try("wrong password")->outcome, LoginOutcome::kWrongPassword);
  // Good once.
  EXPECT_EQ(base::ErrorReason(Try(kPassword).status()), "CHALLENGE_REQUIRED");
  challenge_solution_ = Solve(challenges_.Issue(clock_.Now()));
  EXPECT_EQ(Try(kPassword)->outcome, LoginOutcome::kSucceeded);
  EXPECT_EQ(Try(kPassword)->outcome, LoginOutcome::kSucceeded);
}

}  // namespace
}  // namespace signet::domain
