#include "server/storage/postgres/survey.h"

#include <memory>
#include <utility>

#include <libpq-fe.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/storage/postgres/conninfo.h"
#include "server/storage/postgres/statement.h"

namespace signet::storage {
namespace {

constexpr Statement kServer{"survey_server", R"sql(
  SELECT current_setting('server_version_num'), current_setting('server_version'),
         pg_is_in_recovery(), current_setting('server_encoding'),
         current_setting('max_connections'), current_setting('superuser_reserved_connections'),
         pg_size_bytes(current_setting('shared_buffers')), current_setting('huge_pages'),
         inet_client_addr() IS NULL OR inet_client_addr() <<= '127.0.0.0/8'
           OR inet_client_addr() = '::1',
         coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false))sql"};

constexpr Statement kClocks{"survey_clocks", R"sql(
  SELECT clock_timestamp(), '' AS replica, NULL::timestamptz
  UNION ALL
  SELECT clock_timestamp(), replica, max(seen_at) FROM signet.key_set_verifiers
   WHERE isfinite(seen_at) GROUP BY replica
  UNION ALL
  SELECT clock_timestamp(), 'who sealed the audit log', sealed_at FROM signet.audit_head
   WHERE isfinite(sealed_at)
   ORDER BY replica)sql"};

// Memberships too, since any of them can be used by SET ROLE.
constexpr Statement kPowers{"survey_powers", R"sql(
  WITH held AS (
    SELECT r.* FROM pg_roles AS r WHERE pg_has_role(current_user, r.oid, 'MEMBER')
  )
  SELECT current_user::text, NULL
  UNION ALL SELECT NULL, 'SUPERUSER' WHERE EXISTS (SELECT FROM held WHERE rolsuper)
  UNION ALL SELECT NULL, 'CREATEROLE' WHERE EXISTS (SELECT FROM held WHERE rolcreaterole)
  UNION ALL SELECT NULL, 'CREATEDB' WHERE EXISTS (SELECT FROM held WHERE rolcreatedb)
  UNION ALL SELECT NULL, 'REPLICATION' WHERE EXISTS (SELECT FROM held WHERE rolreplication)
  UNION ALL SELECT NULL, 'BYPASSRLS' WHERE EXISTS (SELECT FROM held WHERE rolbypassrls)
  UNION ALL
  SELECT NULL, 'member of ' || rolname FROM held
   WHERE rolname IN ('pg_write_all_data', 'pg_read_all_data', 'pg_read_server_files',
                     'pg_write_server_files', 'pg_execute_server_program')
  UNION ALL
  SELECT NULL, 'CREATE on schema ' || nspname FROM pg_namespace
   WHERE nspname IN ('signet', 'public') AND has_schema_privilege(oid, 'CREATE')
  UNION ALL
  SELECT NULL, 'CREATE on the database'
   WHERE has_database_privilege(current_database(), 'CREATE')
  UNION ALL
  SELECT NULL, 'owner of the database' FROM pg_database
   WHERE datname = current_database() AND pg_has_role(current_user, datdba, 'MEMBER')
  UNION ALL
  (SELECT NULL, 'owner of ' || c.relname FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('signet') AND pg_has_role(current_user, c.relowner, 'MEMBER')
    ORDER BY c.relname LIMIT 3))sql"};

// A partition is asked through its parent; a right of its own is one too many.
constexpr Statement kTables{"survey_tables", R"sql(
  SELECT c.relname, array_agg(p.name ORDER BY p.name)
    FROM pg_class AS c
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES',
                            'TRIGGER']) AS p (name)
   WHERE c.relnamespace = to_regnamespace('signet') AND c.relkind IN ('r', 'p', 'v', 'm')
     AND has_table_privilege(c.oid, p.name)
   GROUP BY c.relname ORDER BY c.relname)sql"};

constexpr Statement kFunctions{"survey_functions", R"sql(
  SELECT proname, bool_or(has_function_privilege(oid, 'EXECUTE')) FROM pg_proc
   WHERE pronamespace = to_regnamespace('signet') GROUP BY proname ORDER BY proname)sql"};

constexpr Statement kMigrated{"survey_migrated", R"sql(
  SELECT to_regclass('public.signet_migrations') IS NOT NULL,
         coalesce(has_table_privilege(to_regclass('public.signet_migrations'), 'SELECT'), false))sql"};
constexpr Statement kMigrations{
    "survey_migrations",
    "SELECT version, name, checksum FROM public.signet_migrations ORDER BY version"};

// As read_unsealed_audit finds them; of a database that was restored from a dump, which begins to
// count transactions anew, what came after the last seal.
constexpr Statement kSurveyAudit{"survey_audit", R"sql(
  SELECT h.size, h.sealed_at, clock_timestamp(),
         CASE WHEN h.tx < pg_snapshot_xmax(pg_current_snapshot())
              THEN (SELECT a.at FROM signet.audit_events AS a WHERE (a.tx, a.id) > (h.tx, h.id)
                     ORDER BY a.tx, a.id LIMIT 1)
              ELSE (SELECT min(a.at) FROM signet.audit_events AS a WHERE a.at > h.sealed_at) END
    FROM signet.audit_head AS h)sql"};

