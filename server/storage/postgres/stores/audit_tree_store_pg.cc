#include "server/storage/postgres/stores/audit_tree_store_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

// The order of transactions' numbers is not the order of their commits, but below the oldest one
// that still runs nothing can appear any more.
// A database that was dumped and read into another cluster begins to count anew, and holds numbers
// that the cluster has yet to reach: then what has a leaf tells what is sealed.
constexpr ServiceStatement kReadUnsealed{"read_unsealed_audit", R"sql(
  WITH clock AS MATERIALIZED (
    SELECT h.size, h.edge, h.note, h.tx, h.id, h.sealed_at,
           pg_snapshot_xmin(pg_current_snapshot()) AS running,
           pg_snapshot_xmax(pg_current_snapshot()) AS next,
           h.tx >= pg_snapshot_xmax(pg_current_snapshot()) AS restored
      FROM signet.audit_head AS h
  )
  SELECT c.size, c.edge, c.note, e.id, e.at, e.leaf_hash, e.tx
    FROM clock AS c
    LEFT JOIN LATERAL (
      (SELECT a.id, a.at, a.leaf_hash, a.tx FROM signet.audit_events AS a
        WHERE NOT c.restored AND (a.tx, a.id) > (c.tx, c.id) AND a.tx < c.running
        ORDER BY a.tx, a.id LIMIT $1)
      UNION ALL
      (SELECT a.id, a.at, a.leaf_hash, a.tx FROM signet.audit_events AS a
        WHERE c.restored AND a.at > c.sealed_at - interval '1 day'
          AND (a.tx < c.running OR a.tx >= c.next)
          AND NOT EXISTS (SELECT FROM signet.audit_leaves AS l WHERE l.event_id = a.id)
        ORDER BY a.tx, a.id LIMIT $1)) AS e ON true
   ORDER BY e.tx, e.id)sql"};

constexpr ServiceStatement kSeal{"seal_audit", R"sql(
  WITH head AS (
    UPDATE signet.audit_head
       SET size = size + cardinality($2::uuid[]), edge = $8, note = $9, sealed_at = $10,
           tx = greatest(tx, $11::xid8),
           id = CASE WHEN $11::xid8 >= tx THEN $12::uuid ELSE id END
     WHERE size = $1
    RETURNING size
  ), leaves AS (
    INSERT INTO signet.audit_leaves (leaf_index, event_id, event_at, leaf_hash, sealed_at)
    SELECT $1 + a.n - 1, a.id, a.at, a.hash, $10
      FROM head, unnest($2::uuid[], $3::timestamptz[], $4::bytea[]) WITH ORDINALITY
        AS a (id, at, hash, n)
  ), nodes AS (
    INSERT INTO signet.audit_nodes (level, node_index, hash)
    SELECT a.level, a.node_index, a.hash
      FROM head, unnest($5::smallint[], $6::bigint[], $7::bytea[]) AS a (level, node_index, hash)
  ), signed AS (
    INSERT INTO signet.audit_checkpoints (size, edge, note, sealed_at)
    SELECT size, $8, $9, $10 FROM head
  )
  SELECT size FROM head)sql"};

}  // namespace

absl::StatusOr<domain::AuditUnsealed> AuditTreeStorePg::ReadUnsealed(int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReadUnsealed, Params().Add(limit)));
  domain::AuditUnsealed unsealed;
  unsealed.size = rows.Int64(0, 0);
  unsealed.edge = rows.Bytes(0, 1);
  unsealed.note = rows.String(0, 2);
  if (rows.IsNull(0, 3)) return unsealed;
  for (int i = 0; i < rows.size(); ++i) {
    unsealed.events.push_back({rows.As<domain::AuditEventId>(i, 3), rows.Time(i, 4),
                               rows.Bytes(i, 5), rows.String(i, 6)});
  }
  return unsealed;
}

absl::StatusOr<bool> AuditTreeStorePg::Seal(const domain::AuditSealing& sealing) {
  ArrayText ids, times, hashes, levels, indexes, nodes;
  for (const auto& event : sealing.events) {
    ids.Append(event.id.ToString());
    times.Append(event.at);
    hashes.Append(Bytea{event.leaf_hash});
  }
  for (const auto& node : sealing.nodes) {
    levels.Append(int64_t{node.level});
    indexes.Append(node.index);
    nodes.Append(Bytea{node.hash});
  }
  Params params;
  params.Add(sealing.previous_size)
      .Add(ids.Take())
      .Add(times.Take())
      .Add(hashes.Take())
      .Add(levels.Take())
      .Add(indexes.Take())
      .Add(nodes.Take())
      .Add(Bytea{sealing.edge})
      .Add(sealing.note)
      .Add(sealing.at)
      .Add(sealing.events.back().tx)
      .Add(sealing.events.back().id);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kSeal, params));
  return !rows.empty();
}

}  // namespace signet::storage
