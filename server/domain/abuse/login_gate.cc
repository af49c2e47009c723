#include "server/domain/abuse/login_gate.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/base/big_endian.h"
#include "client/base/ip_address.h"
#include "client/base/quota_error.h"
#include "client/base/status_macros.h"
#include "client/crypto/digest.h"
#include "server/domain/abuse/challenge_desk.h"
#include "server/domain/call_deadline.h"
#include "server/domain/mail/mailed_token.h"

namespace signet::domain {
namespace {

int64_t Digest(const base::Secret& key, absl::string_view purpose, absl::string_view value) {
  const base::Secret input(absl::StrCat(purpose, "/", value));
  const auto digest = crypto::HmacSha256(key.reveal(), input.reveal());
  return static_cast<int64_t>(base::ReadBigEndian(crypto::DigestView(digest).substr(0, 8)));
}

absl::string_view ReasonOf(ThreatKind kind) {
  switch (kind) {
    case ThreatKind::kStuffing:
      return "STUFFING";
    case ThreatKind::kSpraying:
      return "SPRAYING";
    case ThreatKind::kLockoutStorm:
      return "LOCKOUT_STORM";
    case ThreatKind::kReplay:
      return "REPLAY";
  }
  return "";
}

}  // namespace

LoginGate::Attempt::~Attempt() {
  if (gate_ == nullptr || !admitted()) return;
  // A call that gave up counts its attempt down too, or a storm of logins that nobody waits for
  // would bar their accounts. Where this fails the attempt counts as failed after a while: towards
  // fewer guesses, never more.
  const WithoutCallDeadline settling;
  gate_->uses_.attempts.Release(key(), std::nullopt).IgnoreError();
  Leave();
}

absl::Status LoginGate::Attempt::Fail(const base::Secret& password, const AuditRecord& audit,
                                      const CallInfo& call) {
  const LoginGate& gate = *gate_;
  FailedAttempt failed;
  failed.key = key();
  failed.evidence = gate.EvidenceOf(password, call.peer);
  failed.audit = audit;
  failed.now = call.now;
  if (account()) gate.DescribeLock(*account(), call, failed);
  const WithoutCallDeadline settling;
  const auto settled = gate.uses_.attempts.Fail(failed, gate.policy_, gate.threat_policy_);
  Leave();
  SIGNET_RETURN_IF_ERROR(settled.status());
  if (settled->locked_until) {
    gate.uses_.threats.Locked(key(), *settled->locked_until, call.peer);
  }
  for (const ThreatKind kind : settled->threats) {
    gate.uses_.threats.Raised(kind, call.peer);
    AuditEvent event = AuditEventOf(AuditAction::kDetectThreat, call);
    event.actor.kind = AuditActor::Kind::kServer;
    event.reason = std::string(ReasonOf(kind));
    SIGNET_RETURN_IF_ERROR(gate.uses_.audit.Append(std::move(event)));
  }
  return absl::OkStatus();
}

absl::Status LoginGate::Attempt::Release(const AuditRecord& audit) {
  const WithoutCallDeadline settling;
  const absl::Status released = gate_->uses_.attempts.Release(key(), audit);
  Leave();
  return released;
}

absl::Status LoginGate::Attempt::Succeed() {
  const WithoutCallDeadline settling;
  const absl::Status settled = gate_->uses_.attempts.Succeed(key());
  Leave();
  return settled;
}

void LoginGate::Attempt::Succeeded() { Leave(); }

void LoginGate::Attempt::Leave() {
  std::exchange(gate_, nullptr)->uses_.turns.Ended(key().subject);
}

FailureEvidence LoginGate::EvidenceOf(const base::Secret& password, const Peer& peer) const {
  const auto address = base::IpAddress::Parse(peer.address);
  FailureEvidence evidence;
  evidence.network = Digest(digest_key_, "network", address ? address->Subscriber() : peer.address);
  evidence.password = Digest(digest_key_, "password", password.reveal());
  return evidence;
}

void LoginGate::DescribeLock(const LoginRecord& account, const CallInfo& call,
                             FailedAttempt& failed) const {
  AuditEvent event = AuditEventOf(AuditAction::kLockAccount, call);
  event.actor.kind = AuditActor::Kind::kServer;
  event.subject = account.user_id;
  failed.locked = uses_.audit.Record(std::move(event));
  if (!account.email_verified) return;  // anybody may have registered the address of somebody else
  OutgoingMail mail = Notice(MailKind::kAccountLocked, account.user_id, account.email, call);
  mail.until = call.now + policy_.lock;
  failed.told = uses_.mails.Seal(mail, call.now);
}

// A known device has a bucket of its own, as it has a door of its own.
absl::Status LoginGate::Limit(const LoginAttempt& attempt, absl::Time now) {
  const std::string whom =
      attempt.device ? attempt.device->device.ToString() : attempt.canonical_email;
  return uses_.rates.Take(LimitedAction::kLogin, LimitScope::kAccount, whom, now);
}

absl::StatusOr<LoginGate::Attempt> LoginGate::Enter(const Visitor& visitor, const CallInfo& call) {
  LoginAttempt attempt;
  attempt.canonical_email = std::string(visitor.canonical_email);
  const auto name = crypto::HmacSha256(digest_key_.reveal(), visitor.canonical_email);
  attempt.nobody = *base::Uuid::FromBytes(crypto::DigestView(name).substr(0, 16));
  attempt.device = uses_.devices.Read(visitor.device_token.reveal(), call.now);
  attempt.now = call.now;
  SIGNET_RETURN_IF_ERROR(Limit(attempt, call.now));
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(Admission admission, uses_.attempts.Admit(attempt, policy_));
    switch (admission.verdict) {
      case AttemptVerdict::kBusy:
        SIGNET_RETURN_IF_ERROR(uses_.turns.AwaitTurn(admission.key.subject, call.deadline));
        continue;
      case AttemptVerdict::kAdmitted:
        break;
      case AttemptVerdict::kLocked:
        uses_.turns.Ended(admission.key.subject);  // whoever waits is to hear of the lock too
        break;
      case AttemptVerdict::kDelayed:
        uses_.turns.Ended(admission.key.subject);
        return base::RateLimited("login/failures", "failed logins with this name",
                                 std::max(admission.retry_at - call.now, absl::Milliseconds(1)));
      case AttemptVerdict::kChallenge: {
        uses_.turns.Ended(admission.key.subject);
        if (visitor.challenge_solution.empty()) return ChallengeRequired();
        // Judged now and not before: a solution is good once, and asking a provider costs.
        SIGNET_ASSIGN_OR_RETURN(attempt.challenge_solved,
                                uses_.challenges.Check(visitor.challenge_solution, call));
        if (!attempt.challenge_solved) return ChallengeRequired();
        continue;
      }
    }
    return Attempt(*this, std::move(admission));
  }
}

absl::StatusOr<LoginGate::Attempt> LoginGate::EnterAgain(const Caller& caller,
                                                         const CallInfo& call) {
  const SessionAttempt attempt{caller.user_id(), caller.session_id(), call.now};
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(Admission admission, uses_.attempts.AdmitSession(attempt, policy_));
    if (admission.verdict == AttemptVerdict::kAdmitted) {
      return Attempt(*this, std::move(admission));
    }
    if (admission.verdict == AttemptVerdict::kBusy) {
      SIGNET_RETURN_IF_ERROR(uses_.turns.AwaitTurn(admission.key.subject, call.deadline));
      continue;
    }
    uses_.turns.Ended(admission.key.subject);
    return base::RateLimited("login/failures", "wrong passwords in this session",
                             std::max(admission.retry_at - call.now, absl::Milliseconds(1)));
  }
}

}  // namespace signet::domain
