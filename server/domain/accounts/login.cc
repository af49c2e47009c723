#include "server/domain/accounts/login.h"

#include <utility>

#include "client/base/status_macros.h"
#include "server/domain/abuse/device_mail.h"
#include "server/domain/accounts/email.h"

namespace signet::domain {
namespace {

absl::string_view ReasonOf(LoginOutcome outcome) {
  switch (outcome) {
    case LoginOutcome::kSucceeded:
      return "";
    case LoginOutcome::kUnknownAccount:
      return "UNKNOWN_ACCOUNT";
    case LoginOutcome::kWrongPassword:
      return "WRONG_PASSWORD";
    case LoginOutcome::kAccountDisabled:
      return "ACCOUNT_DISABLED";
    case LoginOutcome::kRaced:
      return "RACED";
    case LoginOutcome::kEmailNotVerified:
      return "EMAIL_NOT_VERIFIED";
    case LoginOutcome::kLocked:
      return "LOCKED";
    case LoginOutcome::kMfaRequired:
      return "MFA_REQUIRED";
    case LoginOutcome::kSessionTokensOff:
      return "SESSION_TOKENS_OFF";
  }
  return "";
}

// Nothing: neither of what is wanted is given to this user.
std::optional<SessionKind> KindFor(WantedCredential wanted, SessionMode mode) {
  if (wanted == WantedCredential::kTokens) return SessionKind::kTokens;
  if (mode == SessionMode::kOn) return SessionKind::kSessionToken;
  if (wanted == WantedCredential::kSessionTokenOrTokens) return SessionKind::kTokens;
  return std::nullopt;
}

NewSession Describe(const LoginCommand& command, const LoginRecord& account,
                    const FirstCredential& first, const TokenLifetimes& lifetimes,
                    const CallInfo& call) {
  NewSession session;
  session.password_version = account.password_version;
  session.client_id = command.client_id;
  session.audience = command.audience;
  session.scopes = command.scopes;
  session.device_name = command.device_name;
  session.peer = call.peer;
  session.acr = kAcrPassword;
  session.amr = {"pwd"};  // RFC 8176
  session.now = call.now;
  first.Describe(lifetimes, session);
  return session;
}

// The challenge is bound to all that the password step decided; no session is there until it is
// met.
LoginDecision Challenged(const MfaChallenges& challenges, const LoginCommand& command,
                         const LoginRecord& account, SessionKind kind, const GuardKey& door,
                         const CallInfo& call) {
  MfaChallenge challenge;
  challenge.kind = kind;
  challenge.user_id = account.user_id;
  challenge.session_id = base::SessionId::New(call.now);
  challenge.device = door.device;
  if (door.device.is_nil() && account.email_verified) challenge.new_device_address = account.email;
  challenge.password_version = account.password_version;
  challenge.client_id = command.client_id;
  challenge.audience = command.audience;
  challenge.scopes = command.scopes;
  challenge.device_name = command.device_name;
  LoginDecision decision;
  decision.outcome = LoginOutcome::kMfaRequired;
  decision.challenge =
      OfferedChallenge{challenges.Issue(std::move(challenge), call.now), challenges.life()};
  return decision;
}

}  // namespace

absl::StatusOr<LoginDecision> Login::Run(const LoginCommand& command, const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const Email email, ParseEmail("email", command.email));
  SIGNET_ASSIGN_OR_RETURN(const base::Secret password,
                          policy_.Normalise("password", command.password));

  SIGNET_RETURN_IF_ERROR(hasher_.CheckRoom(call.deadline));
  AuditEvent event = AuditEventOf(AuditAction::kLogin, call);
  // Round trip 1: counts the attempt before it is evaluated. No connection is held while hashing.
  SIGNET_ASSIGN_OR_RETURN(
      LoginGate::Attempt attempt,
      gate_.Enter({email.canonical, command.device_token, command.challenge_solution}, call));
  if (!attempt.admitted()) {
    event.identifier = email.canonical;
    return Refuse(LoginOutcome::kLocked, std::move(event));
  }
  std::optional<LoginRecord> account = attempt.account();
  if (!account) {
    event.identifier = email.canonical;
    // The same work as for a wrong password, or the time would tell who has an account.
    SIGNET_RETURN_IF_ERROR(hasher_.VerifyNobody(password, call.deadline));
    return Fail(attempt, password, LoginOutcome::kUnknownAccount, std::move(event), call);
  }
  event.subject = account->user_id;
  SIGNET_ASSIGN_OR_RETURN(const PasswordHasher::Check check,
                          hasher_.Verify(password, account->password_hash, call.deadline));
  if (!check.matches) {
    return Fail(attempt, password, LoginOutcome::kWrongPassword, std::move(event), call);
  }
  if (account->status != AccountStatus::kActive) {
    return Fail(attempt, password, LoginOutcome::kAccountDisabled, std::move(event), call);
  }
  // Proven from here on.
  event.actor = {AuditActor::Kind::kUser, account->user_id.uuid()};
  if (email_rule_ == EmailRule::kVerified && !account->email_verified) {
    return Release(attempt, LoginOutcome::kEmailNotVerified, std::move(event));
  }
  const std::optional<SessionKind> kind =
      KindFor(command.wanted, session_policy_.Read().ModeFor(account->user_id));
  if (!kind) return Release(attempt, LoginOutcome::kSessionTokensOff, std::move(event));
  if (*kind == SessionKind::kSessionToken) event.target = "session token";

