#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/sessions/session.h"

namespace signet::domain {

using AuditEventId = base::Id<struct AuditEventIdTag>;

// What was done or asked for. Closed; the values are in the database and never change their
// meaning. A new one is a line here, a line in AuditActionName() and a row in docs/audit.md, in the
// hundred of its subject.
enum class AuditAction : int32_t {
  // Accounts and passwords
  kRegister = 1,
  kLogin = 2,
  kChangePassword = 3,
  kBootstrapAdministrator = 4,  // `signetd bootstrap`

  // Sessions and tokens
  kLogout = 20,
  kLogoutAll = 21,
  kRefresh = 22,
  kTerminateSession = 23,
  kRevokeToken = 24,  // an access token, or with a refresh token its session
  kExplainToken = 25,
  kRevokeAll = 27,       // every access token of everybody, issued before
  kSwitchSessions = 28,  // who still gets along with session tokens; `target` says who
  kAccessDenied =
      26,  // a call by somebody who may not: the permission, or a fresh login, is missing

  // Mail
  kVerifyEmail = 100,
  kResendVerification = 101,  // a mail was asked for; whether anybody gets one stands in `subject`
  kRequestPasswordReset = 102,
  kResetPassword = 103,
  kRequestEmailChange = 104,
  kConfirmEmailChange = 105,  // by one of the two addresses

  // Second factors
  kCompleteMfa = 200,  // the second step of a login
  kStepUp = 201,
  kEnrollTotp = 202,
  kConfirmTotp = 203,
  kDisableTotp = 204,
  kReplaceRecoveryCodes = 205,

  // Limits and lockout
  kLockAccount = 300,    // too many wrong passwords
  kUnlockAccount = 301,  // before its time
  kDetectThreat = 302,   // the pattern of many failures stands in `reason`

  // Roles and service accounts; `subject` is whoever holds the role, or the service account
  kRoleCreate = 400,
  kRoleUpdate = 401,
  kRoleDelete = 402,
  kRoleGrant = 403,
  kRoleRevoke = 404,
  kServiceAccountCreate = 410,
  kServiceAccountDisable = 411,
  kServiceAccountEnable = 412,
  kServiceAccountDelete = 413,
  kApiKeyCreate = 420,
  kApiKeyRotate = 421,
  kApiKeyRevoke = 422,
  kServiceToken = 430,

  // People and their data
  kEraseUser = 500,  // the personal data in this log went in the same statement
  kUpdateUser = 501,
  kDisableUser = 502,
  kEnableUser = 503,
  kDeleteUser = 504,
  kImportUsers = 505,
  kExportUserData = 506,

  // Keys
  kKeyList = 600,
  kKeyPrepare = 601,
  kKeyActivate = 602,
  kKeyTaint = 603,
  kKeyRetire = 604,
  kKeyErase = 606,   // the private half was destroyed
  kKeyLoad = 605,    // sealed keys were read and opened: at start, at reload
  kKeyReseal = 607,  // `signetd keys reseal`: all under another key-encryption key

  // The audit log itself
  kAuditRead = 700,
};

// "LOGIN", "KEY_ACTIVATE": as queries, exports and the hashed content name it. Empty for a value
// that is none.
absl::string_view AuditActionName(AuditAction action);
// The action of that exact name; nothing for any other text.
std::optional<AuditAction> AuditActionByName(absl::string_view name);

enum class AuditOutcome : int32_t { kSucceeded = 1, kRefused = 2 };

// Who acted.
struct AuditActor {
  // Values are in the hashed content.
  enum class Kind : int32_t {
    kNobody = 0,  // not authenticated: whoever failed to log in, or registered
    kUser = 1,
    kServiceAccount = 2,
    kServer = 3,    // this software by itself: `id` stays nil
    kOperator = 4,  // somebody at the server's command line: `id` stays nil
  };
  Kind kind = Kind::kNobody;
  base::Uuid id;  // of kUser and kServiceAccount
};

// One authentication or administrative effect, or its refusal. Exactly one per call of a
// method whose row in the method table says `audited`.
//
// What is hashed into the log for good: everything but `peer` and `identifier`. Those are personal
// data: the log holds a salted commitment to them, and they themselves are sealed apart, so
// that they can be erased while the log still verifies. Never put personal data, a secret or a
// token into `reason` or `target`.
struct AuditEvent {
  AuditEventId id;  // version 7, of `at`
  absl::Time at;
  AuditAction action{};
  AuditOutcome outcome = AuditOutcome::kSucceeded;
  // Why, in constant UPPER_SNAKE_CASE of at most 64 bytes; the true one, which the public answer
  // may hide ("UNKNOWN_ACCOUNT"). Empty where `outcome` says it all.
  std::string reason;
  AuditActor actor;
  // Whose account it is about; the actor's own for most. Nothing where there is none, or none is
  // known ("log in as nobody@example.com").
  std::optional<base::UserId> subject;
  std::optional<base::SessionId> session;
  // What else it is about: a kid, a role, the id of an API key. At most 128 bytes.
  std::string target;

  Peer peer;               // personal
  std::string identifier;  // personal: what was typed to name an account that was not found

  std::string request_id;
  std::string trace_id;  // 32 hexadecimal digits, or empty

  // Whose personal data `peer` and `identifier` are, and with whose data they are erased: the
  // actor's where a user acted, else the subject's; the nil id where neither is known.
  base::UserId person() const;
};

// An event of this call by nobody known: a login, a registration, a reset. Set `subject` (and
// `actor`, once proven), `outcome`, `reason` as they become known.
AuditEvent AuditEventOf(AuditAction action, const CallInfo& call);

// An event of this call by `caller`, about himself and his session. Overwrite `subject` and
// `session` where it is about somebody else.
AuditEvent AuditEventOf(AuditAction action, const Caller& caller, const CallInfo& call);

// The same, about `subject`: of somebody else the caller's own session is not what it is about.
AuditEvent AuditEventOf(AuditAction action, const Caller& caller, base::UserId subject,
                        const CallInfo& call);

}  // namespace signet::domain
