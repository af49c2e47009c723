#pragma once

#include <atomic>
#include <memory>

#include "client/base/clock.h"
#include "client/base/snapshot.h"
#include "client/token/revocation_set.h"
#include "client/token/verifier.h"
#include "server/app/audit_log.h"
#include "server/app/factors.h"
#include "server/config/settings.h"
#include "server/domain/access/check_api_key.h"
#include "server/domain/access/check_permission.h"
#include "server/domain/access/grants.h"
#include "server/domain/access/issue_service_token.h"
#include "server/domain/access/roles.h"
#include "server/domain/access/service_accounts.h"
#include "server/domain/accounts/change_password.h"
#include "server/domain/accounts/login.h"
#include "server/domain/accounts/register_account.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/audit/read_audit.h"
#include "server/domain/mail/change_email.h"
#include "server/domain/mail/reset_password.h"
#include "server/domain/mail/verify_email.h"
#include "server/domain/people/close_account.h"
#include "server/domain/people/import_users.h"
#include "server/domain/people/personal_data.h"
#include "server/domain/people/read_users.h"
#include "server/domain/people/update_user.h"
#include "server/domain/ports/credential_observer.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/domain/sessions/guarded_refresh.h"
#include "server/domain/sessions/logout.h"
#include "server/domain/sessions/refresh.h"
#include "server/domain/sessions/sessions.h"
#include "server/domain/sessions/switch_sessions.h"
#include "server/domain/tokens/explain_token.h"
#include "server/domain/tokens/key_set_roster.h"
#include "server/domain/tokens/manage_keys.h"
#include "server/domain/tokens/revoke_all.h"
#include "server/domain/tokens/revoke_token.h"
#include "server/domain/tokens/rotate_keys.h"
#include "server/domain/tokens/validate_token.h"
#include "server/follow/kept_revocations.h"
#include "server/observe/abuse_metrics.h"
#include "server/observe/audit_metrics.h"
#include "server/observe/cleanup_metrics.h"
#include "server/observe/connection_metrics.h"
#include "server/observe/gateway_metrics.h"
#include "server/observe/grpc_metrics.h"
#include "server/observe/http_metrics.h"
#include "server/observe/log_writer.h"
#include "server/observe/logger.h"
#include "server/observe/mail_metrics.h"
#include "server/observe/metric_sources.h"
#include "server/observe/state_metrics.h"
#include "server/observe/token_metrics.h"
#include "server/observe/vault_metrics.h"
#include "server/observe/watch_metrics.h"
#include "server/observe/work_metrics.h"
#include "server/passwords/hashing_executor.h"
#include "server/passwords/imported_spellings.h"
#include "server/passwords/password_functions.h"
#include "server/passwords/password_policy.h"
#include "server/signing/key_encryption_key.h"
#include "server/signing/key_ring.h"
#include "server/signing/stored_key_lifecycle.h"
#include "server/signing/successor_deriver.h"
#include "server/signing/token_signer.h"
#include "server/storage/postgres/connection_pool.h"
#include "server/storage/postgres/partition_maintenance.h"
#include "server/storage/postgres/stores/access_store_pg.h"
#include "server/storage/postgres/stores/account_store_pg.h"
#include "server/storage/postgres/stores/api_key_uses_pg.h"
#include "server/storage/postgres/stores/attempt_store_pg.h"
#include "server/storage/postgres/stores/audit_reader_pg.h"
#include "server/storage/postgres/stores/audit_store_pg.h"
#include "server/storage/postgres/stores/bucket_store_pg.h"
#include "server/storage/postgres/stores/email_token_store_pg.h"
#include "server/storage/postgres/stores/key_set_verifier_store_pg.h"
#include "server/storage/postgres/stores/revocation_store_pg.h"
#include "server/storage/postgres/stores/second_factor_store_pg.h"
#include "server/storage/postgres/stores/service_account_store_pg.h"
#include "server/storage/postgres/stores/session_store_pg.h"
#include "server/storage/postgres/stores/session_token_store_pg.h"
#include "server/storage/postgres/stores/signing_key_store_pg.h"
#include "server/storage/postgres/stores/used_challenges_pg.h"
#include "server/storage/postgres/stores/user_store_pg.h"
#include "server/vault/database_credentials.h"

namespace signet::app {

// The server's objects, in groups that are made together. Each group is given what it stands on and
// hands out references; members are made in the order in which they stand here.

// What everything else reports to.
struct Telemetry {
  explicit Telemetry(const config::LogSettings& log);

  base::SystemClock clock;
  observe::LogWriter log_writer;
  observe::Logger logger;
  observe::GrpcMetrics grpc;
  observe::LaneMetrics lanes;
  observe::ConnectionMetrics connections;
  observe::HttpMetrics http;
  observe::GatewayMetrics gateways;
  observe::HashingMetrics hashing;
  observe::PoolMetrics pool;
  observe::AuditMetrics audit;
  observe::CleanupMetrics cleanup;
  observe::TokenMetrics tokens;
  observe::MailMetrics mail;
  observe::AbuseMetrics abuse;
  observe::WatchMetrics watch;
  observe::VaultMetrics vault;
  observe::ProcessMetrics process;
  observe::MetricSources sources;
};

// The stores, over one pool.
struct Database {
  // `observer` outlives it.
  // `credentials`: of Vault; null: those of the configuration.
  static absl::StatusOr<std::unique_ptr<Database>> Make(
      const config::Settings& settings, const vault::DatabaseCredentials* credentials,
      storage::StorageObserver& observer);
  Database(std::unique_ptr<storage::ConnectionPool> opened, const config::Settings& settings);

