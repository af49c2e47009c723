#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/abuse/guard_key.h"
#include "server/domain/abuse/guard_policy.h"
#include "server/domain/accounts/account.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/mail/outgoing_mail.h"

namespace signet::domain {

// A device that proved itself with a token of an earlier login.
struct KnownDevice {
  base::UserId user_id;
  base::Uuid device;
  int64_t password_version = 0;  // at that login; the proof ends with a change of the password
};

struct LoginAttempt {
  std::string canonical_email;
  base::Uuid nobody;  // the subject where no account has the name; the same for the same name
  std::optional<KnownDevice> device;
  bool challenge_solved = false;
  absl::Time now;
};

// Somebody who has a session shows the password once more.
struct SessionAttempt {
  base::UserId user_id;
  base::SessionId session_id;  // the door: a thief of one session locks that one alone
  absl::Time now;
};

enum class AttemptVerdict {
  kAdmitted = 1,   // counted as under way: to be settled
  kBusy = 2,       // as many attempts are under way as may fail; ask again when one has ended
  kDelayed = 3,    // too soon after the last failure
  kLocked = 4,     // too many failures
  kChallenge = 5,  // a challenge has to be solved first
};

struct Admission {
  AttemptVerdict verdict = AttemptVerdict::kLocked;
  GuardKey key;
  int failures = 0;
  absl::Time retry_at;                 // of kDelayed and kLocked
  std::optional<LoginRecord> account;  // of kAdmitted, where there is one
};

// What a failure has in common with others: keyed digests, never the things themselves.
struct FailureEvidence {
  int64_t network = 0;   // an IPv4 address or an IPv6 /64
  int64_t password = 0;  // that was tried
};

// An attempt that failed, and what is written with it.
struct FailedAttempt {
  GuardKey key;
  FailureEvidence evidence;
  AuditRecord audit;
  // Written where no failure through this door had locked before this one does.
  std::optional<AuditRecord> locked;
  MailRow told;  // may be empty
  absl::Time now;
};

// A pattern that single logins do not show; kept in the database.
enum class ThreatKind {
  kStuffing = 1,      // one network fails at many accounts: lists of leaked passwords are tried
  kSpraying = 2,      // one password fails at many accounts
  kLockoutStorm = 3,  // many accounts are locked
  kReplay = 4,        // a refresh token was used twice
};

// What became of an attempt that did not succeed.
struct Settlement {
  int failures = 0;
  std::optional<absl::Time> locked_until;  // set when this failure locked
  std::vector<ThreatKind> threats;         // that it made visible, each once per window
};

// Counts guesses. An attempt is counted as under way before it is evaluated, in a statement
// of its own that commits; what is under way and what has failed together never exceed the
// threshold, so that parallel guesses, over any number of processes, evaluate no more of them than
// guesses one after the other would. Where nothing was told of an attempt for
// GuardPolicy::attempt_life, it has failed. Errors as AccountStore. Thread-safe.
class AttemptStore {
 public:
  virtual ~AttemptStore() = default;

  // Looks up the account and decides about the attempt. One round trip; the same work whether or
  // not there is an account, or a lock.
  virtual absl::StatusOr<Admission> Admit(const LoginAttempt& attempt,
                                          const GuardPolicy& policy) = 0;

  // The same for a caller who has a session; never kChallenge.
  virtual absl::StatusOr<Admission> AdmitSession(const SessionAttempt& attempt,
                                                 const GuardPolicy& policy) = 0;

  // One statement counts the failure, writes it into the audit log, tells of a lock, notes the
  // evidence and looks for threats.
  virtual absl::StatusOr<Settlement> Fail(const FailedAttempt& failed, const GuardPolicy& policy,
                                          const ThreatPolicy& threats) = 0;

  // The password was right where no session opens with it: settles the attempt and forgets the
  // failures through its door.
  virtual absl::Status Succeed(const GuardKey& key) = 0;

  // The attempt was not evaluated after all, or ended in a way that tells nothing: it does not
  // count. Writes `audit`, where there is one, with it. (One that opened a session is settled by
  // SessionStore::Open.)
  virtual absl::Status Release(const GuardKey& key, const std::optional<AuditRecord>& audit) = 0;

  // Forgets every failure of the account, through every door. True when it was locked anywhere;
  // writes `audit` then. Nothing where there is no such account.
  virtual absl::StatusOr<std::optional<bool>> Unlock(base::UserId user, const AuditRecord& audit,
                                                     absl::Time now) = 0;
};

}  // namespace signet::domain
