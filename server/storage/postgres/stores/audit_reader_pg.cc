#include "server/storage/postgres/stores/audit_reader_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

// The time of an id is the time of its event: a page that begins at an id need not look at later
// days. Personal data stands under the actor or the subject.
constexpr ServiceStatement kQuery{"query_audit", R"sql(
  SELECT e.id, e.at, e.action, e.outcome, e.actor, e.subject, e.session, e.content, e.leaf_hash,
         l.leaf_index, p.person, p.sealed
    FROM (SELECT * FROM signet.audit_events
           WHERE at >= $1 AND at < $2 AND ($3::uuid IS NULL OR id < $3)
             AND ($4::smallint IS NULL OR action = $4)
             AND ($5::smallint IS NULL OR outcome = $5)
             AND ($6::uuid IS NULL OR (actor = $6 AND subject = $6)
                  OR (actor = $6 AND actor IS DISTINCT FROM subject))
             AND ($7::uuid IS NULL OR subject = $7)
             AND ($8::uuid IS NULL OR session = $8)
           ORDER BY id DESC LIMIT $9) AS e
    LEFT JOIN LATERAL (SELECT leaf_index FROM signet.audit_leaves
                        WHERE event_id = e.id LIMIT 1) AS l ON true
    LEFT JOIN LATERAL (
      SELECT person, sealed FROM signet.audit_personal
       WHERE at = e.at AND event_id = e.id
         AND person IN (e.actor, e.subject, '00000000-0000-0000-0000-000000000000')
       LIMIT 1) AS p ON true
   ORDER BY e.id DESC)sql"};

// The event is looked for at the time that its leaf says, which names its partition, and where that
// finds none under its id alone: somebody who moved it to another time has not removed it.
constexpr ServiceStatement kLeaves{"read_audit_leaves", R"sql(
  SELECT e.id, e.at, e.action, e.outcome, e.actor, e.subject, e.session, e.content, e.leaf_hash,
         l.leaf_index, l.event_id, l.leaf_hash, l.event_at,
         EXISTS (SELECT FROM signet.audit_personal AS p
                  WHERE p.at = l.event_at AND p.event_id = e.id
                    AND p.person IN (e.actor, e.subject, '00000000-0000-0000-0000-000000000000'))
    FROM (SELECT * FROM signet.audit_leaves
           WHERE leaf_index >= $1 AND leaf_index < $2
           ORDER BY leaf_index LIMIT $3) AS l
    LEFT JOIN LATERAL (
      SELECT * FROM signet.audit_events WHERE id = l.event_id AND at = l.event_at
      UNION ALL
      SELECT * FROM signet.audit_events WHERE id = l.event_id AND at <> l.event_at
      LIMIT 1) AS e ON true
   ORDER BY l.leaf_index)sql"};

constexpr ServiceStatement kCheckpoints{"read_audit_checkpoints", R"sql(
  SELECT size, edge, note FROM signet.audit_checkpoints
   WHERE size > $1 AND size <= $2 ORDER BY size, sealed_at LIMIT $3)sql"};

constexpr ServiceStatement kNewest{
    "read_newest_audit_checkpoint",
    "SELECT size, edge, note FROM signet.audit_checkpoints ORDER BY size DESC LIMIT 1"};

constexpr ServiceStatement kRetired{
    "read_retired_audit",
    "SELECT size, edge, note FROM signet.audit_retired ORDER BY size DESC LIMIT 1"};

// A second row under the id of a sealed event, at another time, is none of its leaf's.
constexpr ServiceStatement kUnsealed{"read_audit_without_leaf", R"sql(
  SELECT e.id FROM signet.audit_events AS e
   WHERE e.at < $1
     AND e.at >= coalesce((SELECT max(sealed_at) FROM signet.audit_retired), '-infinity')
     AND NOT EXISTS (
       SELECT FROM signet.audit_leaves AS l
        WHERE l.event_id = e.id
          AND (l.event_at = e.at
               OR NOT EXISTS (SELECT FROM signet.audit_events AS real
                               WHERE real.id = l.event_id AND real.at = l.event_at)))
   ORDER BY e.id LIMIT $2)sql"};

constexpr ServiceStatement kNodes{"read_audit_nodes", R"sql(
  SELECT node_index, hash FROM signet.audit_nodes
   WHERE level = $1 AND node_index >= $2 AND node_index < $3 AND $1 > 0
  UNION ALL
  SELECT leaf_index, leaf_hash FROM signet.audit_leaves
   WHERE leaf_index >= $2 AND leaf_index < $3 AND $1 = 0)sql"};

constexpr ServiceStatement kLeafOf{
    "find_audit_leaf", "SELECT leaf_index FROM signet.audit_leaves WHERE event_id = $1 LIMIT 1"};

base::Uuid IdOrNil(const Rows& rows, int row, int column) {
  return rows.IsNull(row, column) ? base::Uuid() : rows.Uuid(row, column);
}

