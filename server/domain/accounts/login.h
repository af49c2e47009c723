#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/base/secret.h"
#include "client/base/snapshot.h"
#include "server/domain/abuse/device_token.h"
#include "server/domain/abuse/login_gate.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/mfa/mfa_challenge.h"
#include "server/domain/ports/account_store.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/domain/ports/password_hasher.h"
#include "server/domain/ports/session_store.h"
#include "server/domain/sessions/first_credential.h"
#include "server/domain/sessions/session_policy.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// By what a client wants to hold its session.
enum class WantedCredential {
  kTokens,
  kSessionToken,          // for who knows nothing else
  kSessionTokenOrTokens,  // tokens for users who are on the new way
};

struct LoginCommand {
  std::string email;
  base::Secret password;
  std::string client_id;  // not empty
  std::string audience;   // not empty
  std::vector<std::string> scopes;
  std::string device_name;
  base::Secret device_token;       // of an earlier login; may be empty, or anything
  std::string challenge_solution;  // may be empty, or anything
  WantedCredential wanted = WantedCredential::kTokens;
};

// How a login ended: the label of its metric. Every refusal but kEmailNotVerified and
// kSessionTokensOff is one public answer; these, and whether an account has a second factor, is
// told to those who know its password, and to nobody else. kMfaRequired is half a success: the
// answer is a challenge.
enum class LoginOutcome {
  kSucceeded,
  kUnknownAccount,
  kWrongPassword,
  kAccountDisabled,
  kRaced,
  kLocked,
  kEmailNotVerified,  // the password was right: safe to tell
  kMfaRequired,
  kSessionTokensOff,  // the password was right, and its user gets no session token any more
};

// Whether a login needs a verified address.
enum class EmailRule { kAny, kVerified };

// What CompleteMfa asks for, with a code, to open the session.
struct OfferedChallenge {
  base::Secret text;  // sgm_…
  absl::Duration expires_in;
};

struct LoginDecision {
  LoginOutcome outcome = LoginOutcome::kUnknownAccount;
  // One of the two is set exactly when kSucceeded.
  std::optional<TokenPair> tokens;
  std::optional<OfferedSession> session;
  // Set exactly when kMfaRequired.
  std::optional<OfferedChallenge> challenge;
  base::SessionId session_id;
  base::UserId user_id;
  base::Secret device_token;
};

// Checks a password and opens a session, or where the account has a second factor answers
// with a challenge for it. Two round trips to the database, refused or not, none of them
// while a password is hashed; unknown accounts cost the same hash. Where an account is locked no
// password is hashed, and where a name that nobody has was tried as often, neither. Each
// has its event in the audit log, with the true reason. Where a session token is wanted, the policy
// of its user decides once the password has proven who that is. A status other than OK means that
// nothing was decided (FIELD_INVALID, OVERLOADED, STORAGE_UNAVAILABLE, and what LoginGate::Enter
// says). Thread-safe.
class Login {
 public:
  Login(LoginGate& gate, AccountStore& accounts, SessionStore& sessions, PasswordHasher& hasher,
        const PasswordPolicy& policy, TokenIssuer& issuer, AuditTrail& audit,
        const TokenLifetimes& lifetimes, const MfaChallenges& challenges,
        const DeviceTokens& devices, const MailSealer& mails,
        const base::Snapshot<SessionPolicy>& session_policy, EmailRule email_rule = EmailRule::kAny)
      : gate_(gate),
        accounts_(accounts),
        sessions_(sessions),
        hasher_(hasher),
        policy_(policy),
        issuer_(issuer),
        audit_(audit),
        lifetimes_(lifetimes),
        challenges_(challenges),
        devices_(devices),
        mails_(mails),
        session_policy_(session_policy),
        email_rule_(email_rule) {}

  absl::StatusOr<LoginDecision> Run(const LoginCommand& command, const CallInfo& call);

 private:
  // Writes the refusal into the audit log before it is answered.
  absl::StatusOr<LoginDecision> Refuse(LoginOutcome outcome, AuditEvent event);
  // The same for an attempt whose password was right: does not count.
  absl::StatusOr<LoginDecision> Release(LoginGate::Attempt& attempt, LoginOutcome outcome,
                                        AuditEvent event);
  // The same for an attempt that counts as failed, in the statement that counts it.
  absl::StatusOr<LoginDecision> Fail(LoginGate::Attempt& attempt, const base::Secret& password,
                                     LoginOutcome outcome, AuditEvent event, const CallInfo& call);

  LoginGate& gate_;
  AccountStore& accounts_;
  SessionStore& sessions_;
  PasswordHasher& hasher_;
  const PasswordPolicy& policy_;
  TokenIssuer& issuer_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
  const MfaChallenges& challenges_;
  const DeviceTokens& devices_;
  const MailSealer& mails_;
  const base::Snapshot<SessionPolicy>& session_policy_;
  const EmailRule email_rule_;
};

}  // namespace signet::domain