  std::unique_ptr<storage::ConnectionPool> pool;
  storage::AccountStorePg accounts;
  storage::AttemptStorePg attempts;
  storage::BucketStorePg buckets;
  storage::UsedChallengesPg used_challenges;
  storage::SessionStorePg sessions;
  storage::SessionTokenStorePg session_tokens;
  storage::SecondFactorStorePg second_factors;
  storage::SigningKeyStorePg signing_keys;
  storage::KeySetVerifierStorePg key_set_verifiers;
  storage::EmailTokenStorePg email_tokens;
  storage::RevocationStorePg revocations;
  storage::AuditStorePg audit;
  storage::AuditReaderPg audit_reader;
  storage::UserStorePg users;
  storage::AccessStorePg access;
  storage::ServiceAccountStorePg service_accounts;
  storage::ApiKeyUsesPg api_key_uses;
  storage::PartitionMaintenance maintenance;
};

// What issues and judges tokens.
struct Tokens {
  Tokens(const config::Settings& settings, signing::KeyEncryptionKey key_encryption_key,
         Database& database, Telemetry& telemetry);

  // Reads the keys, or makes the first ones. Before it has succeeded nothing can be issued.
  absl::Status Load(absl::Time now, const domain::AuditRecorder& audit);

  signing::KeyEncryptionKey kek;
  domain::SigningKeyStore& key_store;
  domain::KeySetVerifierStore& verifier_store;
  signing::KeyRing ring;
  // When the ring was last found to hold all of the newest keys: since 1970, in nanoseconds.
  std::atomic<int64_t> keys_as_of{absl::ToUnixNanos(absl::InfinitePast())};
  const signing::StoredKeyLifecycle::Options lifecycle_options;
  const domain::RotateKeys::Policy rotation_policy;
  std::unique_ptr<signing::StoredKeyLifecycle> lifecycle;  // after Load()
  std::unique_ptr<domain::RotateKeys> rotation;            // after Load()
  base::Snapshot<token::RevocationSet> revocations;
  follow::KeptRevocations kept_revocations;
  signing::TokenSigner signer;
  std::unique_ptr<signing::HmacSuccessorDeriver> deriver;  // after Load()
  token::AccessTokenVerifier verifier;
  observe::RevocationMetrics revocation_metrics;
  observe::KeyMetrics key_metrics;
  observe::CacheMetrics cache_metrics;
};

// What hashes and judges passwords.
struct Passwords {
  // `clock` and `observer` outlive it.
  static absl::StatusOr<std::unique_ptr<Passwords>> Make(const config::Settings& settings,
                                                         const base::Clock& clock,
                                                         passwords::HashingObserver& observer);

  passwords::NativePasswordFunctions functions;
  passwords::ImportedSpellings imported;
  std::unique_ptr<passwords::HashingExecutor> hasher;
  std::unique_ptr<passwords::StrengthPolicy> policy;
};

struct AbuseGuards;
struct SessionTokens;

struct UseCases {
  // After Tokens::Load(). `mails` and `credentials` outlive it.
  UseCases(const config::Settings& settings, Database& database, Tokens& tokens,
           Passwords& passwords, AuditLog& audit, const Factors& factors,
           const domain::MailSealer& mails, AbuseGuards& guards, SessionTokens& session_tokens,
           domain::CredentialObserver& credentials);

  domain::RegisterAccount register_account;
  domain::Login login;
  domain::Logout logout;
  domain::ChangePassword change_password;
  domain::Refresh refresh;
  domain::GuardedRefresh guarded_refresh;
  const domain::ValidateToken& validate;
  domain::RevokeToken revoke;
  domain::RevokeAll revoke_all;
  domain::ExplainToken explain;
  domain::ManageKeys keys;
  domain::ReadAudit read_audit;
  domain::Sessions sessions;
  domain::SwitchSessions switch_sessions;
  FactorUseCases mfa;
  domain::VerifyEmail verify_email;
  domain::ResendVerification resend_verification;
  domain::RequestPasswordReset request_password_reset;
  domain::ConfirmPasswordReset confirm_password_reset;
  domain::RequestEmailChange request_email_change;
  domain::ConfirmEmailChange confirm_email_change;
  domain::ReadUsers read_users;
  domain::UpdateUser update_user;
  domain::CloseAccount close_account;
  domain::ImportUsers import_users;
  domain::PersonalData personal_data;
  domain::Roles roles;
  domain::Grants grants;
  domain::CheckPermission check_permission;
  domain::ServiceAccounts service_accounts;
  domain::ApiKeys api_keys;
  domain::CheckApiKey check_api_key;
  domain::IssueServiceToken issue_service_token;
};

}  // namespace signet::app