// The first nine columns of kQuery and kLeaves.
domain::StoredAuditEvent ReadAuditEvent(const Rows& rows, int row) {
  domain::StoredAuditEvent event;
  event.id = rows.As<domain::AuditEventId>(row, 0);
  event.at = rows.Time(row, 1);
  event.action = rows.Int32(row, 2);
  event.outcome = rows.Int32(row, 3);
  event.actor = IdOrNil(rows, row, 4);
  event.subject = IdOrNil(rows, row, 5);
  event.session = IdOrNil(rows, row, 6);
  event.content = rows.Bytes(row, 7);
  event.leaf_hash = rows.Bytes(row, 8);
  if (!rows.IsNull(row, 9)) event.leaf_index = rows.Int64(row, 9);
  return event;
}

std::vector<domain::StoredCheckpoint> ReadCheckpoints(const Rows& rows) {
  std::vector<domain::StoredCheckpoint> checkpoints;
  for (int i = 0; i < rows.size(); ++i) {
    checkpoints.push_back({rows.Int64(i, 0), rows.Bytes(i, 1), rows.String(i, 2)});
  }
  return checkpoints;
}

std::optional<domain::StoredCheckpoint> First(const Rows& rows) {
  auto checkpoints = ReadCheckpoints(rows);
  if (checkpoints.empty()) return std::nullopt;
  return checkpoints.front();
}

template <typename Enum>
std::optional<int64_t> Number(const std::optional<Enum>& value) {
  if (!value) return std::nullopt;
  return static_cast<int64_t>(*value);
}

}  // namespace

absl::StatusOr<std::vector<domain::StoredAuditEvent>> AuditReaderPg::Query(
    const domain::AuditFilter& filter, std::optional<domain::AuditEventId> before, int limit) {
  Params params;
  params.Add(filter.from)
      .Add(filter.until)
      .Add(before)
      .Add(Number(filter.action))
      .Add(Number(filter.outcome))
      .Add(filter.actor)
      .Add(filter.subject)
      .Add(filter.session)
      .Add(limit);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kQuery, params));
  std::vector<domain::StoredAuditEvent> events;
  for (int i = 0; i < rows.size(); ++i) {
    domain::StoredAuditEvent& event = events.emplace_back(ReadAuditEvent(rows, i));
    event.has_personal = !rows.IsNull(i, 10);
    if (!event.has_personal) continue;
    event.person = rows.As<base::UserId>(i, 10);
    event.sealed_personal = rows.Bytes(i, 11);
  }
  return events;
}

absl::StatusOr<std::vector<domain::StoredAuditLeaf>> AuditReaderPg::Leaves(int64_t from,
                                                                           int64_t until,
                                                                           int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kLeaves, Params().Add(from).Add(until).Add(limit)));
  std::vector<domain::StoredAuditLeaf> leaves;
  for (int i = 0; i < rows.size(); ++i) {
    domain::StoredAuditLeaf& leaf = leaves.emplace_back();
    leaf.index = rows.Int64(i, 9);
    leaf.event_id = rows.As<domain::AuditEventId>(i, 10);
    leaf.leaf_hash = rows.Bytes(i, 11);
    leaf.event_at = rows.Time(i, 12);
    if (rows.IsNull(i, 0)) continue;
    leaf.event = ReadAuditEvent(rows, i);
    leaf.event->has_personal = rows.Bool(i, 13);
  }
  return leaves;
}

absl::StatusOr<std::vector<domain::StoredCheckpoint>> AuditReaderPg::Checkpoints(int64_t after,
                                                                                 int64_t until,
                                                                                 int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kCheckpoints, Params().Add(after).Add(until).Add(limit)));
  return ReadCheckpoints(rows);
}

absl::StatusOr<std::optional<domain::StoredCheckpoint>> AuditReaderPg::Newest() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kNewest, Params()));
  return First(rows);
}

absl::StatusOr<std::optional<domain::StoredCheckpoint>> AuditReaderPg::Retired() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kRetired, Params()));
  return First(rows);
}

absl::StatusOr<std::vector<domain::AuditEventId>> AuditReaderPg::Unsealed(absl::Time before,
                                                                          int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kUnsealed, Params().Add(before).Add(limit)));
  std::vector<domain::AuditEventId> ids;
  for (int i = 0; i < rows.size(); ++i) ids.push_back(rows.As<domain::AuditEventId>(i, 0));
  return ids;
}

absl::StatusOr<std::vector<AuditReaderPg::TreeNode>> AuditReaderPg::Nodes(int32_t level,
                                                                          int64_t from,
                                                                          int64_t until) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kNodes, Params().Add(level).Add(from).Add(until)));
  std::vector<TreeNode> nodes;
  for (int i = 0; i < rows.size(); ++i) {
    nodes.push_back({level, rows.Int64(i, 0), rows.Bytes(i, 1)});
  }
  return nodes;
}

absl::StatusOr<std::optional<int64_t>> AuditReaderPg::LeafOf(domain::AuditEventId id) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kLeafOf, Params().Add(id)));
  if (rows.empty()) return std::optional<int64_t>();
  return std::optional<int64_t>(rows.Int64(0, 0));
}

}  // namespace signet::storage
