#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/sessions/session.h"

namespace signet::domain {

// A lineage ("token family") is the chain of refresh tokens of one session: generation 0 is made
// at login, every rotation makes the next. At every instant it has exactly one live leaf.

// A presented refresh token, reduced to what the store may see: never the secret itself.
struct Presented {
  base::UserId user_id;
  base::SessionId session_id;
  int32_t generation = 0;
  std::string secret_hash;  // SHA-256 of the secret, 32 bytes
};

// One rotation: what was presented, and the successor that replaces it if it is the live leaf.
struct Rotation {
  Presented presented;
  std::string successor_hash;  // SHA-256 of the derived successor's secret, 32 bytes
  Peer peer;
  absl::Time now;
  // A leaf that was made then or before has been idle for too long to be rotated.
  absl::Time idle_since = absl::InfinitePast();
  // Written when it rotates. Without a personal part: the history has the peer.
  std::optional<AuditRecord> audit = std::nullopt;
};

// A repeated refresh, for the history.
struct Replay {
  Presented presented;
  Peer peer;
  absl::Time now;
  std::optional<AuditRecord> audit = std::nullopt;  // as in Rotation
};

// The hot row of a lineage, and what is known of the presented token's generation.
struct LineageView {
  int32_t generation = 0;  // of the live leaf
  std::string leaf_hash;   // of the live leaf
  absl::Time rotated_at;   // when the leaf was made
  absl::Time expires_at;
  std::optional<EndReason> end_reason;
  // The hash that the history holds for the presented generation: proof that the presented token
  // was once real. Nothing when there is no such generation.
  std::optional<std::string> presented_generation_hash;
  SessionGrant grant;
};

enum class LineageEventKind { kOpened = 1, kRotated = 2, kReplayed = 3, kReused = 4, kEnded = 5 };

struct LineageEvent {
  LineageEventKind kind = LineageEventKind::kOpened;
  int32_t generation = 0;  // kOpened/kRotated: the leaf made; kReused: the one presented
  absl::Time at;
  Peer peer;
  std::optional<EndReason> end_reason;  // kEnded and kReused
};

// A session that lives for months has tens of thousands of events: a reader gets the newest.
inline constexpr int kMostLineageEvents = 1000;

struct LineageHistory {
  SessionSummary session;
  base::UserId user_id;
  int32_t generation = 0;
  std::vector<LineageEvent> events;  // the newest kMostLineageEvents, oldest first
};

}  // namespace signet::domain
