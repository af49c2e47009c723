#include "server/app/parts.h"

#include <utility>

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include "client/base/status_macros.h"
#include "server/app/abuse_parts.h"
#include "server/app/observers.h"
#include "server/app/room_options.h"
#include "server/app/session_tokens.h"
#include "server/app/version.h"
#include "server/rpc/method_table.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::app {

Telemetry::Telemetry(const config::LogSettings& log)
    : log_writer(STDERR_FILENO),
      logger(log_writer, clock, LogLevelOf(log)),
      grpc(rpc::MetricMethods(rpc::MethodTable())),
      pool(std::vector<std::string>(storage::kServiceStatements.begin(),
                                    storage::kServiceStatements.end())),
      audit(clock),
      cleanup(clock),
      mail(clock),
      vault(clock),
      process(Version(), grpc::Version()) {
  for (const prometheus::Collectable* source :
       std::initializer_list<const prometheus::Collectable*>{
           &grpc, &lanes, &connections, &http, &gateways, &hashing, &pool, &audit, &cleanup,
           &tokens, &mail, &abuse, &watch, &vault, &process, &log_writer}) {
    sources.Add(*source);
  }
  sources.AddExemplars(grpc);
  sources.AddExemplars(http);
}

absl::StatusOr<std::unique_ptr<Database>> Database::Make(
    const config::Settings& settings, const vault::DatabaseCredentials* credentials,
    storage::StorageObserver& observer) {
  SIGNET_ASSIGN_OR_RETURN(auto options, PoolOptions(settings.database, credentials));
  SIGNET_ASSIGN_OR_RETURN(auto opened,
                          storage::ConnectionPool::Create(std::move(options), observer));
  return std::make_unique<Database>(std::move(opened), settings);
}

Database::Database(std::unique_ptr<storage::ConnectionPool> opened,
                   const config::Settings& settings)
    : pool(std::move(opened)),
      accounts(*pool),
      attempts(*pool),
      buckets(*pool),
      used_challenges(*pool),
      sessions(*pool),
      session_tokens(*pool),
      second_factors(*pool),
      signing_keys(*pool),
      key_set_verifiers(*pool),
      email_tokens(*pool),
      revocations(*pool),
      audit(*pool),
      audit_reader(*pool),
      users(*pool),
      access(*pool),
      service_accounts(*pool),
      api_key_uses(*pool),
      maintenance(*pool, MaintenanceOptions(settings)) {}

Tokens::Tokens(const config::Settings& settings, signing::KeyEncryptionKey key_encryption_key,
               Database& database, Telemetry& telemetry)
    : kek(std::move(key_encryption_key)),
      key_store(database.signing_keys),
      verifier_store(database.key_set_verifiers),
      ring(database.signing_keys, kek),
      lifecycle_options(LifecycleOptions(settings)),
      rotation_policy(RotationPolicyOf(settings.keys)),
      revocations(std::make_shared<token::RevocationSet>()),
      signer(settings.tokens.issuer, ring.active(), revocations),
      verifier(VerifierOptions(settings.tokens), ring.keys(), revocations),
      revocation_metrics(
          telemetry.clock,
          [this] {
            const token::RevocationSet& set = revocations.Read();
            return observe::RevocationMetrics::State{set.sequence(), set.as_of(), set.size()};
          }),
      key_metrics(telemetry.clock,
                  [this] {
                    observe::KeyMetrics::State state;
                    const auto& active = ring.active().Read();
                    if (active) state.active_since = active->activated_at;
                    state.version = ring.keys().Read().version();
                    return state;
                  }),
      cache_metrics([this] { return verifier.cache_stats(); }) {
  telemetry.sources.Add(revocation_metrics);
  telemetry.sources.Add(key_metrics);
  telemetry.sources.Add(cache_metrics);
}

absl::Status Tokens::Load(absl::Time now, const domain::AuditRecorder& audit) {
  if (deriver == nullptr) {
    SIGNET_ASSIGN_OR_RETURN(deriver, signing::HmacSuccessorDeriver::Create(key_store, kek));
  }
  if (lifecycle == nullptr) {
    SIGNET_ASSIGN_OR_RETURN(auto voucher, signing::KeyVoucher::Create(key_store, kek));
    ring.SetVoucher(std::move(voucher));
    lifecycle = std::make_unique<signing::StoredKeyLifecycle>(lifecycle_options, key_store,
                                                              verifier_store, kek, ring, audit);
    rotation = std::make_unique<domain::RotateKeys>(rotation_policy, key_store, *lifecycle);
  }
  return lifecycle->EnsureActiveKey(now);
}

