// SessionStorePg's half that serves Refresh: each statement takes all that was asked together.

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"
#include "server/storage/postgres/stores/session_rows.h"
#include "server/storage/postgres/stores/session_store_pg.h"

namespace signet::storage {
namespace {

// The guard is the WHERE of the update: PostgreSQL judges it again on the newest version of a row
// that it had to wait for, so of any number of rotations of one leaf, in one statement, in two
// or on two servers, exactly one finds it (R-303).
// Element n of each array is one rotation; the answer names the n of those that happened.
constexpr ServiceStatement kRotate{"rotate", R"sql(
  WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bytea[], $5::bytea[],
                         $6::timestamptz[], $7::text[], $8::text[], $9::timestamptz[])
        WITH ORDINALITY AS a (user_id, session_id, generation, presented, successor, now, address,
                              user_agent, idle_since, n)
  ), rotated AS (
    UPDATE signet.lineages AS l
       SET generation = l.generation + 1, leaf_hash = a.successor, rotated_at = a.now
      FROM asked AS a
      JOIN signet.users AS u ON u.id = a.user_id AND u.status = 1
      JOIN signet.sessions AS s ON s.user_id = a.user_id AND s.id = a.session_id
     WHERE l.user_id = a.user_id AND l.session_id = a.session_id
       AND l.generation = a.generation AND l.leaf_hash = a.presented
       AND l.end_reason IS NULL AND l.expires_at > a.now AND l.rotated_at > a.idle_since
    RETURNING a.n, l.generation, l.rotated_at, l.leaf_hash, a.address AS peer_address,
              a.user_agent AS peer_agent, )sql" SIGNET_GRANT_COLUMNS R"sql(
  ), written AS (
    INSERT INTO signet.lineage_history
      (user_id, session_id, kind, generation, at, secret_hash, address, user_agent)
    SELECT user_id, id, 2, generation, rotated_at, leaf_hash, peer_address, peer_agent
      FROM rotated
  ),)sql" SIGNET_AUDITED_EACH("$10::signet.audit_row[]", "rotated") "SELECT * FROM rotated"};
constexpr int kLineageGrantBegins = 6;

constexpr ServiceStatement kReadLineage{"read_lineage", R"sql(
  SELECT a.n, l.generation, l.leaf_hash, l.rotated_at, l.expires_at, l.end_reason,
         h.secret_hash,)sql" SIGNET_GRANT_COLUMNS R"sql(
    FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) WITH ORDINALITY
      AS a (user_id, session_id, generation, n)
    JOIN signet.lineages AS l ON l.user_id = a.user_id AND l.session_id = a.session_id
    JOIN signet.sessions AS s ON s.user_id = l.user_id AND s.id = l.session_id
    JOIN signet.users AS u ON u.id = l.user_id
    LEFT JOIN LATERAL (
      SELECT secret_hash FROM signet.lineage_history
       WHERE session_id = l.session_id AND generation = a.generation AND user_id = l.user_id
         AND kind IN (1, 2) AND at >= s.created_at - interval '1 hour'
       LIMIT 1) AS h ON true)sql"};
constexpr int kReadGrantBegins = 7;

constexpr ServiceStatement kRecordReplay{"record_replay", R"sql(
  WITH asked AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::timestamptz[], $5::text[],
                         $6::text[])
        WITH ORDINALITY AS a (user_id, session_id, generation, at, address, user_agent, n)
  ),)sql" SIGNET_AUDITED_EACH("$7::signet.audit_row[]", "asked") R"sql(
  INSERT INTO signet.lineage_history
    (user_id, session_id, kind, generation, at, address, user_agent)
  SELECT user_id, session_id, 3, generation, at, address, user_agent FROM asked)sql"};

// NULL where there is none.
void Append(const std::optional<domain::AuditRecord>& audit, ArrayText& rows) {
  if (audit) {
    rows.Append(AuditRowText(*audit));
  } else {
    rows.AppendNull();
  }
}

