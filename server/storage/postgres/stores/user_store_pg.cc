#include "server/storage/postgres/stores/user_store_pg.h"

#include <string>
#include <utility>

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"

// The columns of a domain::User, in the order that ReadUser() reads: `u` is the user, `c` the
// credential.
#define SIGNET_USER_COLUMNS                                                                     \
  " u.id, u.email, CASE WHEN u.status > 2 THEN '' ELSE u.email_canonical END, u.display_name, " \
  " u.status, u.roles, coalesce(c.hash, '') <> '', u.created_at, u.updated_at "

namespace signet::storage {
namespace {

constexpr ServiceStatement kReadUser{"read_user", "SELECT" SIGNET_USER_COLUMNS R"sql(
    FROM signet.users AS u LEFT JOIN signet.password_credentials AS c ON c.user_id = u.id
   WHERE u.id = $1)sql"};

// Newest first. The row comparison is what the index on (created_at, id) is walked by; the bounds
// of a range are infinite where none is asked for, so that one plan serves every filter.
constexpr ServiceStatement kListUsers{"list_users", "SELECT" SIGNET_USER_COLUMNS R"sql(
    FROM (SELECT * FROM signet.users
           WHERE created_at >= $1 AND created_at < $2 AND (created_at, id) < ($3, $4::uuid)
             AND status = ANY ($5::smallint[]) AND ($6 = '' OR $6 = ANY (roles))
           ORDER BY created_at DESC, id DESC LIMIT $7) AS u
    LEFT JOIN signet.password_credentials AS c ON c.user_id = u.id
   ORDER BY u.created_at DESC, u.id DESC)sql"};

// By address, in byte order, from $3 on: every address with the prefix $4 lies before the prefix
// with the greatest code point after it. The times are written so that no index is thought of for
// them: PostgreSQL, who plans without knowing the values, would otherwise read all people of the
// prefix from two indexes and sort them.
constexpr ServiceStatement kListByEmail{"list_users_by_email", "SELECT" SIGNET_USER_COLUMNS R"sql(
    FROM (SELECT * FROM signet.users
           WHERE (created_at >= $1) IS TRUE AND (created_at < $2) IS TRUE
             AND email_canonical COLLATE "C" >= $3
             AND email_canonical COLLATE "C" < $4 || U&'\+10FFFF'
             AND status = ANY ($5::smallint[]) AND ($6 = '' OR $6 = ANY (roles))
           ORDER BY email_canonical COLLATE "C" LIMIT $7) AS u
    LEFT JOIN signet.password_credentials AS c ON c.user_id = u.id
   ORDER BY u.email_canonical COLLATE "C")sql"};

// A new address is not verified, and links that were sent to the old one lead nowhere any more.
// Always one row: whether it was changed, whether the address is another's, and the user.
constexpr ServiceStatement kUpdate{"update_user", R"sql(
  WITH taken AS (
    SELECT id FROM signet.users WHERE email_canonical = $4 AND id <> $1
  ), changed AS (
    UPDATE signet.users
       SET display_name = coalesce($2, display_name), email = coalesce($3, email),
           email_canonical = coalesce($4, email_canonical), updated_at = $5,
           email_verified_at = CASE WHEN $4::text IS NULL THEN email_verified_at END
     WHERE id = $1 AND status IN (1, 2) AND NOT EXISTS (SELECT FROM taken)
    RETURNING *
  ), voided AS (
    UPDATE signet.email_tokens AS t SET used_at = $5 FROM changed
     WHERE t.user_id = changed.id AND t.used_at IS NULL AND $4::text IS NOT NULL
  ),)sql" SIGNET_AUDITED("$6::signet.audit_row", "changed") R"sql(
  SELECT u.id IS NOT NULL, EXISTS (SELECT FROM signet.users WHERE id = $1 AND status IN (1, 2)),)sql" SIGNET_USER_COLUMNS
                                                            R"sql(
    FROM (VALUES (1)) AS one (n)
    LEFT JOIN changed AS u ON true
    LEFT JOIN signet.password_credentials AS c ON c.user_id = u.id)sql"};
constexpr int kUpdatedUserBegins = 2;

constexpr ServiceStatement kClose{
    "close_account", "SELECT outcome, ended FROM signet.close_account($1, $2, $3, $4, $5, $6, $7)"};

// The status from before, which every part of one statement sees.
constexpr ServiceStatement kEnable{"enable_account", R"sql(
  WITH enabled AS (
    UPDATE signet.users SET status = 1, updated_at = $2 WHERE id = $1 AND status = 2
    RETURNING id
  ),)sql" SIGNET_AUDITED("$3::signet.audit_row", "enabled") R"sql(
  SELECT status FROM signet.users WHERE id = $1 AND status IN (1, 2))sql"};

domain::User ReadUser(const Rows& rows, int row, int first = 0) {
  domain::User user;
  user.id = rows.As<base::UserId>(row, first);
  user.email = rows.String(row, first + 1);
  user.canonical_email = rows.String(row, first + 2);
  user.display_name = rows.String(row, first + 3);
  user.status = static_cast<domain::AccountStatus>(rows.Int32(row, first + 4));
  user.roles = rows.TextArray(row, first + 5);
  user.has_password = rows.Bool(row, first + 6);
  user.created_at = rows.Time(row, first + 7);
  user.updated_at = rows.Time(row, first + 8);
  return user;
}

std::string Statuses(const domain::UserFilter& filter) {
  ArrayText statuses;
  if (filter.status) {
    statuses.Append(static_cast<int64_t>(*filter.status));
  } else {
    statuses.Append(static_cast<int64_t>(domain::AccountStatus::kActive));
    statuses.Append(static_cast<int64_t>(domain::AccountStatus::kDisabled));
  }
  return statuses.Take();
}

// Sorts after every id.
constexpr char kLastUuid[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

}  // namespace

absl::StatusOr<std::optional<domain::User>> UserStorePg::Read(base::UserId id) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReadUser, Params().Add(id)));
  if (rows.empty()) return std::optional<domain::User>();
  return std::optional<domain::User>(ReadUser(rows, 0));
}