absl::StatusOr<std::unique_ptr<Passwords>> Passwords::Make(const config::Settings& settings,
                                                           const base::Clock& clock,
                                                           passwords::HashingObserver& observer) {
  auto made = std::make_unique<Passwords>();
  SIGNET_ASSIGN_OR_RETURN(
      made->hasher, passwords::HashingExecutor::Create(HashingOptions(settings.hashing), clock,
                                                       made->functions, observer));
  SIGNET_ASSIGN_OR_RETURN(made->policy,
                          passwords::StrengthPolicy::Create(PolicyOptions(settings.passwords)));
  return made;
}

UseCases::UseCases(const config::Settings& settings, Database& database, Tokens& tokens,
                   Passwords& passwords, AuditLog& audit, const Factors& factors,
                   const domain::MailSealer& mails, AbuseGuards& guards,
                   SessionTokens& session_tokens, domain::CredentialObserver& credentials)
    : register_account(database.accounts, *passwords.hasher, *passwords.policy, mails,
                       EmailTokenRulesOf(settings.mail), audit.trail()),
      login(guards.login_gate, database.accounts, database.sessions, *passwords.hasher,
            *passwords.policy, tokens.signer, audit.trail(), LifetimesOf(settings),
            factors.challenges, guards.devices, mails, session_tokens.policy,
            EmailRuleOf(settings.accounts)),
      logout(database.sessions, audit.trail(), LifetimesOf(settings)),
      change_password(guards.current_password, database.accounts, *passwords.hasher,
                      *passwords.policy, mails, audit.trail(), LifetimesOf(settings)),
      refresh(
          database.sessions, *tokens.deriver, tokens.signer, audit.trail(),
          settings.audit.refreshes ? domain::RefreshEvents::kAll : domain::RefreshEvents::kRefusals,
          LifetimesOf(settings)),
      guarded_refresh(refresh, guards.rates, guards.threats, credentials),
      validate(session_tokens.validate),
      revoke(tokens.verifier, database.revocations, database.sessions, database.session_tokens,
             audit.trail(), LifetimesOf(settings)),
      revoke_all(database.revocations, audit.trail(), LifetimesOf(settings)),
      explain(tokens.verifier, database.sessions, database.session_tokens, session_tokens.policy,
              audit.trail(), LifetimesOf(settings)),
      keys(*tokens.lifecycle, audit.trail()),
      read_audit(database.audit_reader, audit.recorder(), audit.trail()),
      sessions(database.sessions, audit.trail(), LifetimesOf(settings)),
      switch_sessions(database.session_tokens, session_tokens.policy, audit.trail()),
      mfa({guards.current_password, database.sessions, database.second_factors, *passwords.policy,
           tokens.signer, audit.trail(), mails, guards.devices, factors},
          LifetimesOf(settings), settings.mfa),
      verify_email(database.email_tokens, audit.trail()),
      resend_verification(database.accounts, database.email_tokens, mails, audit.trail(),
                          EmailTokenRulesOf(settings.mail)),
      request_password_reset(database.accounts, database.email_tokens, mails, audit.trail(),
                             EmailTokenRulesOf(settings.mail)),
      confirm_password_reset(database.email_tokens, *passwords.hasher, *passwords.policy, mails,
                             audit.trail(), LifetimesOf(settings)),
      request_email_change(guards.current_password, database.email_tokens, *passwords.policy, mails,
                           audit.trail(), EmailTokenRulesOf(settings.mail)),
      confirm_email_change(database.email_tokens, mails, audit.trail(), LifetimesOf(settings)),
      read_users(database.users),
      update_user(database.users, audit.trail()),
      close_account(database.users, audit.trail(), LifetimesOf(settings)),
      import_users(database.users, passwords.imported, audit.trail()),
      personal_data(database.users, audit.recorder(), audit.trail(), LifetimesOf(settings)),
      roles(database.access, audit.trail(), LifetimesOf(settings)),
      grants(database.access, audit.trail(), LifetimesOf(settings)),
      check_permission(database.access),
      service_accounts(database.service_accounts, audit.trail(), LifetimesOf(settings)),
      api_keys(database.service_accounts, database.access, audit.trail(), LifetimesOf(settings)),
      check_api_key(database.service_accounts, database.api_key_uses, credentials),
      issue_service_token(check_api_key, guards.rates, tokens.signer, audit.trail(),
                          LifetimesOf(settings)) {}

}  // namespace signet::app
