#include "server/domain/fakes/fake_session_store.h"

#include <algorithm>
#include <set>

#include "client/base/status_macros.h"

namespace signet::domain {

// Reaches into the database for its friend.
struct FakeSessionStore::Reader {
  using Session = FakeDatabase::Session;

  static SessionGrant Grant(const FakeDatabase& database, const Session& row,
                            const FakeDatabase::Account& account)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database.mutex_) {
    return database.GrantOf(row, account);
  }

  static SessionSummary Summary(const Session& row) {
    const NewSession& s = row.session;
    return {s.session_id,   s.client_id,          s.device_name,  row.last_peer, s.now,
            row.rotated_at, s.lineage_expires_at, row.end_reason, row.ended_at,  s.kind};
  }
};

absl::StatusOr<std::optional<SessionGrant>> FakeSessionStore::Open(const NewSession& session,
                                                                   const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Account* account = database_.FindAccount(session.user_id);
  if (account == nullptr || account->status != AccountStatus::kActive ||
      account->version != session.password_version ||
      database_.FindSession(session.user_id, session.session_id) != nullptr ||
      !account->factor.Admits(session.factor)) {
    return std::optional<SessionGrant>();
  }
  if (session.door) {
    FakeDatabase::Guard& guard = database_.guards_[{session.door->subject, session.door->device}];
    guard.pending = std::max(guard.pending - session.attempts_settled, 0);
    guard.failures = 0;
    guard.held_until = guard.locked_until = absl::InfinitePast();
  }
  const auto earlier = database_.sessions_.lower_bound({session.user_id, base::SessionId()});
  if (account->account.created_at < session.now - absl::Hours(24) ||
      (earlier != database_.sessions_.end() && earlier->first.first == session.user_id)) {
    database_.AppendMail(session.new_device);
  }
  FakeDatabase::Session row;
  row.session = session;
  row.leaf_hash = session.leaf_hash;
  row.rotated_at = session.now;
  row.recorded_at = session.now;
  row.authenticated_at = session.now;
  row.hashes[0] = session.leaf_hash;
  row.last_peer = session.peer;
  row.events.push_back({LineageEventKind::kOpened, 0, session.now, session.peer, std::nullopt});
  database_.audit_.push_back(audit);
  const auto grant = Reader::Grant(database_, row, *account);
  database_.sessions_.emplace(std::pair(session.user_id, session.session_id), std::move(row));
  return std::optional<SessionGrant>(grant);
}

absl::StatusOr<std::optional<SessionGrant>> FakeSessionStore::Reauthenticate(
    const Reauthentication& again, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Session* row = database_.FindSession(again.user_id, again.session_id);
  FakeDatabase::Account* account = database_.FindAccount(again.user_id);
  if (row == nullptr || account == nullptr || account->status != AccountStatus::kActive ||
      account->version != again.password_version || !row->LiveAt(again.now) ||
      !account->factor.Admits(again.factor)) {
    return std::optional<SessionGrant>();
  }
  row->session.acr = again.acr;
  row->session.amr = again.amr;
  row->authenticated_at = again.now;
  database_.audit_.push_back(audit);
  return std::optional<SessionGrant>(Reader::Grant(database_, *row, *account));
}

absl::StatusOr<std::vector<std::optional<SessionGrant>>> FakeSessionStore::Rotate(
    absl::Span<const Rotation> rotations) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<std::optional<SessionGrant>> grants;
  std::set<base::SessionId> rotated;  // a child is no live leaf yet where its parent rotates
  for (const Rotation& rotation : rotations) {
    const bool again = rotated.contains(rotation.presented.session_id);
    grants.push_back(again ? std::nullopt : RotateOne(rotation));
    if (grants.back()) rotated.insert(rotation.presented.session_id);
  }
  return grants;
}

std::optional<SessionGrant> FakeSessionStore::RotateOne(const Rotation& rotation) {
  const Presented& presented = rotation.presented;
  FakeDatabase::Session* row = database_.FindSession(presented.user_id, presented.session_id);
  const FakeDatabase::Account* account = database_.FindAccount(presented.user_id);
  if (row == nullptr || account == nullptr || account->status != AccountStatus::kActive ||
      !row->LiveAt(rotation.now) || row->rotated_at <= rotation.idle_since ||
      row->generation != presented.generation || row->leaf_hash != presented.secret_hash) {
    return std::nullopt;
  }
  ++row->generation;
  row->leaf_hash = rotation.successor_hash;
  row->rotated_at = rotation.now;
  row->hashes[row->generation] = rotation.successor_hash;
  row->last_peer = rotation.peer;
  if (rotation.audit) database_.audit_.push_back(*rotation.audit);
  row->events.push_back(
      {LineageEventKind::kRotated, row->generation, rotation.now, rotation.peer, std::nullopt});
  return Reader::Grant(database_, *row, *account);
}

