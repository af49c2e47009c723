#include "server/observe/metric_catalog.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace signet::observe {
namespace {

using Type = prometheus::MetricType;

constexpr MetricDescription kCatalog[] = {
    {"grpc_server_started_total", Type::Counter, "grpc_type,grpc_service,grpc_method",
     "RPCs that arrived."},
    {"grpc_server_handled_total", Type::Counter, "grpc_type,grpc_service,grpc_method,grpc_code",
     "RPCs that were answered, by status code."},
    {"grpc_server_handling_seconds", Type::Histogram, "grpc_type,grpc_service,grpc_method",
     "Time from the arrival of an RPC to its answer, waiting for a worker included."},
    {"grpc_server_msg_received_total", Type::Counter, "grpc_type,grpc_service,grpc_method",
     "Messages that came over streams."},
    {"grpc_server_msg_sent_total", Type::Counter, "grpc_type,grpc_service,grpc_method",
     "Messages that were written to streams, and taken."},
    {"signet_grpc_streams_open", Type::Gauge, "grpc_method", "Open streams."},
    {"signet_grpc_connections", Type::Gauge, "", "Open connections of the gRPC port."},
    {"signet_grpc_connections_refused_total", Type::Counter, "",
     "Connections of the gRPC port that were closed at once: there were too many."},
    {"signet_http_requests_total", Type::Counter, "route,status",
     "Requests of the HTTP port that were answered, by class of the status code."},
    {"signet_http_request_seconds", Type::Histogram, "route",
     "Time from the head of an HTTP request to its answer, waiting for a worker included."},
    {"signet_http_connections", Type::Gauge, "", "Open connections of the HTTP port."},
    {"signet_http_connections_refused_total", Type::Counter, "",
     "Connections of the HTTP port that were closed at once: there were too many."},
    {"signet_http_connections_displaced_total", Type::Counter, "",
     "Connections of the HTTP port that were closed while they waited for their client, because "
     "all "
     "were taken and a new one came."},
    {"signet_http_shed_total", Type::Counter, "",
     "HTTP requests that were answered 503 because too many waited for a worker."},
    {"signet_tls_certificate_expiry_time_seconds", Type::Gauge, "",
     "When the certificate of the ports ends, Unix time; absent without TLS."},
    {"signet_authz_decisions_total", Type::Counter, "result",
     "Answers to gateways, by /authz and Check, by result."},
    {"signet_lane_queue_depth", Type::Gauge, "lane", "Calls that wait for a worker of the lane."},
    {"signet_lane_refused_total", Type::Counter, "lane,reason",
     "Calls that were answered without running, by why."},
    {"signet_validations_total", Type::Counter, "result,reason,source",
     "Access tokens judged by Validate and ValidateBatch."},
    {"signet_accepted_credentials_total", Type::Counter, "kind",
     "Credentials that were judged and accepted, by kind: the share of old clients."},
    {"signet_session_validations_total", Type::Counter, "result",
     "Session tokens that were judged, by result."},
    {"signet_session_uses_written_total", Type::Counter, "",
     "Uses of sessions that were written: at most one a minute and session."},
    {"signet_sessions_held", Type::Gauge, "", "Sessions that are judged without a query."},
    {"signet_session_policy_share", Type::Gauge, "mode",
     "Percentage of the users for whom session tokens are in the mode."},
    {"signet_refreshes_total", Type::Counter, "outcome", "Refresh tokens presented, by outcome."},
    {"signet_mfa_logins_total", Type::Counter, "result",
     "Second factors shown at a login, by result."},
    {"signet_logins_total", Type::Counter, "result", "Decided logins, by result."},
    {"signet_rate_limited_total", Type::Counter, "limit", "Calls that a rate refused, by limit."},
    {"signet_challenges_total", Type::Counter, "result",
     "Challenges that were set, and solutions that were judged, by result."},
    {"signet_threats_total", Type::Counter, "kind",
     "Patterns of abuse that were found, each once per window over all replicas."},
    {"signet_api_keys_total", Type::Counter, "result", "API keys presented, by result."},
    {"signet_basic_authentications_total", Type::Counter, "result",
     "Calls with HTTP Basic credentials where an API key may be one, by result."},
    {"signet_hashing_queue_depth", Type::Gauge, "", "Passwords that wait to be hashed."},
    {"signet_hashing_wait_seconds", Type::Histogram, "",
     "Time that a password waited before its hashing began."},
    {"signet_hashing_service_seconds", Type::Histogram, "", "Time that hashing one password took."},
    {"signet_hashing_shed_total", Type::Counter, "reason",
     "Passwords that were not hashed, by why."},
    {"signet_database_pool_connections", Type::Gauge, "state",
     "Connections of the database pool, by state."},
    {"signet_database_pool_limit", Type::Gauge, "", "Connections that the pool may open."},
    {"signet_database_pool_wait_seconds", Type::Histogram, "",
     "Time that a transaction waited for a connection."},
    {"signet_database_errors_total", Type::Counter, "kind", "Failed database operations, by kind."},
    {"signet_database_statements_total", Type::Counter, "statement",
     "Statements sent to the database, by name."},
    {"signet_revocation_sequence", Type::Gauge, "",
     "Last sequence of the revocation log that is in force here."},
    {"signet_revocation_lag_seconds", Type::Histogram, "",
     "Time from recording a revocation to its taking effect here."},
    {"signet_revocation_as_of_age_seconds", Type::Gauge, "",
     "Age of the knowledge of revocations; grows while the database is down."},
    {"signet_revocation_set_size", Type::Gauge, "",
     "Revocations that can still touch a live token."},
    {"signet_revocation_log_rewinds_total", Type::Counter, "",
     "Times that the database was found to have lost a part of the revocation log."},
    {"signet_revocations_restored_total", Type::Counter, "",
     "Revocations that the database had lost and this process wrote back."},
    {"signet_watch_records_sent_total", Type::Counter, "part",
     "Revocations written to WatchRevocations, each once per stream, by what they were part of."},
    {"signet_watch_lag_seconds", Type::Histogram, "",
     "Time from recording a revocation to having it written to a stream of WatchRevocations; of "
     "each "
     "delta the oldest record's."},
    {"signet_key_set_verifiers", Type::Gauge, "state",
     "Services that follow the key set over this process, by whether they hold the newest one."},
    {"signet_follow_failures_total", Type::Counter, "source",
     "Failed attempts to learn of changes, by what was read."},
    {"signet_signing_key_age_seconds", Type::Gauge, "",
     "Time since the active signing key was activated; absent while there is none."},
    {"signet_key_set_version", Type::Gauge, "", "Version of the key set in force here."},
    {"signet_key_reload_failures_total", Type::Counter, "", "Failed attempts to read the keys."},
    {"signet_key_rotation_steps_total", Type::Counter, "step",
     "Steps of the planned rotation that this process took, by step."},
    {"signet_key_rotation_failures_total", Type::Counter, "",
     "Looks of the planned rotation that failed."},
    {"signet_key_rotation_waiting", Type::Gauge, "",
     "1 while a key whose time has come waits for verifiers that do not hold it."},
    {"signet_verified_token_cache_lookups_total", Type::Counter, "result",
     "Look-ups in the cache of verified tokens, by result."},
    {"signet_verified_token_cache_evictions_total", Type::Counter, "",
     "Entries that gave way to newer ones before they expired."},
    {"signet_verified_token_cache_entries", Type::Gauge, "", "Entries in the cache."},
    {"signet_verified_token_cache_bytes", Type::Gauge, "",
     "Estimated memory of the cache of verified tokens."},
    {"signet_vault_questions_total", Type::Counter, "result", "Questions to Vault, by result."},
    {"signet_vault_grants_total", Type::Counter, "grant", "What Vault granted, by what."},
    {"signet_vault_failing_seconds", Type::Gauge, "",
     "For how long what Vault is needed for has not succeeded; 0 while it does, or is not needed."},
    {"signet_vault_credentials_used_ratio", Type::Gauge, "",
     "How much of the lease of the database credentials is over: 1 is its end; 0 where they are "
     "not Vault's."},
    {"signet_mails_total", Type::Counter, "outcome",
     "Attempts to hand over a mail, by how they ended."},
    {"signet_mail_wait_seconds", Type::Histogram, "",
     "Time from writing a mail to handing it over."},
    {"signet_mail_outbox_waiting", Type::Gauge, "", "Mails that wait in the database."},
    {"signet_mail_outbox_oldest_age_seconds", Type::Gauge, "",
     "Age of the oldest of them; 0 while there is none."},
    {"signet_mail_outbox_given_up", Type::Gauge, "",
     "Mails that were given up in the last 30 days."},
    {"signet_mail_outbox_failures_total", Type::Counter, "",
     "Failed attempts to ask the outbox, which is in the database."},
    {"signet_audit_tree_size", Type::Gauge, "",
     "Events that the newest checkpoint of the audit log covers, as this process knows it."},
    {"signet_audit_sealed_events_total", Type::Counter, "",
     "Events of the audit log that this process sealed."},
    {"signet_audit_seal_failures_total", Type::Counter, "",
     "Failed attempts to seal the audit log or to write a checkpoint to its file."},
    {"signet_audit_seal_lag_seconds", Type::Gauge, "",
     "How long the oldest event of the last round had waited to be sealed."},
    {"signet_audit_seal_age_seconds", Type::Gauge, "",
     "Time since the last successful round of the sealer; absent before the first."},
    {"signet_cleanup_age_seconds", Type::Gauge, "",
     "Time since this process last finished cleaning up the database, or since its start."},
    {"signet_cleanup_failures_total", Type::Counter, "",
     "Failed attempts to clean up the database."},
    {"signet_log_lines_dropped_total", Type::Counter, "",
     "Log lines lost because the reader of the log was too slow."},
    {"signet_build_info", Type::Gauge, "version,grpc", "Always 1; the labels name the build."},
    {"process_cpu_seconds_total", Type::Counter, "", "User and system CPU time of the process."},
    {"process_open_fds", Type::Gauge, "", "Open file descriptors."},
    {"process_max_fds", Type::Gauge, "", "Limit of open file descriptors."},
    {"process_resident_memory_bytes", Type::Gauge, "", "Resident memory of the process."},
    {"process_threads", Type::Gauge, "", "Threads of the process."},
    {"process_start_time_seconds", Type::Gauge, "", "Start of the process, Unix time."},
};

}  // namespace

absl::Span<const MetricDescription> MetricCatalog() { return kCatalog; }

prometheus::MetricFamily NewFamily(absl::string_view name) {
  for (const MetricDescription& row : kCatalog) {
    if (row.name != name) continue;
    prometheus::MetricFamily family;
    family.name = std::string(row.name);
    family.help = std::string(row.help);
    family.type = row.type;
    return family;
  }
  std::fprintf(stderr, "metric %.*s is not in the catalog\n", static_cast<int>(name.size()),
               name.data());
  std::abort();
}

}  // namespace signet::observe
