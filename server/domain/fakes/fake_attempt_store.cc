#include "server/domain/fakes/fake_attempt_store.h"

#include <algorithm>
#include <set>

#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

absl::Duration Doubled(absl::Duration first, int times, absl::Duration most) {
  return std::min(first * (1 << std::min(times, 20)), most);
}

}  // namespace

absl::StatusOr<Admission> FakeAttemptStore::Admit(const LoginAttempt& attempt,
                                                  const GuardPolicy& policy) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto found = database_.accounts_.find(attempt.canonical_email);
  const FakeDatabase::Account* account =
      found == database_.accounts_.end() ? nullptr : &found->second;
  GuardKey key;
  key.subject = account ? account->account.user_id.uuid() : attempt.nobody;
  if (account && attempt.device && attempt.device->user_id == account->account.user_id &&
      attempt.device->password_version == account->version) {
    key.device = attempt.device->device;
  }
  return Decide(key, account, attempt.challenge_solved, attempt.now, policy);
}

absl::StatusOr<Admission> FakeAttemptStore::AdmitSession(const SessionAttempt& attempt,
                                                         const GuardPolicy& policy) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  return Decide({attempt.user_id.uuid(), attempt.session_id.uuid()},
                database_.FindAccount(attempt.user_id), true, attempt.now, policy);
}

Admission FakeAttemptStore::Decide(const GuardKey& key, const FakeDatabase::Account* account,
                                   bool solved, absl::Time now, const GuardPolicy& policy) {
  Admission admission;
  admission.key = key;
  FakeDatabase::Guard& guard = database_.guards_[{key.subject, key.device}];
  if (guard.pending > 0 && guard.pending_until < now) {
    guard.failures += std::exchange(guard.pending, 0);
  }
  if (guard.pending == 0 && guard.touched_at < now - policy.memory) {
    guard.failures = 0;
    guard.locked_until = absl::InfinitePast();
  }
  admission.failures = guard.failures;
  admission.retry_at = now;
  if (guard.locked_until > now) {
    admission.verdict = AttemptVerdict::kLocked;
    admission.retry_at = guard.locked_until;
  } else if (guard.held_until > now) {
    admission.verdict = AttemptVerdict::kDelayed;
    admission.retry_at = guard.held_until;
  } else if (policy.challenges && guard.failures >= policy.challenge_after && !solved) {
    admission.verdict = AttemptVerdict::kChallenge;
  } else if (guard.pending >= std::max(policy.lock_after - guard.failures, 1)) {
    admission.verdict = AttemptVerdict::kBusy;
  } else {
    admission.verdict = AttemptVerdict::kAdmitted;
    ++guard.pending;
    guard.pending_until = std::max(guard.pending_until, now + policy.attempt_life);
    guard.touched_at = std::max(guard.touched_at, now);
    if (account) {
      admission.account =
          LoginRecord{account->account.user_id, account->status,
                      account->account.email,   account->hash,
                      account->version,         account->account.roles,
                      account->email_verified,  account->factor.confirmed_at.has_value()};
    }
  }
  return admission;
}

bool FakeAttemptStore::Raise(ThreatKind kind, int64_t key, absl::Time now, absl::Duration window) {
  const auto [row, first] = raised_.try_emplace({kind, key}, now);
  if (!first && row->second > now - window) return false;
  row->second = now;
  return true;
}

std::vector<ThreatKind> FakeAttemptStore::Look(const Failure& failure, const ThreatPolicy& policy) {
  failures_.push_back(failure);
  std::set<base::Uuid> network;
  std::set<base::Uuid> password;
  std::set<base::Uuid> locked;
  for (const Failure& other : failures_) {
    if (other.at <= failure.at - policy.window) continue;
    if (other.evidence.network == failure.evidence.network) network.insert(other.subject);
    if (other.evidence.password == failure.evidence.password) password.insert(other.subject);
    if (other.locked) locked.insert(other.subject);
  }
  const auto reached = [](const std::set<base::Uuid>& subjects, int threshold) {
    return subjects.size() >= static_cast<size_t>(threshold);
  };
  std::vector<ThreatKind> threats;
  if (reached(network, policy.stuffing_accounts) &&
      Raise(ThreatKind::kStuffing, failure.evidence.network, failure.at, policy.window)) {
    threats.push_back(ThreatKind::kStuffing);
  }
  if (reached(password, policy.spraying_accounts) &&
      Raise(ThreatKind::kSpraying, failure.evidence.password, failure.at, policy.window)) {
    threats.push_back(ThreatKind::kSpraying);
  }
  if (failure.locked && reached(locked, policy.storm_locks) &&
      Raise(ThreatKind::kLockoutStorm, 0, failure.at, policy.window)) {
    threats.push_back(ThreatKind::kLockoutStorm);
  }
  return threats;
}

absl::StatusOr<Settlement> FakeAttemptStore::Fail(const FailedAttempt& failed,
                                                  const GuardPolicy& policy,
                                                  const ThreatPolicy& threats) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  database_.audit_.push_back(failed.audit);
  FakeDatabase::Guard& guard = database_.guards_[{failed.key.subject, failed.key.device}];
  const bool locked_before = guard.locked_until > absl::InfinitePast();
  guard.pending = std::max(guard.pending - 1, 0);
  ++guard.failures;
  guard.touched_at = std::max(guard.touched_at, failed.now);
  guard.held_until = guard.locked_until = absl::InfinitePast();
  Settlement settlement;
  settlement.failures = guard.failures;
  if (guard.failures >= policy.lock_after) {
    guard.locked_until =
        failed.now + Doubled(policy.lock, guard.failures - policy.lock_after, policy.longest_lock);
    settlement.locked_until = guard.locked_until;
    if (!locked_before) {
      if (failed.locked) database_.audit_.push_back(*failed.locked);
      database_.AppendMail(failed.told);
    }
  } else if (guard.failures >= policy.challenge_after && policy.delay > absl::ZeroDuration()) {
    guard.held_until =
        failed.now + Doubled(policy.delay, guard.failures - policy.challenge_after, policy.lock);
  }
  settlement.threats =
      Look({failed.now, failed.key.subject, failed.evidence, settlement.locked_until.has_value()},
           threats);
  return settlement;
}

absl::Status FakeAttemptStore::Succeed(const GuardKey& key) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Guard& guard = database_.guards_[{key.subject, key.device}];
  guard.pending = std::max(guard.pending - 1, 0);
  guard.failures = 0;
  guard.held_until = guard.locked_until = absl::InfinitePast();
  return absl::OkStatus();
}

absl::Status FakeAttemptStore::Release(const GuardKey& key,
                                       const std::optional<AuditRecord>& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (audit) database_.audit_.push_back(*audit);
  FakeDatabase::Guard& guard = database_.guards_[{key.subject, key.device}];
  guard.pending = std::max(guard.pending - 1, 0);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<bool>> FakeAttemptStore::Unlock(base::UserId user,
                                                             const AuditRecord& audit,
                                                             absl::Time now) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (database_.FindAccount(user) == nullptr) return std::optional<bool>();
  const bool locked = database_.ForgetFailures(user, now);
  if (locked) database_.audit_.push_back(audit);
  return std::optional<bool>(locked);
}

}  // namespace signet::domain
