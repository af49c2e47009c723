#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/audit/audit_event.h"

namespace signet::domain {

// An event as it lies in the log. The columns are what queries go by; what counts is `content`.
struct StoredAuditEvent {
  AuditEventId id;
  absl::Time at;
  int32_t action = 0;
  int32_t outcome = 0;
  base::Uuid actor, subject, session;  // nil: none
  std::string content;
  std::string leaf_hash;
  std::optional<int64_t> leaf_index;  // nothing: not sealed yet
  bool has_personal = false;          // its personal data is there, sealed
  base::UserId person;                // whose, where it is there
  std::string sealed_personal;        // empty where the reader may not see it
};

// A leaf of the tree with the event that it stands for, if that is there.
struct StoredAuditLeaf {
  int64_t index = 0;
  AuditEventId event_id;
  absl::Time event_at;  // as the leaf says
  std::string leaf_hash;
  std::optional<StoredAuditEvent> event;
};

struct StoredCheckpoint {
  int64_t size = 0;
  std::string edge;
  std::string note;
};

// Which events a query asks for; what is not set does not matter.
struct AuditFilter {
  absl::Time from = absl::InfinitePast();     // inclusive
  absl::Time until = absl::InfiniteFuture();  // exclusive
  std::optional<AuditAction> action;
  std::optional<AuditOutcome> outcome;
  std::optional<base::Uuid> actor;
  std::optional<base::UserId> subject;
  std::optional<base::SessionId> session;
};

// The audit log, as those see it who read it. Thread-safe.
class AuditReader {
 public:
  virtual ~AuditReader() = default;

  // Newest first (by id, which begins with the time), before `before` (exclusive), at most `limit`.
  virtual absl::StatusOr<std::vector<StoredAuditEvent>> Query(const AuditFilter& filter,
                                                              std::optional<AuditEventId> before,
                                                              int limit) = 0;
  // Leaves from `from` on and below `until`, ascending, at most `limit`.
  virtual absl::StatusOr<std::vector<StoredAuditLeaf>> Leaves(int64_t from, int64_t until,
                                                              int limit) = 0;
  // Checkpoints of more than `after` events and at most `until`, ascending, at most `limit`.
  virtual absl::StatusOr<std::vector<StoredCheckpoint>> Checkpoints(int64_t after, int64_t until,
                                                                    int limit) = 0;
  // The newest checkpoint; nothing before the first.
  virtual absl::StatusOr<std::optional<StoredCheckpoint>> Newest() = 0;
  // The checkpoint up to which leaves were dropped as too old; nothing where all are there.
  virtual absl::StatusOr<std::optional<StoredCheckpoint>> Retired() = 0;
  // Events that happened before `before` and have no leaf, oldest first, at most `limit`; those of
  // the dropped part do not count.
  virtual absl::StatusOr<std::vector<AuditEventId>> Unsealed(absl::Time before, int limit) = 0;

  // What proofs about leaf `index` need of the tree: its place, and stored hashes.
  struct TreeNode {
    int32_t level = 0;
    int64_t index = 0;
    std::string hash;
  };
  // The leaves [from, until) of the tree (level 0), or its stored nodes of that level.
  virtual absl::StatusOr<std::vector<TreeNode>> Nodes(int32_t level, int64_t from,
                                                      int64_t until) = 0;
  // The leaf of an event; nothing where it has none.
  virtual absl::StatusOr<std::optional<int64_t>> LeafOf(AuditEventId id) = 0;
};

}  // namespace signet::domain
