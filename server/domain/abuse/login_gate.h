#pragma once

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/abuse/device_token.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/attempt_store.h"
#include "server/domain/ports/challenge_provider.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/domain/ports/threat_observer.h"
#include "server/domain/ports/turn_queue.h"

namespace signet::domain {

// Lets attempts at a password through: every one is counted before it is evaluated.
// Thread-safe.
class LoginGate {
 public:
  struct Uses {  // all outlive the gate
    AttemptStore& attempts;
    TurnQueue& turns;
    RateLimiter& rates;
    ChallengeProvider& challenges;
    ThreatObserver& threats;
    const DeviceTokens& devices;
    const MailSealer& mails;
    AuditTrail& audit;
  };
  // `digest_key`: 32 bytes that all replicas share; under it a name that nobody has becomes a
  // subject, and passwords and networks become evidence, so that none of them is stored.
  LoginGate(const Uses& uses, const GuardPolicy& policy, const ThreatPolicy& threat_policy,
            base::Secret digest_key)
      : uses_(uses),
        policy_(policy),
        threat_policy_(threat_policy),
        digest_key_(std::move(digest_key)) {}

  // One attempt under way. Movable; told nothing, it is released when it goes.
  class Attempt {
   public:
    Attempt(LoginGate& gate, Admission admission)
        : gate_(&gate), admission_(std::move(admission)) {}
    Attempt(Attempt&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), admission_(std::move(other.admission_)) {}
    Attempt& operator=(Attempt&&) = delete;
    ~Attempt();

    // False: the account, or the name, is locked. Answer as for a wrong password.
    bool admitted() const { return admission_.verdict == AttemptVerdict::kAdmitted; }
    // Nothing where nobody has the name.
    const std::optional<LoginRecord>& account() const { return admission_.account; }
    const GuardKey& key() const { return admission_.key; }

    // The guess was wrong, or as good as wrong (unknown, disabled): counts and records it, and
    // where that locks the account tells its owner (at a verified address; once until a login or a
    // day without failures ends it, however often it is locked again). The error means that it
    // counts as failed later, and that nothing may be told yet.
    absl::Status Fail(const base::Secret& password, const AuditRecord& audit, const CallInfo& call);
    // SessionStore::Open() has settled it together with the session.
    void Succeeded();
    // The password was right, and more is needed before a session opens: does not count, and is
    // recorded, one round trip.
    absl::Status Release(const AuditRecord& audit);
    // The password was right, and no session opens with it: settles it, one round trip.
    absl::Status Succeed();

   private:
    void Leave();

    LoginGate* gate_;
    Admission admission_;
  };

  struct Visitor {
    absl::string_view canonical_email;
    const base::Secret& device_token;      // may be empty, or anything
    absl::string_view challenge_solution;  // may be empty; looked at where one is asked for
  };
  // Waits where too many attempts at the account are under way. RATE_LIMITED: too soon after a
  // failure, or too many at this account; CHALLENGE_REQUIRED: solve one first; OVERLOADED: no turn
  // before the deadline. All of these, and the lock, come alike whether or not an account has the
  // name.
  absl::StatusOr<Attempt> Enter(const Visitor& visitor, const CallInfo& call);

  // The same for a caller who has a session. Admitted, where it returns: RATE_LIMITED for a lock
  // too, which is no secret from whoever is inside.
  absl::StatusOr<Attempt> EnterAgain(const Caller& caller, const CallInfo& call);

 private:
  FailureEvidence EvidenceOf(const base::Secret& password, const Peer& peer) const;
  absl::Status Limit(const LoginAttempt& attempt, absl::Time now);
  void DescribeLock(const LoginRecord& account, const CallInfo& call, FailedAttempt& failed) const;

  const Uses uses_;
  const GuardPolicy policy_;
  const ThreatPolicy threat_policy_;
  const base::Secret digest_key_;
};

}  // namespace signet::domain