// The first three parameters of each statement, and the others.
class Columns {
 public:
  void Append(const domain::Presented& presented) {
    users_.Append(presented.user_id.uuid());
    sessions_.Append(presented.session_id.uuid());
    generations_.Append(int64_t{presented.generation});
  }
  Params Take(std::initializer_list<ArrayText*> others) {
    Params params;
    for (ArrayText* array : {&users_, &sessions_, &generations_}) params.Add(array->Take());
    for (ArrayText* array : others) params.Add(array->Take());
    return params;
  }

 private:
  ArrayText users_, sessions_, generations_;
};

auto Key(const domain::Presented& presented) {
  return std::tie(presented.user_id, presented.session_id, presented.generation,
                  presented.secret_hash);
}

// Positions in `rotations`, in key order, so that two statements that meet on several rows lock
// them in one order. Of equal ones the first alone: the others were not the first, and get nothing.
std::vector<size_t> InKeyOrder(absl::Span<const domain::Rotation> rotations) {
  std::vector<size_t> order(rotations.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto key = [&](size_t at) { return Key(rotations[at].presented); };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
  order.erase(
      std::unique(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) == key(b); }),
      order.end());
  return order;
}

}  // namespace

absl::StatusOr<std::vector<std::optional<domain::SessionGrant>>> SessionStorePg::Rotate(
    absl::Span<const domain::Rotation> rotations) {
  const std::vector<size_t> order = InKeyOrder(rotations);
  Columns columns;
  ArrayText presented, successors, nows, addresses, agents, idle, audits;
  for (const size_t at : order) {
    const domain::Rotation& rotation = rotations[at];
    columns.Append(rotation.presented);
    presented.Append(Bytea{rotation.presented.secret_hash});
    successors.Append(Bytea{rotation.successor_hash});
    nows.Append(rotation.now);
    addresses.Append(rotation.peer.address);
    agents.Append(rotation.peer.user_agent);
    idle.Append(rotation.idle_since);
    Append(rotation.audit, audits);
  }
  SIGNET_ASSIGN_OR_RETURN(
      const Rows rows, pool_.Execute(kRotate, columns.Take({&presented, &successors, &nows,
                                                            &addresses, &agents, &idle, &audits})));
  std::vector<std::optional<domain::SessionGrant>> grants(rotations.size());
  for (int row = 0; row < rows.size(); ++row) {
    grants[order[static_cast<size_t>(rows.Int64(row, 0) - 1)]] =
        ReadGrant(rows, row, kLineageGrantBegins);
  }
  return grants;
}

absl::StatusOr<std::vector<std::optional<domain::LineageView>>> SessionStorePg::ReadAll(
    absl::Span<const domain::Presented> presented) {
  Columns columns;
  for (const domain::Presented& one : presented) columns.Append(one);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReadLineage, columns.Take({})));
  std::vector<std::optional<domain::LineageView>> views(presented.size());
  for (int row = 0; row < rows.size(); ++row) {
    domain::LineageView& view = views[static_cast<size_t>(rows.Int64(row, 0) - 1)].emplace();
    view.generation = rows.Int32(row, 1);
    view.leaf_hash = rows.Bytes(row, 2);
    view.rotated_at = rows.Time(row, 3);
    view.expires_at = rows.Time(row, 4);
    view.end_reason = rows.OptionalEnum<domain::EndReason>(row, 5);
    if (!rows.IsNull(row, 6)) view.presented_generation_hash = rows.Bytes(row, 6);
    view.grant = ReadGrant(rows, row, kReadGrantBegins);
  }
  return views;
}

absl::Status SessionStorePg::RecordReplays(absl::Span<const domain::Replay> replays) {
  Columns columns;
  ArrayText nows, addresses, agents, audits;
  for (const domain::Replay& replay : replays) {
    columns.Append(replay.presented);
    nows.Append(replay.now);
    addresses.Append(replay.peer.address);
    agents.Append(replay.peer.user_agent);
    Append(replay.audit, audits);
  }
  return pool_.Execute(kRecordReplay, columns.Take({&nows, &addresses, &agents, &audits})).status();
}

}  // namespace signet::storage
