#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/types/span.h"
#include "server/domain/accounts/account.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/sessions/lineage.h"
#include "server/domain/sessions/session.h"

namespace signet::conformance {

inline const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);
inline const absl::Time kExpires = kNow + absl::Hours(24 * 30);

// Nothing is idle.
inline const domain::IdleSessions kNoneIdle{absl::InfinitePast(), absl::InfinitePast()};

inline std::string Hash(char fill) { return std::string(32, fill); }

inline domain::NewAccount Account(const std::string& name) {
  domain::NewAccount account;
  account.user_id = base::UserId::New(kNow);
  account.email = name + "@Example.com";
  account.canonical_email = name + "@example.com";
  account.password_hash = "$argon2id$first";
  account.roles = {"reader", "a \"quoted\" \\ role, with comma"};
  account.created_at = kNow;
  return account;
}

inline domain::NewSession Session(const domain::NewAccount& account, absl::Time now = kNow) {
  domain::NewSession session;
  session.session_id = base::SessionId::New(now);
  session.user_id = account.user_id;
  session.password_version = 1;
  session.client_id = "web";
  session.audience = "shop";
  session.scopes = {"openid", "orders:read"};
  session.device_name = "Ada's laptop";
  session.peer = {"192.0.2.1", "Firefox"};
  session.acr = "1";
  session.amr = {"pwd"};
  session.now = now;
  session.lineage_expires_at = kExpires;
  session.leaf_hash = Hash('0');
  return session;
}

// What a recorder would make of an event about `subject`; with personal data.
inline domain::AuditRecord Audited(domain::AuditAction action,
                                   std::optional<base::UserId> subject = std::nullopt) {
  domain::AuditRecord record;
  record.event.id = domain::AuditEventId::New(kNow);
  record.event.at = kNow;
  record.event.action = action;
  record.event.subject = subject;
  record.content = std::string("content \0 '\"\\", 14);
  record.leaf_hash = Hash('h');
  record.sealed_personal = std::string("sealed \xff\0", 9);
  return record;
}

inline domain::Presented Present(const domain::NewSession& session, int32_t generation,
                                 std::string hash) {
  return {session.user_id, session.session_id, generation, std::move(hash)};
}

inline domain::Rotation Rotate(const domain::NewSession& session, int32_t generation,
                               std::string hash, std::string successor, absl::Time now) {
  return {Present(session, generation, std::move(hash)), std::move(successor),
          domain::Peer{"198.51.100.7", "curl"}, now, absl::InfinitePast()};
}

// Alone in its statement; whether it was granted. `Store` is a domain::SessionStore.
template <typename Store>
std::optional<domain::SessionGrant> RotateIn(Store& store, const domain::Rotation& rotation) {
  return store.Rotate(absl::MakeConstSpan(&rotation, 1)).value().front();
}

}  // namespace signet::conformance
