#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/token/verifier.h"
#include "server/captcha/siteverify.h"
#include "server/config/settings.h"
#include "server/domain/abuse/guard_policy.h"
#include "server/domain/abuse/proof_of_work.h"
#include "server/domain/accounts/login.h"
#include "server/domain/mail/mailed_token.h"
#include "server/domain/tokens/rotate_keys.h"
#include "server/domain/tokens/token_pair.h"
#include "server/domain/tokens/validate_token.h"
#include "server/follow/change_follower.h"
#include "server/http/http_server.h"
#include "server/limits/leased_buckets.h"
#include "server/limits/waiting_line.h"
#include "server/observe/logger.h"
#include "server/passwords/hashing_executor.h"
#include "server/passwords/password_policy.h"
#include "server/rpc/server.h"
#include "server/signing/key_encryption_key.h"
#include "server/signing/stored_key_lifecycle.h"
#include "server/storage/migrate/migrator.h"
#include "server/storage/postgres/connection_pool.h"
#include "server/storage/postgres/partition_maintenance.h"
#include "server/vault/database_credentials.h"
#include "server/vault/vault_api.h"
#include "server/vault/vault_keeper.h"
#include "server/vault/vault_session.h"

namespace signet::app {

// The one place that knows both the settings and what the rooms ask for. Settings are those of a
// valid configuration (config::Load() without problems).

observe::LogLevel LogLevelOf(const config::LogSettings& log);
domain::TokenLifetimes LifetimesOf(const config::Settings& settings);
token::AccessTokenVerifier::Options VerifierOptions(const config::TokenSettings& tokens);
domain::EmailTokenRules EmailTokenRulesOf(const config::MailSettings& mail);
domain::EmailRule EmailRuleOf(const config::AccountSettings& accounts);
domain::ValidateToken::Options ValidateOptions(const config::RevocationSettings& revocation);
follow::ChangeFollower::Options FollowerOptions(const config::RevocationSettings& revocation);

// The password is added to the connection string here. INVALID_ARGUMENT, without repeating the
// string, when that cannot be read.
// `credentials` instead of those of the configuration, if not null.
absl::StatusOr<storage::ConnectionPool::Options> PoolOptions(
    const config::DatabaseSettings& database,
    const vault::DatabaseCredentials* credentials = nullptr);
// Where to listen for changes; empty: nowhere, because only a pooler leads to PostgreSQL.
absl::StatusOr<std::string> ListenConninfo(const config::DatabaseSettings& database,
                                           const vault::DatabaseCredentials* credentials = nullptr);
absl::StatusOr<storage::Migrator::Options> MigratorOptions(
    const config::DatabaseSettings& database);
storage::PartitionMaintenance::Options MaintenanceOptions(const config::Settings& settings);

// From the file, or from the environment's text. Errors as KeyEncryptionKey.
absl::StatusOr<signing::KeyEncryptionKey> ReadKek(const config::KeySettings& keys);
vault::VaultApi::Options VaultApiOptions(const config::VaultSettings& settings);
vault::VaultSession::Options VaultSessionOptions(const config::VaultSettings& settings);
vault::VaultKeeper::Options VaultKeeperOptions(const config::VaultSettings& settings);
signing::StoredKeyLifecycle::Options LifecycleOptions(const config::Settings& settings);

domain::RotateKeys::Policy RotationPolicyOf(const config::KeySettings& keys);
passwords::HashingExecutor::Options HashingOptions(const config::HashingSettings& hashing);
passwords::StrengthPolicy::Options PolicyOptions(const config::PasswordSettings& passwords);

domain::GuardPolicy GuardPolicyOf(const config::Settings& settings);
domain::ThreatPolicy ThreatPolicyOf(const config::AbuseSettings& abuse);
// "off": a challenge that nobody is asked for is a proof of work too.
domain::ProofOfWork::Options ProofOfWorkOptions(const config::ChallengeSettings& challenge);
captcha::Siteverify::Options SiteverifyOptions(const config::ChallengeSettings& challenge);
limits::LeasedBuckets::Options BucketOptions(const config::RateSettings& rates);
limits::WaitingLine::Options WaitingLineOptions(const config::LimitSettings& limits);

rpc::ServerOptions RpcOptions(const config::Settings& settings);
http::HttpServer::Options HttpOptions(const config::Settings& settings);

}  // namespace signet::app
