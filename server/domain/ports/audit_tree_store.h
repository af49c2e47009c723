#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/audit/audit_event.h"

namespace signet::domain {

// How far the audit log is sealed, and what comes next.
struct AuditUnsealed {
  int64_t size = 0;  // leaves so far
  std::string edge;  // audit::TreeEdge::edge() of them
  std::string note;  // the newest checkpoint; empty before the first
  struct Event {
    AuditEventId id;
    absl::Time at;
    std::string leaf_hash;
    std::string tx;  // opaque: the transaction's number
  };
  std::vector<Event> events;  // in the order of their leaves to be
};

// What one sealing adds.
struct AuditSealing {
  int64_t previous_size = 0;
  std::vector<AuditUnsealed::Event> events;  // as read; not empty
  struct Node {
    int32_t level = 0;
    int64_t index = 0;
    std::string hash;
  };
  std::vector<Node> nodes;  // subtrees that are complete now, of levels 8, 16, 24, …
  std::string edge;
  std::string note;  // of previous_size + events.size() leaves
  absl::Time at;
};

// The audit log's hash tree in the database. Thread-safe.
class AuditTreeStore {
 public:
  virtual ~AuditTreeStore() = default;

  // The first `limit` events that have no leaf yet and to which nothing can be added before them
  // any more: of transactions older than every one that still runs. An event that commits late is
  // missing from one reading and there in the next, never skipped.
  virtual absl::StatusOr<AuditUnsealed> ReadUnsealed(int limit) = 0;

  // Adds leaves, nodes and checkpoint if the log still has `previous_size` leaves; false, and
  // nothing written, when another process was first. One statement.
  virtual absl::StatusOr<bool> Seal(const AuditSealing& sealing) = 0;
};

}  // namespace signet::domain
