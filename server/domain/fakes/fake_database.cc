#include "server/domain/fakes/fake_database.h"

#include <algorithm>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/permissions.h"

namespace signet::domain {

void FakeDatabase::SetAvailable(bool available) {
  base::MutexLock lock(mutex_);
  available_ = available;
}

void FakeDatabase::SetAccountStatus(base::UserId id, AccountStatus status) {
  base::MutexLock lock(mutex_);
  if (Account* account = FindAccount(id)) account->status = status;
}

void FakeDatabase::RestoreRevocationLog(int64_t head) {
  base::MutexLock lock(mutex_);
  revocations_.resize(static_cast<size_t>(head));
}

std::vector<AuditRecord> FakeDatabase::audit() {
  base::MutexLock lock(mutex_);
  return audit_;
}

absl::Status FakeDatabase::AppendAudit(const AuditRecord& record) {
  base::MutexLock lock(mutex_);
  SIGNET_RETURN_IF_ERROR(Check());
  audit_.push_back(record);
  return absl::OkStatus();
}

absl::Status FakeDatabase::Check() const {
  return available_ ? absl::OkStatus() : base::StorageUnavailable(absl::Seconds(1));
}

std::map<std::string, Role> FakeDatabase::BuiltInRoles() {
  std::map<std::string, Role> roles;
  for (const absl::string_view name : {kRoleAdmin, kRoleAuditor}) {
    Role& role = roles[std::string(name)];
    role.name = std::string(name);
    role.built_in = true;
  }
  return roles;
}

std::vector<HeldRole> FakeDatabase::HeldBy(SubjectId subject,
                                           const std::vector<std::string>& roles) const {
  std::vector<HeldRole> held;
  for (const std::string& name : roles) {
    HeldRole& role = held.emplace_back();
    role.name = name;
    if (const auto made = roles_.find(name); made != roles_.end()) {
      role.permissions = made->second.permissions;
    }
    const auto grant = grants_.find({subject, name});
    if (grant != grants_.end() && grant->second.expires_at) {
      role.expires_at = *grant->second.expires_at;
    }
  }
  return held;
}

bool FakeDatabase::IsLastAdministrator(base::UserId id) const {
  std::vector<base::UserId> staying;
  for (const auto& [email, row] : accounts_) {
    if (row.status != AccountStatus::kActive) continue;
    const base::UserId user = row.account.user_id;
    for (const HeldRole& role : HeldBy(SubjectId(user.uuid()), row.account.roles)) {
      if (role.name == kRoleAdmin && role.expires_at == absl::InfiniteFuture()) {
        staying.push_back(user);
      }
    }
  }
  return staying.size() == 1 && staying.front() == id;
}

void FakeDatabase::CutTokens(SubjectId subject, absl::Time& not_before, absl::Time now,
                             absl::Time expires_at) {
  not_before =
      std::max(not_before + absl::Seconds(1), absl::FromUnixSeconds(absl::ToUnixSeconds(now) + 2));
  token::RevocationRecord record;
  record.kind = token::RevocationKind::kUser;
  record.subject = subject.ToString();
  record.not_before = not_before;
  record.recorded_at = now;
  record.expires_at = expires_at;
  AppendRevocation(std::move(record));
}

bool FakeDatabase::ForgetFailures(base::UserId user, absl::Time now) {
  bool locked = false;
  for (auto& [key, guard] : guards_) {
    if (key.first != user.uuid()) continue;
    locked = locked || guard.locked_until > now;
    guard.failures = 0;
    guard.held_until = guard.locked_until = absl::InfinitePast();
  }
  return locked;
}

FakeDatabase::Account* FakeDatabase::FindAccount(base::UserId id) {
  for (auto& [email, account] : accounts_) {
    if (account.account.user_id == id) return &account;
  }
  return nullptr;
}

FakeDatabase::Machine* FakeDatabase::FindMachine(SubjectId id) {
  const auto found = machines_.find(ServiceAccountId(id.uuid()));
  if (found == machines_.end() || found->second.account.status == ServiceAccountStatus::kDeleted) {
    return nullptr;
  }
  return &found->second;
}

FakeDatabase::Session* FakeDatabase::FindSession(base::UserId user, base::SessionId id) {
  const auto found = sessions_.find({user, id});
  return found == sessions_.end() ? nullptr : &found->second;
}

SessionGrant FakeDatabase::GrantOf(const Session& row, const Account& account) const {
  const NewSession& s = row.session;
  return {s.session_id,
          s.user_id,
          account.account.email,
          HeldBy(SubjectId(s.user_id.uuid()), account.account.roles),
          s.client_id,
          s.audience,
          s.scopes,
          s.acr,
          s.amr,
          row.authenticated_at,
          s.lineage_expires_at,
          account.not_before};
}

void FakeDatabase::EndSession(Session& session, EndReason reason, const Peer& peer, absl::Time now,
                              std::optional<int32_t> presented) {
  session.end_reason = reason;
  session.ended_at = now;
  session.events.push_back({presented ? LineageEventKind::kReused : LineageEventKind::kEnded,
                            presented.value_or(session.generation), now, peer, reason});
}

int64_t FakeDatabase::AppendRevocation(token::RevocationRecord record) {
  record.sequence = static_cast<int64_t>(revocations_.size()) + 1;
  revocations_.push_back(std::move(record));
  return revocations_.back().sequence;
}

int64_t FakeDatabase::AppendRevocation(token::RevocationKind kind, const std::string& subject,
                                       absl::Time now, absl::Time expires_at) {
  token::RevocationRecord record;
  record.kind = kind;
  record.subject = subject;
  record.recorded_at = now;
  record.expires_at = expires_at;
  return AppendRevocation(std::move(record));
}

void FakeDatabase::AppendMail(const MailRow& row) {
  if (!row.empty()) mails_.push_back({row, 0, std::nullopt});
}

}  // namespace signet::domain
