#include "server/domain/fakes/fake_user_store.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/domain/permissions.h"

namespace signet::domain {
namespace {

bool HasRole(const std::vector<std::string>& roles, absl::string_view role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool Open(AccountStatus status) {
  return status == AccountStatus::kActive || status == AccountStatus::kDisabled;
}

bool Shows(const UserFilter& filter, const User& user) {
  return (filter.status ? user.status == *filter.status : Open(user.status)) &&
         absl::StartsWith(user.canonical_email, filter.email_prefix) &&
         (filter.role.empty() || HasRole(user.roles, filter.role)) &&
         (!filter.created_from || user.created_at >= *filter.created_from) &&
         (!filter.created_before || user.created_at < *filter.created_before);
}

// Whether `a` comes before `b` in the list.
bool Before(const UserFilter& filter, const UserPosition& a, const UserPosition& b) {
  if (!filter.email_prefix.empty()) return a.canonical_email < b.canonical_email;
  return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
}

UserPosition PositionOf(const User& user) {
  return {user.created_at, user.id, user.canonical_email};
}

}  // namespace

struct FakeUserStore::Rows {
  using Account = FakeDatabase::Account;

  static User UserOf(const std::string& key, const Account& row) {
    const bool closed = !Open(row.status);
    return {row.account.user_id,
            row.account.email,
            closed ? "" : key,
            row.display_name,
            row.status,
            row.account.roles,
            !row.hash.empty(),
            row.account.created_at,
            row.updated_at.value_or(row.account.created_at)};
  }

  // The keys are the addresses: a row moves when its address changes.
  static void Move(FakeDatabase& database, const std::string& from, const std::string& to)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database.mutex_) {
    auto node = database.accounts_.extract(from);
    node.key() = to;
    node.mapped().account.canonical_email = to;
    database.accounts_.insert(std::move(node));
  }

  static AccountClosing Close(FakeDatabase& database, base::UserId id, const Closing& closing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database.mutex_);

  // Ends and revokes as Closing says; how many sessions it ended.
  static int64_t EndSessions(FakeDatabase& database, Account& row, const Closing& closing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database.mutex_) {
    const base::UserId id = row.account.user_id;
    row.not_before = std::max(row.not_before + absl::Seconds(1), closing.not_before);
    int64_t ended = 0;
    for (auto& [key, session] : database.sessions_) {
      if (key.first != id || !session.LiveAt(closing.now)) continue;
      database.EndSession(session, closing.reason, Peer(), closing.now, std::nullopt);
      database.AppendRevocation(token::RevocationKind::kSession, key.second.ToString(), closing.now,
                                closing.revocation_expires_at);
      ++ended;
    }
    token::RevocationRecord record;
    record.kind = token::RevocationKind::kUser;
    record.subject = id.ToString();
    record.not_before = row.not_before;
    record.recorded_at = closing.now;
    record.expires_at = closing.revocation_expires_at;
    database.AppendRevocation(std::move(record));
    return ended;
  }
};

absl::StatusOr<std::optional<User>> FakeUserStore::Read(base::UserId id) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const FakeDatabase::Account* row = database_.FindAccount(id);
  if (row == nullptr) return std::optional<User>();
  return std::optional<User>(Rows::UserOf(row->account.canonical_email, *row));
}

absl::StatusOr<std::vector<User>> FakeUserStore::List(const UserFilter& filter,
                                                      const std::optional<UserPosition>& after,
                                                      int limit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<User> users;
  for (const auto& [email, row] : database_.accounts_) {
    User user = Rows::UserOf(email, row);
    if (!Shows(filter, user)) continue;
    if (after && !Before(filter, *after, PositionOf(user))) continue;
    users.push_back(std::move(user));
  }
  std::sort(users.begin(), users.end(), [&](const User& a, const User& b) {
    return Before(filter, PositionOf(a), PositionOf(b));
  });
  users.resize(std::min(users.size(), static_cast<size_t>(limit)));
  return users;
}

absl::StatusOr<UserUpdate> FakeUserStore::Update(base::UserId id, const UserChange& change,
                                                 absl::Time now, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  UserUpdate update;
  FakeDatabase::Account* row = database_.FindAccount(id);
  if (row == nullptr || !Open(row->status)) return update;
  if (change.canonical_email) {
    const auto found = database_.accounts_.find(*change.canonical_email);
    if (found != database_.accounts_.end() && &found->second != row) {
      update.outcome = UserUpdate::Outcome::kEmailTaken;
      return update;
    }
    row->account.email = *change.email;
    row->email_verified = false;
    Rows::Move(database_, std::string(row->account.canonical_email), *change.canonical_email);
  }
  if (change.display_name) row->display_name = *change.display_name;
  row->updated_at = now;
  database_.audit_.push_back(audit);
  update.outcome = UserUpdate::Outcome::kChanged;
  update.user = Rows::UserOf(row->account.canonical_email, *row);
  return update;
}

