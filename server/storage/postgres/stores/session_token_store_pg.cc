#include "server/storage/postgres/stores/session_token_store_pg.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"
#include "server/storage/postgres/stores/session_rows.h"

#define SIGNET_POLICY_COLUMNS " mode, share_percent, version, changed_at, changed_by "

namespace signet::storage {
namespace {

constexpr ServiceStatement kFind{"find_session_tokens", R"sql(
  SELECT a.n, l.leaf_hash, s.created_at, l.rotated_at, l.recorded_at, l.expires_at, l.end_reason,
         u.status = 1,)sql" SIGNET_GRANT_COLUMNS R"sql(
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS a (user_id, session_id, n)
    JOIN signet.lineages AS l ON l.user_id = a.user_id AND l.session_id = a.session_id
    JOIN signet.sessions AS s ON s.user_id = l.user_id AND s.id = l.session_id AND s.kind = 2
    JOIN signet.users AS u ON u.id = l.user_id)sql"};
constexpr int kViewGrantBegins = 8;

// The guard is the WHERE of the update, judged again on the newest version of a row that it had to
// wait for: of two replicas that write one session at the same time, one does (R-201). What the
// other is told may be of before: it tries again when kGrain is over, and finds it then. Only
// sessions that a session token holds have recorded_at.
constexpr ServiceStatement kRecordUses{"record_session_uses", R"sql(
  WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
        WITH ORDINALITY AS a (user_id, session_id, at, n)
  ), written AS (
    UPDATE signet.lineages AS l SET rotated_at = a.at, recorded_at = $4
      FROM asked AS a
     WHERE l.user_id = a.user_id AND l.session_id = a.session_id
       AND l.end_reason IS NULL AND l.expires_at > a.at
       AND l.rotated_at < a.at AND l.rotated_at > a.at - $5::bigint * interval '1 microsecond'
       AND l.recorded_at <= $4::timestamptz - $6::bigint * interval '1 microsecond'
    RETURNING a.n, l.rotated_at, l.recorded_at
  )
  SELECT a.n, coalesce(w.rotated_at, l.rotated_at), coalesce(w.recorded_at, l.recorded_at)
    FROM asked AS a
    JOIN signet.lineages AS l ON l.user_id = a.user_id AND l.session_id = a.session_id
    LEFT JOIN written AS w ON w.n = a.n
   WHERE l.recorded_at IS NOT NULL)sql"};

constexpr ServiceStatement kReadPolicy{"read_session_policy",
                                       "SELECT" SIGNET_POLICY_COLUMNS "FROM signet.session_policy"};

constexpr ServiceStatement kWritePolicy{"write_session_policy", R"sql(
  WITH p AS (
    UPDATE signet.session_policy
       SET mode = $1, share_percent = $2, version = version + 1, changed_at = $3, changed_by = $4
    RETURNING *
  ),)sql" SIGNET_AUDITED("$5::signet.audit_row", "p") "SELECT" SIGNET_POLICY_COLUMNS "FROM p"};

domain::SessionPolicy ReadPolicyRow(const Rows& rows) {
  domain::SessionPolicy policy;
  policy.mode = static_cast<domain::SessionMode>(rows.Int32(0, 0));
  policy.share_percent = rows.Int32(0, 1);
  policy.version = rows.Int64(0, 2);
  policy.changed_at = rows.Time(0, 3);
  if (!rows.IsNull(0, 4)) policy.changed_by = rows.As<base::UserId>(0, 4);
  return policy;
}

// Positions in key order, so that statements of several replicas lock the rows they share in one
// order.
std::vector<size_t> InKeyOrder(absl::Span<const domain::SessionUse> uses) {
  std::vector<size_t> order(uses.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tie(uses[a].user_id, uses[a].session_id) <
           std::tie(uses[b].user_id, uses[b].session_id);
  });
  return order;
}

}  // namespace

absl::StatusOr<std::vector<std::optional<domain::SessionTokenView>>> SessionTokenStorePg::Find(
    absl::Span<const domain::PresentedSession> presented) {
  ArrayText users, sessions;
  for (const domain::PresentedSession& one : presented) {
    users.Append(one.user_id.uuid());
    sessions.Append(one.session_id.uuid());
  }
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kFind, Params().Add(users.Take()).Add(sessions.Take())));
  std::vector<std::optional<domain::SessionTokenView>> views(presented.size());
  for (int row = 0; row < rows.size(); ++row) {
    domain::SessionTokenView& view = views[static_cast<size_t>(rows.Int64(row, 0) - 1)].emplace();
    view.secret_hash = rows.Bytes(row, 1);
    view.created_at = rows.Time(row, 2);
    view.last_used_at = rows.Time(row, 3);
    view.recorded_at = rows.OptionalTime(row, 4).value_or(view.last_used_at);
    view.expires_at = rows.Time(row, 5);
    view.end_reason = rows.OptionalEnum<domain::EndReason>(row, 6);
    view.account_active = rows.Bool(row, 7);
    view.grant = ReadGrant(rows, row, kViewGrantBegins);
  }
  return views;
}

absl::StatusOr<std::vector<std::optional<domain::RecordedUse>>> SessionTokenStorePg::RecordUses(
    absl::Span<const domain::SessionUse> uses, absl::Duration idle, absl::Duration grain,
    absl::Time now) {
  const std::vector<size_t> order = InKeyOrder(uses);
  ArrayText users, sessions, times;
  for (const size_t at : order) {
    users.Append(uses[at].user_id.uuid());
    sessions.Append(uses[at].session_id.uuid());
    times.Append(uses[at].at);
  }
  Params params;
  params.Add(users.Take()).Add(sessions.Take()).Add(times.Take()).Add(now);
  params.Add(absl::ToInt64Microseconds(idle)).Add(absl::ToInt64Microseconds(grain));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kRecordUses, params));
  std::vector<std::optional<domain::RecordedUse>> recorded(uses.size());
  for (int row = 0; row < rows.size(); ++row) {
    recorded[order[static_cast<size_t>(rows.Int64(row, 0) - 1)]] =
        domain::RecordedUse{rows.Time(row, 1), rows.Time(row, 2)};
  }
  return recorded;
}

absl::StatusOr<domain::SessionPolicy> SessionTokenStorePg::ReadPolicy() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReadPolicy, Params()));
  return ReadPolicyRow(rows);
}

absl::StatusOr<domain::SessionPolicy> SessionTokenStorePg::WritePolicy(
    const domain::SessionPolicy& policy, const domain::AuditRecord& audit) {
  Params params;
  params.Add(static_cast<int32_t>(policy.mode))
      .Add(policy.share_percent)
      .Add(policy.changed_at)
      .Add(policy.changed_by)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kWritePolicy, params));
  return ReadPolicyRow(rows);
}

}  // namespace signet::storage
