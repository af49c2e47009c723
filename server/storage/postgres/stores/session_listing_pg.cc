// SessionStorePg's reading half: what people and administrators look at.

#include "client/base/status_macros.h"
#include "server/storage/postgres/service_statement.h"
#include "server/storage/postgres/stores/session_store_pg.h"

// The columns of a domain::SessionSummary, in the order that ReadSummary() reads.
#define SIGNET_SUMMARY_COLUMNS                                                       \
  " s.id, s.client_id, s.device_name, coalesce(h.address, s.address),"               \
  " coalesce(h.user_agent, s.user_agent), s.created_at, l.rotated_at, l.expires_at," \
  " l.end_reason, s.ended_at, s.kind "

// The history row that made the live leaf, i.e. the last refresh: its time is the lineage's
// rotated_at, which leads straight to one partition.
#define SIGNET_LAST_REFRESH                                                \
  " LEFT JOIN LATERAL ("                                                   \
  "   SELECT address, user_agent FROM signet.lineage_history"              \
  "    WHERE session_id = l.session_id AND generation = l.generation"      \
  "      AND user_id = l.user_id AND kind IN (1, 2) AND at = l.rotated_at" \
  "    LIMIT 1) AS h ON true "

namespace signet::storage {
namespace {

constexpr ServiceStatement kListSessions{"list_sessions", "SELECT" SIGNET_SUMMARY_COLUMNS R"sql(
    FROM signet.sessions AS s
    JOIN signet.lineages AS l ON l.user_id = s.user_id AND l.session_id = s.id
)sql" SIGNET_LAST_REFRESH R"sql(
   WHERE s.user_id = $1 AND ($2::uuid IS NULL OR s.id < $2)
     AND l.end_reason IS NULL AND l.expires_at > $4
     AND l.rotated_at > CASE s.kind WHEN 2 THEN $6::timestamptz ELSE $5::timestamptz END
   ORDER BY s.id DESC LIMIT $3)sql"};

constexpr ServiceStatement kHistory{"lineage_history", "SELECT" SIGNET_SUMMARY_COLUMNS R"sql(,
         s.user_id, l.generation, e.kind, e.generation, e.at, e.address, e.user_agent,
         e.end_reason
    FROM signet.sessions AS s
    JOIN signet.lineages AS l ON l.user_id = s.user_id AND l.session_id = s.id
    JOIN LATERAL (
      SELECT * FROM signet.lineage_history
       WHERE session_id = s.id AND user_id = s.user_id AND at >= s.created_at
       ORDER BY at DESC, kind DESC, generation DESC LIMIT $3) AS e ON true
)sql" SIGNET_LAST_REFRESH R"sql(
   WHERE s.id = $2 AND ($1::uuid IS NULL OR s.user_id = $1)
   ORDER BY e.at, e.kind, e.generation)sql"};
constexpr int kEventBegins = 11;

domain::SessionSummary ReadSummary(const Rows& rows, int row) {
  domain::SessionSummary summary;
  summary.session_id = rows.As<base::SessionId>(row, 0);
  summary.client_id = rows.String(row, 1);
  summary.device_name = rows.String(row, 2);
  summary.peer = domain::Peer{rows.String(row, 3), rows.String(row, 4)};
  summary.created_at = rows.Time(row, 5);
  summary.last_used_at = rows.Time(row, 6);
  summary.expires_at = rows.Time(row, 7);
  summary.end_reason = rows.OptionalEnum<domain::EndReason>(row, 8);
  summary.ended_at = rows.OptionalTime(row, 9);
  summary.kind = static_cast<domain::SessionKind>(rows.Int32(row, 10));
  return summary;
}

domain::LineageEvent ReadLineageEvent(const Rows& rows, int row) {
  domain::LineageEvent event;
  event.kind = static_cast<domain::LineageEventKind>(rows.Int32(row, kEventBegins + 2));
  event.generation = rows.Int32(row, kEventBegins + 3);
  event.at = rows.Time(row, kEventBegins + 4);
  event.peer = domain::Peer{rows.String(row, kEventBegins + 5), rows.String(row, kEventBegins + 6)};
  event.end_reason = rows.OptionalEnum<domain::EndReason>(row, kEventBegins + 7);
  return event;
}

}  // namespace

absl::StatusOr<std::vector<domain::SessionSummary>> SessionStorePg::List(
    base::UserId user, std::optional<base::SessionId> after, int limit, absl::Time now,
    const domain::IdleSessions& idle) {
  Params params;
  params.Add(user).Add(after).Add(limit).Add(now).Add(idle.refreshed).Add(idle.session_token);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kListSessions, params));
  std::vector<domain::SessionSummary> summaries;
  for (int i = 0; i < rows.size(); ++i) summaries.push_back(ReadSummary(rows, i));
  return summaries;
}

absl::StatusOr<std::optional<domain::LineageHistory>> SessionStorePg::History(
    std::optional<base::UserId> user, base::SessionId session) {
  SIGNET_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Execute(kHistory, Params().Add(user).Add(session).Add(domain::kMostLineageEvents)));
  if (rows.empty()) return std::optional<domain::LineageHistory>();
  domain::LineageHistory history;
  history.session = ReadSummary(rows, 0);
  history.user_id = rows.As<base::UserId>(0, kEventBegins);
  history.generation = rows.Int32(0, kEventBegins + 1);
  for (int i = 0; i < rows.size(); ++i) history.events.push_back(ReadLineageEvent(rows, i));
  return std::optional<domain::LineageHistory>(std::move(history));
}

}  // namespace signet::storage