  if (check.needs_rehash) {
    // An upgrade that there is no capacity for waits until the next login: the person gets in.
    if (const auto hash = hasher_.Hash(password, call.deadline); hash.ok()) {
      SIGNET_ASSIGN_OR_RETURN(const bool replaced,
                              accounts_.Rehash(account->user_id, account->password_version, *hash));
      if (!replaced) return Release(attempt, LoginOutcome::kRaced, std::move(event));
      ++account->password_version;
    }
  }

  if (account->second_factor) {
    event.reason = std::string(ReasonOf(LoginOutcome::kMfaRequired));
    SIGNET_RETURN_IF_ERROR(attempt.Release(audit_.Record(std::move(event))));
    return Challenged(challenges_, command, *account, *kind, attempt.key(), call);
  }

  const FirstCredential first(*kind, account->user_id, base::SessionId::New(call.now));
  event.session = first.session_id();
  // Round trip 2. Guarded by status, password version and second factor: an account disabled, a
  // password changed, or a factor set up while we hashed opens nothing.
  NewSession session = Describe(command, *account, first, lifetimes_, call);
  session.door = attempt.key();
  session.attempts_settled = 1;
  const bool unknown_device = attempt.key().device.is_nil();
  if (unknown_device && account->email_verified) {
    session.new_device =
        NewDeviceMail(mails_, account->user_id, account->email, command.device_name, call);
  }
  SIGNET_ASSIGN_OR_RETURN(const std::optional<SessionGrant> grant,
                          sessions_.Open(session, audit_.Record(event)));
  if (!grant) return Release(attempt, LoginOutcome::kRaced, std::move(event));
  attempt.Succeeded();

  LoginDecision decision;
  decision.device_token =
      devices_.Renew({account->user_id, attempt.key().device, account->password_version}, call.now);
  if (*kind == SessionKind::kSessionToken) {
    decision.session = OfferOf(first, lifetimes_);
  } else {
    SIGNET_ASSIGN_OR_RETURN(decision.tokens,
                            IssueTokenPair(issuer_, *grant, first.Encode(), lifetimes_, call.now));
  }
  decision.outcome = LoginOutcome::kSucceeded;
  decision.session_id = grant->session_id;
  decision.user_id = grant->user_id;
  return decision;
}

absl::StatusOr<LoginDecision> Login::Refuse(LoginOutcome outcome, AuditEvent event) {
  SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), ReasonOf(outcome)));
  LoginDecision decision;
  decision.outcome = outcome;
  return decision;
}

absl::StatusOr<LoginDecision> Login::Release(LoginGate::Attempt& attempt, LoginOutcome outcome,
                                             AuditEvent event) {
  event.outcome = AuditOutcome::kRefused;
  event.reason = std::string(ReasonOf(outcome));
  SIGNET_RETURN_IF_ERROR(attempt.Release(audit_.Record(std::move(event))));
  LoginDecision decision;
  decision.outcome = outcome;
  return decision;
}

absl::StatusOr<LoginDecision> Login::Fail(LoginGate::Attempt& attempt, const base::Secret& password,
                                          LoginOutcome outcome, AuditEvent event,
                                          const CallInfo& call) {
  event.outcome = AuditOutcome::kRefused;
  event.reason = std::string(ReasonOf(outcome));
  SIGNET_RETURN_IF_ERROR(attempt.Fail(password, audit_.Record(std::move(event)), call));
  LoginDecision decision;
  decision.outcome = outcome;
  return decision;
}

}  // namespace signet::domain
