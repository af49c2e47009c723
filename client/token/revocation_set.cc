#include "client/token/revocation_set.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/container/flat_hash_map.h"

namespace signet::token {

// One level: what is revoked, by kind, each until nothing it can touch is alive.
struct RevocationSet::Index {
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();
  struct UserCut {
    absl::Time not_before;
    absl::Time expires_at;
  };
  using ExpiryByName = absl::flat_hash_map<std::string, absl::Time>;

  ExpiryByName tokens;
  ExpiryByName sessions;
  ExpiryByName keys;
  absl::flat_hash_map<std::string, UserCut> users;
  // Of everybody: one second since 1970, so that a look is one comparison.
  int64_t tenant_not_before = kNever;
  absl::Time tenant_expires_at = absl::InfinitePast();

  size_t size() const {
    return tokens.size() + sessions.size() + keys.size() + users.size() +
           (tenant_not_before == kNever ? 0 : 1);
  }

  void Add(const RevocationRecord& record) {
    switch (record.kind) {
      case RevocationKind::kToken:
        return Keep(tokens[record.subject], record.expires_at);
      case RevocationKind::kSession:
        return Keep(sessions[record.subject], record.expires_at);
      case RevocationKind::kKey:
        return Keep(keys[record.subject], record.expires_at);
      case RevocationKind::kUser:
        return AddUser(record.subject, UserCut{record.not_before, record.expires_at});
      case RevocationKind::kTenant:
        return AddTenant(absl::ToUnixSeconds(record.not_before), record.expires_at);
    }
  }

  void AddTenant(int64_t not_before, absl::Time expires_at) {
    tenant_not_before = std::max(tenant_not_before, not_before);
    Keep(tenant_expires_at, expires_at);
  }

  // A later revocation never weakens an earlier one, whatever it says.
  void AddUser(const std::string& user, const UserCut& cut) {
    const auto [place, fresh] = users.emplace(user, cut);
    if (fresh) return;
    Keep(place->second.not_before, cut.not_before);
    Keep(place->second.expires_at, cut.expires_at);
  }

  void Merge(const Index& over) {
    for (const auto& [name, expiry] : over.tokens) Keep(tokens[name], expiry);
    for (const auto& [name, expiry] : over.sessions) Keep(sessions[name], expiry);
    for (const auto& [name, expiry] : over.keys) Keep(keys[name], expiry);
    for (const auto& [user, cut] : over.users) AddUser(user, cut);
    AddTenant(over.tenant_not_before, over.tenant_expires_at);
  }

  void DropExpired(absl::Time now) {
    const auto expired = [now](const auto& entry) { return entry.second < now; };
    absl::erase_if(tokens, expired);
    absl::erase_if(sessions, expired);
    absl::erase_if(keys, expired);
    absl::erase_if(users, [now](const auto& entry) { return entry.second.expires_at < now; });
    if (tenant_expires_at < now) tenant_not_before = kNever;
  }

  std::optional<RejectReason> Find(const RevocableNames& names) const {
    if (Has(tokens, names.token_id)) return RejectReason::kRevokedToken;
    if (!names.session_id.empty() && Has(sessions, names.session_id)) {
      return RejectReason::kRevokedSession;
    }
    if (!users.empty()) {
      const auto user = users.find(names.subject);
      if (user != users.end() && absl::FromUnixSeconds(names.issued_at) < user->second.not_before) {
        return RejectReason::kRevokedUser;
      }
    }
    if (Has(keys, names.key_id)) return RejectReason::kRevokedKey;
    // All sessions of everybody: of this user, too.
    if (names.issued_at < tenant_not_before) return RejectReason::kRevokedUser;
    return std::nullopt;
  }

 private:
  // Most kinds are empty most of the time: the name need not be hashed then.
  static bool Has(const ExpiryByName& revoked, absl::string_view name) {
    return !revoked.empty() && revoked.contains(name);
  }

  // A new entry is the Unix epoch, which lies before every expiry that is set.
  static void Keep(absl::Time& kept, absl::Time other) { kept = std::max(kept, other); }
};

namespace {

constexpr size_t kMinRecent = 64;

// With a recent level of at most the square root of the base, both the copy of it per delta and the
// share of a merge per record stay near that root.
bool WantsMerge(size_t base, size_t recent) {
  const auto root = static_cast<size_t>(std::sqrt(static_cast<double>(base)));
  return recent > std::max(kMinRecent, 4 * root);
}

}  // namespace

RevocationSet::RevocationSet()
    : base_(std::make_shared<const Index>()), recent_(std::make_shared<const Index>()) {}

std::shared_ptr<const RevocationSet> RevocationSet::With(
    const std::vector<RevocationRecord>& records, absl::Time as_of, absl::Time now) const {
  auto next = std::make_shared<RevocationSet>(*this);
  next->as_of_ = as_of;
  std::shared_ptr<Index> recent;  // copied when the first new record comes
  for (const RevocationRecord& record : records) {
    if (record.sequence <= next->sequence_) continue;
    if (!recent) recent = std::make_shared<Index>(*recent_);
    recent->Add(record);
    next->sequence_ = record.sequence;
  }
  if (!recent) return next;
  next->recent_ = recent;
  next->number_ = NextNumber();
  next->empty_ = false;
  if (WantsMerge(base_->size(), recent->size())) {
    auto merged = std::make_shared<Index>(*base_);
    merged->Merge(*recent);
    merged->DropExpired(now);
    next->base_ = std::move(merged);
    next->base_number_ = NextNumber();
    next->recent_ = std::make_shared<const Index>();
    next->empty_ = next->size() == 0;
  }
  return next;
}

std::optional<RejectReason> RevocationSet::Find(const AccessTokenClaims& claims,
                                                absl::string_view key_id) const {
  return Find({.token_id = claims.token_id,
               .session_id = claims.session_id ? absl::string_view(*claims.session_id) : "",
               .subject = claims.subject,
               .key_id = key_id,
               .issued_at = absl::ToUnixSeconds(claims.issued_at)});
}

std::optional<RejectReason> RevocationSet::FindInLevels(const RevocableNames& names) const {
  for (const Index* index : {recent_.get(), base_.get()}) {
    if (const auto reason = index->Find(names)) return reason;
  }
  return std::nullopt;
}

std::optional<RejectReason> RevocationSet::FindSinceCleared(const RevocableNames& names,
                                                            std::atomic<uint64_t>& cleared) const {
  const uint64_t before = cleared.load(std::memory_order_relaxed);
  const bool base_is_clear = before >> 32 == base_number_;
  if (const auto reason = recent_->Find(names)) return reason;
  if (!base_is_clear) {
    if (const auto reason = base_->Find(names)) return reason;
  }
  // Whoever writes last is right, too: each value is true of the token, whatever comes later.
  cleared.store(identity(), std::memory_order_relaxed);
  return std::nullopt;
}

uint32_t RevocationSet::NextNumber() {
  static std::atomic<uint32_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

absl::Time RevocationSet::tenant_not_before() const {
  const int64_t seconds = std::max(recent_->tenant_not_before, base_->tenant_not_before);
  return seconds == Index::kNever ? absl::InfinitePast() : absl::FromUnixSeconds(seconds);
}

size_t RevocationSet::size() const { return base_->size() + recent_->size(); }

}  // namespace signet::token
