#include "server/domain/fakes/fake_session_token_store.h"

#include "client/base/status_macros.h"

namespace signet::domain {

absl::StatusOr<std::vector<std::optional<SessionTokenView>>> FakeSessionTokenStore::Find(
    absl::Span<const PresentedSession> presented) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  ++reads_;
  std::vector<std::optional<SessionTokenView>> views;
  for (const PresentedSession& one : presented) {
    auto& view = views.emplace_back();
    const FakeDatabase::Session* row = database_.FindSession(one.user_id, one.session_id);
    const FakeDatabase::Account* account = database_.FindAccount(one.user_id);
    if (row == nullptr || account == nullptr || row->session.kind != SessionKind::kSessionToken) {
      continue;
    }
    view.emplace();
    view->secret_hash = row->leaf_hash;
    view->created_at = row->session.now;
    view->last_used_at = row->rotated_at;
    view->recorded_at = row->recorded_at;
    view->expires_at = row->session.lineage_expires_at;
    view->end_reason = row->end_reason;
    view->account_active = account->status == AccountStatus::kActive;
    view->grant = database_.GrantOf(*row, *account);
  }
  return views;
}

absl::StatusOr<std::vector<std::optional<RecordedUse>>> FakeSessionTokenStore::RecordUses(
    absl::Span<const SessionUse> uses, absl::Duration idle, absl::Duration grain, absl::Time now) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<std::optional<RecordedUse>> recorded;
  for (const SessionUse& use : uses) {
    FakeDatabase::Session* row = database_.FindSession(use.user_id, use.session_id);
    if (row == nullptr || row->session.kind != SessionKind::kSessionToken) {
      recorded.emplace_back();
      continue;
    }
    if (row->LiveAt(use.at) && row->rotated_at < use.at && row->rotated_at > use.at - idle &&
        row->recorded_at <= now - grain) {
      row->rotated_at = use.at;
      row->recorded_at = now;
      ++written_;
    }
    recorded.push_back(RecordedUse{row->rotated_at, row->recorded_at});
  }
  return recorded;
}

absl::StatusOr<SessionPolicy> FakeSessionTokenStore::ReadPolicy() {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  return database_.session_policy_;
}

absl::StatusOr<SessionPolicy> FakeSessionTokenStore::WritePolicy(const SessionPolicy& policy,
                                                                 const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const int64_t version = database_.session_policy_.version + 1;
  database_.session_policy_ = policy;
  database_.session_policy_.version = version;
  database_.audit_.push_back(audit);
  return database_.session_policy_;
}

int FakeSessionTokenStore::written() const {
  base::MutexLock lock(database_.mutex_);
  return written_;
}

int FakeSessionTokenStore::reads() const {
  base::MutexLock lock(database_.mutex_);
  return reads_;
}

}  // namespace signet::domain