absl::StatusOr<AccountClosing> FakeUserStore::Close(base::UserId id, const Closing& closing,
                                                    const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const AccountClosing closed = Rows::Close(database_, id, closing);
  if (closed.outcome == AccountClosing::Outcome::kClosed) database_.audit_.push_back(audit);
  return closed;
}

AccountClosing FakeUserStore::Rows::Close(FakeDatabase& database, base::UserId id,
                                          const Closing& closing) {
  AccountClosing closed;
  Account* row = database.FindAccount(id);
  const bool deletes = closing.status == AccountStatus::kDeleted;
  if (row == nullptr || (!Open(row->status) && !deletes)) return closed;
  if (row->status == closing.status || !Open(row->status)) {
    closed.outcome = AccountClosing::Outcome::kAlready;
    return closed;
  }
  if (database.IsLastAdministrator(id)) {
    closed.outcome = AccountClosing::Outcome::kLastAdministrator;
    return closed;
  }
  row->status = closing.status;
  row->updated_at = closing.now;
  closed.outcome = AccountClosing::Outcome::kClosed;
  closed.ended_sessions = EndSessions(database, *row, closing);
  if (deletes) {
    row->account.roles.clear();
    row->hash.clear();
    ++row->version;
    Move(database, std::string(row->account.canonical_email), absl::StrCat("#", id.ToString()));
  }
  return closed;
}

absl::StatusOr<AccountOpening> FakeUserStore::Enable(base::UserId id, absl::Time now,
                                                     const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Account* row = database_.FindAccount(id);
  if (row == nullptr || !Open(row->status)) return AccountOpening::kUnknown;
  if (row->status == AccountStatus::kActive) return AccountOpening::kAlready;
  row->status = AccountStatus::kActive;
  row->updated_at = now;
  database_.audit_.push_back(audit);
  return AccountOpening::kEnabled;
}

absl::StatusOr<std::vector<ImportResult>> FakeUserStore::Import(
    const std::vector<ImportedUser>& users, absl::Time now, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<ImportResult> results;
  for (const ImportedUser& user : users) {
    FakeDatabase::Account row;
    row.account = {user.id, user.email,     user.canonical_email, user.password_hash,
                   {},      user.created_at};
    row.hash = user.password_hash;
    row.display_name = user.display_name;
    row.status = user.status;
    row.updated_at = now;
    const auto [place, inserted] =
        database_.accounts_.emplace(user.canonical_email, std::move(row));
    results.push_back({inserted, place->second.account.user_id});
  }
  const bool any = std::any_of(results.begin(), results.end(),
                               [](const ImportResult& result) { return result.inserted; });
  if (any) database_.audit_.push_back(audit);
  return results;
}

// The account and its sessions: the real one knows more tables.
absl::StatusOr<std::vector<KeptRecord>> FakeUserStore::Export(base::UserId id, int64_t skip,
                                                              int limit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const FakeDatabase::Account* row = database_.FindAccount(id);
  if (row == nullptr) return std::vector<KeptRecord>();
  std::vector<KeptRecord> all = {
      {"users",
       absl::StrCat(R"({"id": ")", id.ToString(), R"(", "email": ")", row->account.email,
                    R"(", "display_name": ")", row->display_name, R"("})"),
       {}}};
  for (const auto& [key, session] : database_.sessions_) {
    if (key.first != id) continue;
    all.push_back({"sessions",
                   absl::StrCat(R"({"id": ")", key.second.ToString(), R"(", "address": ")",
                                session.session.peer.address, R"("})"),
                   {}});
  }
  std::vector<KeptRecord> page;
  for (size_t i = static_cast<size_t>(skip); i < all.size(); ++i) {
    if (page.size() == static_cast<size_t>(limit)) break;
    page.push_back(all[i]);
  }
  return page;
}

absl::StatusOr<AccountClosing> FakeUserStore::Erase(base::UserId id, const Closing& closing,
                                                    const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Closing deleting = closing;
  deleting.status = AccountStatus::kDeleted;
  const AccountClosing closed = Rows::Close(database_, id, deleting);
  FakeDatabase::Account* row = database_.FindAccount(id);
  if (row == nullptr || closed.outcome == AccountClosing::Outcome::kLastAdministrator) {
    return closed;
  }
  database_.audit_.push_back(audit);
  row->status = AccountStatus::kErased;
  row->account.email.clear();
  row->display_name.clear();
  for (auto& [key, session] : database_.sessions_) {
    if (key.first != id) continue;
    session.session.device_name.clear();
    session.session.peer = session.last_peer = Peer();
    for (LineageEvent& event : session.events) event.peer = Peer();
  }
  return closed;
}

}  // namespace signet::domain
