#include "server/domain/fakes/fake_second_factor_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/base/status_macros.h"

namespace signet::domain {

bool FakeDatabase::Factor::Admits(const std::optional<FactorProof>& proof) {
  if (!confirmed_at) return true;
  if (!proof) return false;
  const auto code = std::find(recovery_hashes.begin(), recovery_hashes.end(), proof->recovery_hash);
  const bool later = proof->totp_step && *proof->totp_step > last_step;
  if (!later && code == recovery_hashes.end()) return false;
  if (later) last_step = *proof->totp_step;
  if (code != recovery_hashes.end()) recovery_hashes.erase(code);
  failures = 0;
  refused_until = absl::InfinitePast();
  return true;
}

absl::StatusOr<std::optional<FactorRecord>> FakeSecondFactorStore::Read(base::UserId user) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const FakeDatabase::Account* account = database_.FindAccount(user);
  if (account == nullptr || account->status != AccountStatus::kActive) {
    return std::optional<FactorRecord>();
  }
  const FakeDatabase::Factor& factor = account->factor;
  return std::optional<FactorRecord>({account->account.email, factor.totp_sealed,
                                      factor.enrolled_at, factor.confirmed_at,
                                      static_cast<int>(factor.recovery_hashes.size())});
}

absl::StatusOr<bool> FakeSecondFactorStore::Enroll(base::UserId user, absl::string_view totp_sealed,
                                                   absl::Time now, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Account* account = database_.FindAccount(user);
  if (account == nullptr || account->status != AccountStatus::kActive ||
      account->factor.confirmed_at) {
    return false;
  }
  account->factor.totp_sealed = std::string(totp_sealed);
  account->factor.enrolled_at = now;
  account->factor.last_step = 0;
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<bool> FakeSecondFactorStore::Confirm(const FactorConfirmation& confirmation,
                                                    const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Account* account = database_.FindAccount(confirmation.user_id);
  if (account == nullptr || account->status != AccountStatus::kActive ||
      account->factor.confirmed_at || account->factor.totp_sealed != confirmation.totp_sealed) {
    return false;
  }
  account->factor.confirmed_at = confirmation.now;
  account->factor.last_step = confirmation.totp_step;
  account->factor.recovery_hashes = confirmation.recovery_hashes;
  account->factor.failures = 0;
  account->factor.refused_until = absl::InfinitePast();
  for (auto& [key, session] : database_.sessions_) {
    if (key.first != confirmation.user_id || !session.LiveAt(confirmation.now)) continue;
    if (key.second == confirmation.session_id) {
      session.session.acr = confirmation.acr;
      session.session.amr = confirmation.amr;
      continue;
    }
    database_.EndSession(session, EndReason::kFactorChanged, Peer(), confirmation.now,
                         std::nullopt);
    database_.AppendRevocation(token::RevocationKind::kSession, key.second.ToString(),
                               confirmation.now, confirmation.revocation_expires_at);
  }
  database_.AppendMail(confirmation.mail);
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<FactorAttempt> FakeSecondFactorStore::Admit(base::UserId user,
                                                           absl::string_view recovery_hash,
                                                           const AttemptPolicy& policy,
                                                           absl::Time now) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FactorAttempt attempt;
  FakeDatabase::Account* account = database_.FindAccount(user);
  if (account == nullptr || !account->factor.confirmed_at) return attempt;
  FakeDatabase::Factor& factor = account->factor;
  if (factor.refused_until > now) {
    attempt.state = FactorAttempt::State::kRefused;
    attempt.refused_until = factor.refused_until;
    return attempt;
  }
  if (factor.counted_at < now - policy.forgotten_after) factor.failures = 0;
  factor.counted_at = now;
  ++factor.failures;
  if (factor.failures >= policy.free_failures) {
    absl::Duration pause = policy.first_pause;
    for (int i = policy.free_failures; i < factor.failures && pause < policy.longest_pause; ++i) {
      pause *= 2;
    }
    factor.refused_until = now + std::min(pause, policy.longest_pause);
  }
  attempt.state = FactorAttempt::State::kAdmitted;
  attempt.totp_sealed = factor.totp_sealed;
  attempt.last_step = factor.last_step;
  attempt.recovery_known = std::find(factor.recovery_hashes.begin(), factor.recovery_hashes.end(),
                                     recovery_hash) != factor.recovery_hashes.end();
  return attempt;
}

absl::StatusOr<bool> FakeSecondFactorStore::Disable(base::UserId user, absl::Time,
                                                    const MailRow& mail, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Account* account = database_.FindAccount(user);
  if (account == nullptr || !account->factor.confirmed_at) return false;
  account->factor = FakeDatabase::Factor();
  database_.AppendMail(mail);
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<bool> FakeSecondFactorStore::ReplaceRecoveryCodes(
    base::UserId user, const std::vector<std::string>& hashes, const MailRow& mail,
    const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Account* account = database_.FindAccount(user);
  if (account == nullptr || !account->factor.confirmed_at) return false;
  account->factor.recovery_hashes = hashes;
  database_.AppendMail(mail);
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<std::string> FakeTotpSealer::Seal(base::UserId user,
                                                 const base::Secret& secret) const {
  return absl::StrCat(user.bytes(), secret.reveal());
}

absl::StatusOr<base::Secret> FakeTotpSealer::Open(base::UserId user,
                                                  absl::string_view sealed) const {
  if (!absl::ConsumePrefix(&sealed, user.bytes())) return absl::DataLossError("moved");
  return base::Secret(sealed);
}

}  // namespace signet::domain