absl::StatusOr<std::vector<domain::User>> UserStorePg::List(
    const domain::UserFilter& filter, const std::optional<domain::UserPosition>& after, int limit) {
  const bool by_email = !filter.email_prefix.empty();
  Params params;
  params.Add(filter.created_from.value_or(absl::InfinitePast()))
      .Add(filter.created_before.value_or(absl::InfiniteFuture()));
  if (by_email) {
    // The first text after an address: itself and the smallest character.
    params.Add(after ? after->canonical_email + "\x01" : filter.email_prefix)
        .Add(filter.email_prefix);
  } else {
    params.Add(after ? after->created_at : absl::InfiniteFuture())
        .Add(after ? after->id.ToString() : std::string(kLastUuid));
  }
  params.Add(Statuses(filter)).Add(filter.role).Add(limit);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(by_email ? kListByEmail : kListUsers, params));
  std::vector<domain::User> users;
  for (int i = 0; i < rows.size(); ++i) users.push_back(ReadUser(rows, i));
  return users;
}

absl::StatusOr<domain::UserUpdate> UserStorePg::Update(base::UserId id,
                                                       const domain::UserChange& change,
                                                       absl::Time now,
                                                       const domain::AuditRecord& audit) {
  Params params;
  params.Add(id)
      .Add(change.display_name)
      .Add(change.email)
      .Add(change.canonical_email)
      .Add(now)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kUpdate, params));
  using Outcome = domain::UserUpdate::Outcome;
  domain::UserUpdate update;
  if (rows.Bool(0, 0)) {
    update.outcome = Outcome::kChanged;
    update.user = ReadUser(rows, 0, kUpdatedUserBegins);
  } else {
    update.outcome = rows.Bool(0, 1) ? Outcome::kEmailTaken : Outcome::kUnknown;
  }
  return update;
}

absl::StatusOr<domain::AccountClosing> UserStorePg::Close(base::UserId id, const Closing& closing,
                                                          const domain::AuditRecord& audit) {
  Params params;
  params.Add(id)
      .Add(static_cast<int32_t>(closing.status))
      .Add(static_cast<int32_t>(closing.reason))
      .Add(closing.now)
      .Add(closing.not_before)
      .Add(closing.revocation_expires_at)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kClose, params));
  return domain::AccountClosing{static_cast<domain::AccountClosing::Outcome>(rows.Int32(0, 0)),
                                rows.Int64(0, 1)};
}

absl::StatusOr<domain::AccountOpening> UserStorePg::Enable(base::UserId id, absl::Time now,
                                                           const domain::AuditRecord& audit) {
  SIGNET_ASSIGN_OR_RETURN(
      const Rows rows, pool_.Execute(kEnable, Params().Add(id).Add(now).Add(AuditRowText(audit))));
  if (rows.empty()) return domain::AccountOpening::kUnknown;
  const auto before = static_cast<domain::AccountStatus>(rows.Int32(0, 0));
  return before == domain::AccountStatus::kDisabled ? domain::AccountOpening::kEnabled
                                                    : domain::AccountOpening::kAlready;
}

}  // namespace signet::storage