absl::StatusOr<std::vector<std::optional<LineageView>>> FakeSessionStore::ReadAll(
    absl::Span<const Presented> presented) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<std::optional<LineageView>> views;
  for (const Presented& one : presented) views.push_back(ReadOne(one));
  return views;
}

std::optional<LineageView> FakeSessionStore::ReadOne(const Presented& presented) {
  const FakeDatabase::Session* row = database_.FindSession(presented.user_id, presented.session_id);
  if (row == nullptr) return std::nullopt;
  LineageView view;
  view.generation = row->generation;
  view.leaf_hash = row->leaf_hash;
  view.rotated_at = row->rotated_at;
  view.expires_at = row->session.lineage_expires_at;
  view.end_reason = row->end_reason;
  const auto hash = row->hashes.find(presented.generation);
  if (hash != row->hashes.end()) view.presented_generation_hash = hash->second;
  view.grant = Reader::Grant(database_, *row, *database_.FindAccount(presented.user_id));
  return view;
}

absl::Status FakeSessionStore::RecordReplays(absl::Span<const Replay> replays) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  for (const auto& [presented, peer, now, audit] : replays) {
    auto* row = database_.FindSession(presented.user_id, presented.session_id);
    if (row == nullptr) continue;
    if (audit) database_.audit_.push_back(*audit);
    row->events.push_back(
        {LineageEventKind::kReplayed, presented.generation, now, peer, std::nullopt});
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> FakeSessionStore::End(base::UserId user, base::SessionId session,
                                           EndReason reason, const Peer& peer, absl::Time now,
                                           absl::Time revocation_expires_at,
                                           std::optional<int32_t> presented_generation,
                                           const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Session* row = database_.FindSession(user, session);
  if (row == nullptr || row->end_reason) return false;
  database_.EndSession(*row, reason, peer, now, presented_generation);
  database_.audit_.push_back(audit);
  database_.AppendRevocation(token::RevocationKind::kSession, session.ToString(), now,
                             revocation_expires_at);
  return true;
}

absl::StatusOr<int64_t> FakeSessionStore::EndAll(base::UserId user, EndReason reason,
                                                 absl::Time now, absl::Time not_before,
                                                 absl::Time revocation_expires_at,
                                                 const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (FakeDatabase::Account* account = database_.FindAccount(user)) {
    // Moves on within one second: tokens issued between two calls carry the first as their `iat`.
    not_before = std::max(account->not_before + absl::Seconds(1), not_before);
    account->not_before = not_before;
  }
  int64_t ended = 0;
  database_.audit_.push_back(audit);
  for (auto& [key, row] : database_.sessions_) {
    if (key.first != user || !row.LiveAt(now)) continue;
    database_.EndSession(row, reason, Peer(), now, std::nullopt);
    ++ended;
  }
  token::RevocationRecord record;
  record.kind = token::RevocationKind::kUser;
  record.subject = user.ToString();
  record.not_before = not_before;
  record.recorded_at = now;
  record.expires_at = revocation_expires_at;
  database_.AppendRevocation(std::move(record));
  return ended;
}

absl::StatusOr<std::vector<SessionSummary>> FakeSessionStore::List(
    base::UserId user, std::optional<base::SessionId> after, int limit, absl::Time now,
    const IdleSessions& idle) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<SessionSummary> summaries;
  for (auto it = database_.sessions_.rbegin(); it != database_.sessions_.rend(); ++it) {
    if (summaries.size() == static_cast<size_t>(limit)) break;
    if (it->first.first != user || (after && it->first.second >= *after)) continue;
    const bool opaque = it->second.session.kind == SessionKind::kSessionToken;
    const absl::Time idle_since = opaque ? idle.session_token : idle.refreshed;
    if (it->second.LiveAt(now) && it->second.rotated_at > idle_since)
      summaries.push_back(Reader::Summary(it->second));
  }
  return summaries;
}

absl::StatusOr<std::optional<LineageHistory>> FakeSessionStore::History(
    std::optional<base::UserId> user, base::SessionId session) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  for (const auto& [key, row] : database_.sessions_) {
    if (key.second != session || (user && *user != key.first)) continue;
    const size_t skipped =
        row.events.size() - std::min<size_t>(row.events.size(), kMostLineageEvents);
    return std::optional<LineageHistory>(
        {Reader::Summary(row), key.first, row.generation,
         std::vector(row.events.begin() + static_cast<ptrdiff_t>(skipped), row.events.end())});
  }
  return std::optional<LineageHistory>();
}

}  // namespace signet::domain
