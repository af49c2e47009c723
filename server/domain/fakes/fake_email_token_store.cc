#include "server/domain/fakes/fake_email_token_store.h"

#include <algorithm>
#include <utility>

#include "client/base/status_macros.h"

namespace signet::domain {

// Reaches into the database for its friend. Every call is under the database's lock.
struct FakeEmailTokenStore::Reader {
  FakeDatabase& database;

  FakeDatabase::EmailTokenRow* Live(const PresentedEmailToken& token,
                                    absl::Time now) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const auto found = database.email_tokens_.find({token.user_id, token.purpose});
    if (found == database.email_tokens_.end() || found->second.used ||
        found->second.secret_hash != token.secret_hash || found->second.expires_at <= now) {
      return nullptr;
    }
    return &found->second;
  }

  FakeDatabase::Account* Active(base::UserId user) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    FakeDatabase::Account* account = database.FindAccount(user);
    return account != nullptr && account->status == AccountStatus::kActive ? account : nullptr;
  }

  void SpendAll(base::UserId user) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (auto& [key, row] : database.email_tokens_) {
      if (key.first == user) row.used = true;
    }
  }

  void EndSessions(base::UserId user, EndReason reason, std::optional<base::SessionId> keep,
                   absl::Time now,
                   std::optional<absl::Time> revoke_each_until) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (auto& [key, session] : database.sessions_) {
      if (key.first != user || key.second == keep || !session.LiveAt(now)) continue;
      database.EndSession(session, reason, Peer(), now, std::nullopt);
      if (!revoke_each_until) continue;
      database.AppendRevocation(token::RevocationKind::kSession, key.second.ToString(), now,
                                *revoke_each_until);
    }
  }
};

