#include "server/app/room_options.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "client/base/status_macros.h"
#include "client/crypto/algorithm.h"
#include "server/config/quantity.h"
#include "server/config/rate_list.h"
#include "server/domain/door/caller_address.h"
#include "server/rpc/convert/decision_bytes.h"
#include "server/storage/postgres/conninfo.h"

namespace signet::app {
namespace {

constexpr absl::Duration kStrictLineage = absl::Hours(24 * 7);

constexpr char kTokenOfPod[] = "/var/run/secrets/kubernetes.io/serviceaccount/token";

absl::StatusOr<std::string> ConninfoOf(const std::string& url, const base::Secret& password,
                                       const vault::DatabaseCredentials* credentials = nullptr) {
  SIGNET_ASSIGN_OR_RETURN(auto conninfo, storage::Conninfo::Parse(url));
  if (!password.empty()) conninfo.Set("password", password.reveal());
  if (credentials != nullptr) {
    conninfo.Set("user", credentials->user).Set("password", credentials->password.reveal());
  }
  return conninfo.ToString();
}

rpc::CallLogging CallLoggingOf(const config::LogSettings& log) {
  if (log.calls == "none") return rpc::CallLogging::kNone;
  return log.calls == "errors" ? rpc::CallLogging::kErrors : rpc::CallLogging::kAll;
}

http::RequestLogging RequestLoggingOf(const config::LogSettings& log) {
  if (log.calls == "none") return http::RequestLogging::kNone;
  return log.calls == "errors" ? http::RequestLogging::kErrors : http::RequestLogging::kAll;
}

rpc::Listener ListenerOf(const config::ListenSettings& listen) {
  rpc::Listener listener;
  listener.address = listen.grpc;
  listener.tls.certificate_chain = listen.tls_certificate;
  listener.tls.private_key = listen.tls_key;
  listener.tls.client_roots = listen.tls_client_ca;
  listener.tls.reload_interval = listen.tls_reload;
  listener.security = rpc::Listener::Security::kMutualTls;
  if (listen.tls_client_ca.empty()) listener.security = rpc::Listener::Security::kTls;
  // Without a certificate the address is loopback, or plaintext was chosen by name: a rule of the
  // configuration.
  if (listen.tls_certificate.empty()) listener.security = rpc::Listener::Security::kPlaintext;
  return listener;
}

// The networks were read when the configuration was checked.
domain::TrustedProxies ProxiesOf(const config::ListenSettings& listen) {
  using Header = domain::TrustedProxies::Header;
  const Header header =
      listen.forwarded_header == "forwarded" ? Header::kForwarded : Header::kXForwardedFor;
  return domain::TrustedProxies::Parse(listen.trusted_proxies, header)
      .value_or(domain::TrustedProxies());
}

}  // namespace

observe::LogLevel LogLevelOf(const config::LogSettings& log) {
  return observe::ParseLogLevel(log.level).value_or(observe::LogLevel::kInfo);
}

domain::TokenLifetimes LifetimesOf(const config::Settings& settings) {
  const config::TokenSettings& tokens = settings.tokens;
  domain::TokenLifetimes lifetimes;
  lifetimes.access = tokens.access_ttl;
  lifetimes.lineage = tokens.profile == "strict" ? std::min(tokens.refresh_ttl, kStrictLineage)
                                                 : tokens.refresh_ttl;
  if (tokens.idle_ttl > absl::ZeroDuration()) lifetimes.idle = tokens.idle_ttl;
  lifetimes.session_idle = settings.sessions.idle;
  lifetimes.session_life = settings.sessions.absolute;
  lifetimes.replay_window = tokens.replay_window;
  return lifetimes;
}

token::AccessTokenVerifier::Options VerifierOptions(const config::TokenSettings& tokens) {
  return {.issuer = tokens.issuer,
          .leeway = tokens.leeway,
          .cache_bytes = static_cast<size_t>(tokens.cache),
          .annotate = rpc::ClaimsBytes};
}

domain::EmailTokenRules EmailTokenRulesOf(const config::MailSettings& mail) {
  return {.life = mail.token_ttl, .interval = mail.interval};
}

domain::EmailRule EmailRuleOf(const config::AccountSettings& accounts) {
  return accounts.require_verified_email ? domain::EmailRule::kVerified : domain::EmailRule::kAny;
}

domain::ValidateToken::Options ValidateOptions(const config::RevocationSettings& revocation) {
  domain::ValidateToken::Options options;
  if (revocation.when_stale == "refuse") {
    options.max_revocation_staleness = revocation.max_staleness;
  }
  return options;
}

follow::ChangeFollower::Options FollowerOptions(const config::RevocationSettings& revocation) {
  follow::ChangeFollower::Options options;
  options.poll_interval = revocation.poll;
  return options;
}

absl::StatusOr<storage::ConnectionPool::Options> PoolOptions(
    const config::DatabaseSettings& database, const vault::DatabaseCredentials* credentials) {
  storage::ConnectionPool::Options options;
  SIGNET_ASSIGN_OR_RETURN(options.conninfo,
                          ConninfoOf(database.url, database.password, credentials));
  options.size = static_cast<int>(database.connections);
  options.transaction_pooler = database.pooler == "transaction";
  options.lease_timeout = database.lease_timeout;
  options.statement_timeout = database.statement_timeout;
  options.connect_timeout = database.connect_timeout;
  return options;
}

absl::StatusOr<std::string> ListenConninfo(const config::DatabaseSettings& database,
                                           const vault::DatabaseCredentials* credentials) {
  if (!database.listen_url.empty()) {
    return ConninfoOf(database.listen_url, database.password, credentials);
  }
  if (database.pooler == "transaction") return std::string();
  return ConninfoOf(database.url, database.password, credentials);
}

absl::StatusOr<storage::Migrator::Options> MigratorOptions(
    const config::DatabaseSettings& database) {
  storage::Migrator::Options options;
  SIGNET_ASSIGN_OR_RETURN(options.conninfo,
                          ConninfoOf(database.owner_url, database.owner_password));
  return options;
}

storage::PartitionMaintenance::Options MaintenanceOptions(const config::Settings& settings) {
  storage::PartitionMaintenance::Options options;
  // A refresh token can come back until its lineage has expired, and its history must tell then
  // whether it was once genuine.
  options.keep_history =
      std::max(options.keep_history, settings.tokens.refresh_ttl + absl::Hours(24));
  options.keep_audit = settings.audit.retention;
  return options;
}

absl::StatusOr<signing::KeyEncryptionKey> ReadKek(const config::KeySettings& keys) {
  if (!keys.kek_file.empty()) return signing::KeyEncryptionKey::FromFile(keys.kek_file);
  return signing::KeyEncryptionKey::FromText(keys.kek);
}

vault::VaultApi::Options VaultApiOptions(const config::VaultSettings& settings) {
  vault::VaultApi::Options options;
  options.addresses = absl::StrSplit(settings.addresses, absl::ByAnyChar(", "), absl::SkipEmpty());
  options.name_space = settings.name_space;
  options.ca_file = settings.ca;
  options.timeout = settings.timeout;
  return options;
}

vault::VaultSession::Options VaultSessionOptions(const config::VaultSettings& settings) {
  using Method = vault::VaultSession::Options::Method;
  vault::VaultSession::Options options;
  const bool pod = settings.login == "kubernetes";
  options.method = pod ? Method::kKubernetes : Method::kAppRole;
  options.mount = settings.mount.empty() ? settings.login : settings.mount;
  options.role = settings.role;
  options.secret = settings.secret.Clone();
  options.secret_file = settings.secret_file;
  if (pod && options.secret.empty() && options.secret_file.empty()) {
    options.secret_file = kTokenOfPod;
  }
  return options;
}

vault::VaultKeeper::Options VaultKeeperOptions(const config::VaultSettings& settings) {
  vault::VaultKeeper::Options options;
  options.database_mount = settings.database_mount;
  options.database_role = settings.database_role;
  return options;
}

signing::StoredKeyLifecycle::Options LifecycleOptions(const config::Settings& settings) {
  signing::StoredKeyLifecycle::Options options;
  if (const auto algorithm = crypto::ParseAlgorithm(settings.keys.algorithm)) {
    options.algorithm = *algorithm;
  }
  options.publish_lead = settings.keys.publish_lead;
  options.access_token_life = settings.tokens.access_ttl;
  options.retire_after = settings.keys.retire_after;
  options.verifier_lease = settings.keys.verifier_lease;
  return options;
}

domain::RotateKeys::Policy RotationPolicyOf(const config::KeySettings& keys) {
  return {.rotate_after = keys.rotate_after,
          .publish_ahead = keys.publish_lead,
          .verifier_patience = keys.verifier_patience,
          .erase_after = keys.erase_after};
}

passwords::HashingExecutor::Options HashingOptions(const config::HashingSettings& hashing) {
  passwords::HashingExecutor::Options options;
  options.argon2.memory_kib = static_cast<uint32_t>(hashing.argon2_memory / 1024);
  options.argon2.passes = static_cast<uint32_t>(hashing.argon2_passes);
  options.argon2.lanes = static_cast<uint32_t>(hashing.argon2_lanes);
  if (hashing.priority == "low") options.priority = base::WorkerPool::Priority::kLow;
  if (hashing.threads > 0) options.threads = static_cast<size_t>(hashing.threads);
  options.queue_limit = static_cast<size_t>(hashing.queue);
  options.memory_budget_bytes = static_cast<uint64_t>(hashing.memory);
  return options;
}

passwords::StrengthPolicy::Options PolicyOptions(const config::PasswordSettings& passwords) {
  passwords::StrengthPolicy::Options options;
  options.minimum_score = static_cast<int>(passwords.min_score);
  if (!passwords.breached_file.empty()) options.breached_passwords_file = passwords.breached_file;
  return options;
}

domain::GuardPolicy GuardPolicyOf(const config::Settings& settings) {
  const config::AbuseSettings& abuse = settings.abuse;
  domain::GuardPolicy policy;
  policy.lock_after = static_cast<int>(abuse.lock_after);
  policy.lock = abuse.lock_time;
  policy.longest_lock = abuse.longest_lock;
  policy.challenge_after = static_cast<int>(abuse.challenge_after);
  policy.challenges = settings.challenge.kind != "off";
  policy.delay = abuse.delay;
  return policy;
}

domain::ThreatPolicy ThreatPolicyOf(const config::AbuseSettings& abuse) {
  domain::ThreatPolicy policy;
  policy.window = abuse.threat_window;
  policy.stuffing_accounts = static_cast<int>(abuse.stuffing_accounts);
  policy.spraying_accounts = static_cast<int>(abuse.spraying_accounts);
  policy.storm_locks = static_cast<int>(abuse.storm_locks);
  return policy;
}

domain::ProofOfWork::Options ProofOfWorkOptions(const config::ChallengeSettings& challenge) {
  domain::ProofOfWork::Options options;
  options.max_number = challenge.max_number;
  options.life = challenge.ttl;
  return options;
}

captcha::Siteverify::Options SiteverifyOptions(const config::ChallengeSettings& challenge) {
  using WhenUnavailable = captcha::Siteverify::WhenUnavailable;
  captcha::Siteverify::Options options;
  options.url = challenge.captcha_url;
  options.site_key = challenge.captcha_site_key;
  options.timeout = challenge.captcha_timeout;
  options.when_unavailable =
      challenge.when_unavailable == "accept" ? WhenUnavailable::kAccept : WhenUnavailable::kRefuse;
  return options;
}

// The lists were read when the configuration was checked.
limits::LeasedBuckets::Options BucketOptions(const config::RateSettings& rates) {
  using Action = domain::LimitedAction;
  const std::pair<Action, const std::string&> lists[] = {
      {Action::kLogin, rates.login}, {Action::kRegister, rates.registration},
      {Action::kReset, rates.reset}, {Action::kRefresh, rates.refresh},
      {Action::kMfa, rates.mfa},     {Action::kApiKey, rates.api_key}};
  limits::LeasedBuckets::Options options;
  for (const auto& [action, text] : lists) {
    const auto list = config::ReadRateList(text).value_or(config::RateList());
    for (size_t scope = 0; scope < list.rates.size(); ++scope) {
      options.rates.at(action, static_cast<domain::LimitScope>(scope)) = {list.rates[scope].tokens,
                                                                          list.rates[scope].period};
    }
  }
  return options;
}

limits::WaitingLine::Options WaitingLineOptions(const config::LimitSettings& limits) {
  limits::WaitingLine::Options options;
  // The other half of the workers goes on serving people whom nobody is guessing at.
  options.most = static_cast<size_t>(std::max<int64_t>(limits.hashing_workers / 2, 1));
  return options;
}

rpc::ServerOptions RpcOptions(const config::Settings& settings) {
  const config::LimitSettings& limits = settings.limits;
  rpc::ServerOptions options;
  options.listeners = {ListenerOf(settings.listen)};
  options.lanes.database = {static_cast<size_t>(limits.database_workers),
                            static_cast<size_t>(limits.database_queue)};
  options.lanes.batch = {static_cast<size_t>(limits.batch_workers),
                         static_cast<size_t>(limits.batch_queue)};
  options.lanes.hashing = {static_cast<size_t>(limits.hashing_workers),
                           static_cast<size_t>(limits.hashing_queue)};
  options.calls.default_deadline = limits.call_timeout;
  options.calls.max_deadline = limits.longest_call;
  options.calls.refusal_time = limits.refusal_time;
  options.calls.logging = CallLoggingOf(settings.log);
  options.calls.max_streams = static_cast<int>(limits.watchers);
  options.calls.step_up_age = settings.mfa.step_up_age;
  options.calls.trusted_proxies = ProxiesOf(settings.listen);
  options.calls.max_request_bytes = static_cast<size_t>(limits.message);
  options.max_connections = static_cast<size_t>(limits.connections);
  options.drain_pause = limits.drain_pause;
  options.max_metadata_bytes = static_cast<int>(limits.metadata);
  options.max_concurrent_streams = static_cast<int>(limits.streams);
  options.memory_quota_bytes = static_cast<size_t>(limits.memory);
  options.connection_idle = limits.idle_timeout;
  options.connection_age = limits.connection_age;
  return options;
}

http::HttpServer::Options HttpOptions(const config::Settings& settings) {
  const config::ListenSettings& listen = settings.listen;
  http::HttpServer::Options options;
  if (const auto address = config::ReadHostPort(listen.http)) {
    options.host = address->host;
    options.port = address->port;
  }
  if (!listen.tls_certificate.empty()) {
    options.tls = http::TlsFiles{listen.tls_certificate, listen.tls_key, listen.tls_client_ca};
  }
  const config::LimitSettings& limits = settings.limits;
  options.threads = static_cast<size_t>(limits.http_threads);
  options.connections = static_cast<size_t>(limits.http_connections);
  options.idle_timeout = limits.http_idle_timeout;
  options.stop_timeout = limits.call_timeout + options.request_timeout;
  options.site.workers = static_cast<size_t>(limits.http_workers);
  options.site.queue = static_cast<size_t>(limits.http_queue);
  options.site.deadline = limits.call_timeout;
  options.site.proxies = ProxiesOf(listen);
  options.site.logging = RequestLoggingOf(settings.log);
  return options;
}

}  // namespace signet::app