constexpr Statement kMail{"survey_mail", R"sql(
  SELECT count(*) FILTER (WHERE given_up_at IS NULL),
         min(created_at) FILTER (WHERE given_up_at IS NULL),
         count(*) FILTER (WHERE given_up_at IS NOT NULL), clock_timestamp()
    FROM signet.mail_outbox)sql"};

constexpr Statement kReplication{"survey_replication", R"sql(
  SELECT (SELECT count(*) FROM pg_stat_replication WHERE application_name NOT LIKE 'pg_basebackup%'),
         current_setting('synchronous_standby_names'), current_setting('synchronous_commit'))sql"};

}  // namespace

absl::StatusOr<ConnectionPool::Options> Survey::ReadOnly(ConnectionPool::Options options) {
  if (options.transaction_pooler) return options;  // it passes no settings on
  SIGNET_ASSIGN_OR_RETURN(Conninfo conninfo, Conninfo::Parse(options.conninfo));
  conninfo.DefaultSetting("default_transaction_read_only", "on");
  options.conninfo = conninfo.ToString();
  return options;
}

absl::Status Survey::TryConnecting(const ConnectionPool::Options& options) {
  SIGNET_ASSIGN_OR_RETURN(Conninfo conninfo, Conninfo::Parse(options.conninfo));
  conninfo.Default("connect_timeout", "3").DefaultToPrimary();
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
      PQconnectdb(conninfo.ToString().c_str()), &PQfinish);
  if (PQstatus(connection.get()) == CONNECTION_OK) return absl::OkStatus();
  std::string why(absl::StripAsciiWhitespace(PQerrorMessage(connection.get())));
  return absl::UnavailableError(why.empty() ? "no memory" : why);
}

absl::StatusOr<Survey::Server> Survey::ReadServer() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kServer, Params()));
  Server server;
  server.version = rows.Int32(0, 0);
  server.version_text = rows.String(0, 1);
  server.standby = rows.Bool(0, 2);
  server.encoding = rows.String(0, 3);
  server.max_connections = rows.Int64(0, 4);
  server.reserved_connections = rows.Int64(0, 5);
  server.shared_buffers = rows.Int64(0, 6);
  server.huge_pages = rows.String(0, 7);
  server.local = rows.Bool(0, 8);
  server.encrypted = rows.Bool(0, 9);
  return server;
}

absl::StatusOr<Survey::Clocks> Survey::ReadClocks() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kClocks, Params()));
  Clocks clocks;
  for (int i = 0; i < rows.size(); ++i) {
    clocks.now = rows.Time(i, 0);
    if (!rows.IsNull(i, 2)) clocks.replicas.push_back({rows.String(i, 1), rows.Time(i, 2)});
  }
  return clocks;
}

absl::StatusOr<Survey::Rights> Survey::ReadRights() {
  Rights rights;
  SIGNET_ASSIGN_OR_RETURN(const Rows powers, pool_.Execute(kPowers, Params()));
  for (int i = 0; i < powers.size(); ++i) {
    if (!powers.IsNull(i, 0)) rights.role = powers.String(i, 0);
    if (!powers.IsNull(i, 1)) rights.powers.push_back(powers.String(i, 1));
  }
  SIGNET_ASSIGN_OR_RETURN(const Rows tables, pool_.Execute(kTables, Params()));
  for (int i = 0; i < tables.size(); ++i) {
    rights.tables.push_back({tables.String(i, 0), tables.TextArray(i, 1)});
  }
  SIGNET_ASSIGN_OR_RETURN(const Rows functions, pool_.Execute(kFunctions, Params()));
  for (int i = 0; i < functions.size(); ++i) {
    auto& list = functions.Bool(i, 1) ? rights.functions : rights.functions_not_allowed;
    list.push_back(functions.String(i, 0));
  }
  return rights;
}

absl::StatusOr<Survey::Migrations> Survey::ReadMigrations() {
  SIGNET_ASSIGN_OR_RETURN(const Rows there, pool_.Execute(kMigrated, Params()));
  Migrations migrations;
  migrations.migrated = there.Bool(0, 0);
  migrations.readable = there.Bool(0, 1);
  if (!migrations.readable) return migrations;
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kMigrations, Params()));
  for (int i = 0; i < rows.size(); ++i) {
    migrations.applied.push_back({rows.Int32(i, 0), rows.String(i, 1), rows.String(i, 2)});
  }
  return migrations;
}

absl::StatusOr<Survey::Audit> Survey::ReadAudit() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kSurveyAudit, Params()));
  Audit audit;
  if (rows.empty()) return audit;
  audit.sealed = rows.Int64(0, 0);
  audit.sealed_at = rows.Time(0, 1);
  audit.now = rows.Time(0, 2);
  audit.oldest_unsealed = rows.OptionalTime(0, 3);
  return audit;
}

absl::StatusOr<Survey::Mail> Survey::ReadMail() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kMail, Params()));
  Mail mail;
  mail.waiting = rows.Int64(0, 0);
  mail.oldest = rows.OptionalTime(0, 1);
  mail.given_up = rows.Int64(0, 2);
  mail.now = rows.Time(0, 3);
  return mail;
}

absl::StatusOr<Survey::Replication> Survey::ReadReplication() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReplication, Params()));
  return Replication{rows.Int64(0, 0), rows.String(0, 1), rows.String(0, 2)};
}

}  // namespace signet::storage