absl::StatusOr<bool> FakeEmailTokenStore::Issue(const NewEmailToken& token,
                                                const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const std::pair key(token.token.user_id, token.token.purpose);
  const auto found = database_.email_tokens_.find(key);
  if (found != database_.email_tokens_.end() && found->second.issued_at > token.last_issued_by) {
    return false;
  }
  database_.email_tokens_[key] = {token.token.secret_hash, token.issued_at, token.expires_at,
                                  false};
  database_.AppendMail(token.mail);
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<bool> FakeEmailTokenStore::VerifyEmail(const PresentedEmailToken& token,
                                                      absl::Time now, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Reader reader{database_};
  auto* row = reader.Live(token, now);
  auto* account = reader.Active(token.user_id);
  if (token.purpose != EmailTokenPurpose::kVerifyEmail || row == nullptr || account == nullptr) {
    return false;
  }
  row->used = true;
  account->email_verified = true;
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<std::optional<std::string>> FakeEmailTokenStore::FindOwner(
    const PresentedEmailToken& token, absl::Time now) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Reader reader{database_};
  const auto* account = reader.Active(token.user_id);
  if (account == nullptr || reader.Live(token, now) == nullptr) return std::optional<std::string>();
  return std::optional<std::string>(account->account.email);
}

absl::StatusOr<bool> FakeEmailTokenStore::ResetPassword(const PresentedEmailToken& token,
                                                        absl::string_view new_hash, absl::Time now,
                                                        absl::Time not_before,
                                                        absl::Time revocation_expires_at,
                                                        const MailRow& told,
                                                        const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Reader reader{database_};
  auto* account = reader.Active(token.user_id);
  if (token.purpose != EmailTokenPurpose::kPasswordReset || account == nullptr ||
      reader.Live(token, now) == nullptr) {
    return false;
  }
  reader.SpendAll(token.user_id);
  account->hash = std::string(new_hash);
  ++account->version;
  account->email_verified = true;
  account->not_before = std::max(account->not_before + absl::Seconds(1), not_before);
  reader.EndSessions(token.user_id, EndReason::kPasswordChanged, std::nullopt, now, std::nullopt);
  token::RevocationRecord record;
  record.kind = token::RevocationKind::kUser;
  record.subject = token.user_id.ToString();
  record.not_before = account->not_before;
  record.recorded_at = now;
  record.expires_at = revocation_expires_at;
  database_.AppendRevocation(std::move(record));
  database_.ForgetFailures(token.user_id, now);
  database_.AppendMail(told);
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<bool> FakeEmailTokenStore::RequestEmailChange(const NewEmailChange& change,
                                                             const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (Reader{database_}.Active(change.user_id) == nullptr) return false;
  const auto found = database_.email_changes_.find(change.user_id);
  if (found != database_.email_changes_.end() &&
      found->second.change.requested_at > change.last_requested_by) {
    return false;
  }
  database_.email_changes_[change.user_id] = {change, false, false};
  for (const auto& [purpose, hash] :
       {std::pair(EmailTokenPurpose::kEmailChangeOld, change.old_hash),
        std::pair(EmailTokenPurpose::kEmailChangeNew, change.new_hash)}) {
    database_.email_tokens_[{change.user_id, purpose}] = {hash, change.requested_at,
                                                          change.expires_at, false};
  }
  database_.AppendMail(change.to_old);
  if (!database_.accounts_.contains(change.new_canonical)) database_.AppendMail(change.to_new);
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<std::optional<PendingEmailChange>> FakeEmailTokenStore::FindEmailChange(
    const PresentedEmailToken& token, absl::Time now) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Reader reader{database_};
  const auto* account = reader.Active(token.user_id);
  const auto found = database_.email_changes_.find(token.user_id);
  if (account == nullptr || reader.Live(token, now) == nullptr ||
      found == database_.email_changes_.end() || found->second.change.expires_at <= now) {
    return std::optional<PendingEmailChange>();
  }
  return std::optional<PendingEmailChange>(
      {account->account.email, found->second.change.new_email});
}

absl::StatusOr<EmailChangeStep> FakeEmailTokenStore::ConfirmEmailChange(
    const PresentedEmailToken& token, absl::Time now, absl::Time revocation_expires_at,
    const MailRow& told, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Reader reader{database_};
  auto* row = reader.Live(token, now);
  const auto found = database_.email_changes_.find(token.user_id);
  const bool to_old = token.purpose == EmailTokenPurpose::kEmailChangeOld;
  if (row == nullptr || reader.Active(token.user_id) == nullptr ||
      (!to_old && token.purpose != EmailTokenPurpose::kEmailChangeNew) ||
      found == database_.email_changes_.end() || found->second.change.expires_at <= now) {
    return EmailChangeStep::kRefused;
  }
  row->used = true;
  FakeDatabase::EmailChangeRow& change = found->second;
  (to_old ? change.old_confirmed : change.new_confirmed) = true;
  if (!change.old_confirmed || !change.new_confirmed) {
    database_.audit_.push_back(audit);
    return EmailChangeStep::kHalf;
  }
  change.change.expires_at = now;
  if (database_.accounts_.contains(change.change.new_canonical)) return EmailChangeStep::kTaken;
  const std::string former = database_.FindAccount(token.user_id)->account.canonical_email;
  auto node = database_.accounts_.extract(former);
  node.key() = change.change.new_canonical;
  node.mapped().account.email = change.change.new_email;
  node.mapped().account.canonical_email = change.change.new_canonical;
  node.mapped().email_verified = true;
  database_.accounts_.insert(std::move(node));
  reader.SpendAll(token.user_id);
  reader.EndSessions(token.user_id, EndReason::kEmailChanged, change.change.session_id, now,
                     revocation_expires_at);
  database_.AppendMail(told);
  database_.audit_.push_back(audit);
  return EmailChangeStep::kChanged;
}

absl::StatusOr<int64_t> FakeEmailTokenStore::RemoveExpired(absl::Time before) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto tokens = std::erase_if(
      database_.email_tokens_, [&](const auto& row) { return row.second.expires_at < before; });
  const auto changes = std::erase_if(database_.email_changes_, [&](const auto& row) {
    return row.second.change.expires_at < before;
  });
  return static_cast<int64_t>(tokens + changes);
}

}  // namespace signet::domain
