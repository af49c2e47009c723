#include "server/app/app.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/crypto/algorithm.h"
#include "server/app/key_encryption.h"
#include "server/app/process.h"
#include "server/app/room_options.h"
#include "server/config/quantity.h"
#include "server/http/endpoints.h"
#include "server/http/oauth/discovery.h"

namespace signet::app {
namespace {

using observe::LogLevel;

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(2);
constexpr absl::Duration kMaintenanceInterval = absl::Hours(1);
constexpr absl::Duration kKeepEmailTokens = absl::Hours(24);  // longer than any mail.interval
constexpr absl::Duration kUsesInterval = absl::Minutes(1);
constexpr absl::Duration kVerifierReports = absl::Milliseconds(250);
constexpr absl::Duration kSessionBeat = absl::Milliseconds(250);
constexpr absl::Duration kKeyOpening = absl::Milliseconds(250);
constexpr absl::Duration kForgetVerifiers = absl::Minutes(1);

// Waiting helps against a database that is not there yet, and against nothing else.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

std::string WithPort(const std::string& configured, int port) {
  auto address = config::ReadHostPort(configured);
  if (!address) return configured;
  address->port = port;
  return address->ToString();
}

}  // namespace

App::App(const config::Settings& settings)
    : settings_(settings),
      telemetry_(settings.log),
      storage_observer_(telemetry_.pool, telemetry_.logger,
                        [this](bool healthy) { health_.SetDatabase(healthy); }),
      hashing_observer_(telemetry_.hashing),
      credential_observer_(telemetry_.tokens),
      json_door_(settings.connect, [this] { return rpc_ready_.load(); }),
      sealing_(settings.audit.seal_interval, [this] { audit_->Seal(); }),
      maintenance_(kMaintenanceInterval, [this] { Maintain(); }),
      api_key_uses_(kUsesInterval, [this] { WriteApiKeyUses(); }),
      verifier_reports_(kVerifierReports, [this] { ReportVerifiers(); }),
      key_rotation_(settings.keys.rotation_check,
                    [this] { rotation_->Look(telemetry_.clock.Now()); }),
      key_opening_(kKeyOpening, [this] { opening_->Look(); }),
      session_beat_(kSessionBeat, [this] { BeatSessions(); }) {}

App::~App() { Shutdown(); }

absl::Status App::Start(const Pause& pause) {
  SIGNET_ASSIGN_OR_RETURN(
      vault_, Vault::Open(settings_, telemetry_.clock, telemetry_.vault, telemetry_.logger, pause));
  SIGNET_ASSIGN_OR_RETURN(auto kek, OpenKeyEncryptionKey(settings_, *vault_, telemetry_.clock,
                                                         telemetry_.logger, pause));
  SIGNET_ASSIGN_OR_RETURN(database_,
                          Database::Make(settings_, vault_->credentials(), storage_observer_));
  telemetry_.pool.limit.store(settings_.database.connections);
  tokens_ = std::make_unique<Tokens>(settings_, std::move(kek), *database_, telemetry_);
  SIGNET_ASSIGN_OR_RETURN(mail_, Mail::Make(settings_.mail, *database_->pool, telemetry_.clock,
                                            telemetry_.mail, telemetry_.logger));
  session_tokens_ = std::make_unique<SessionTokens>(settings_, *database_, *tokens_, telemetry_);
  SIGNET_RETURN_IF_ERROR(StartHttp());
  SIGNET_ASSIGN_OR_RETURN(passwords_,
                          Passwords::Make(settings_, telemetry_.clock, hashing_observer_));

  follow_observer_ =
      std::make_unique<CountingFollow>(tokens_->revocation_metrics, tokens_->key_metrics,
                                       telemetry_.logger, [this] { WakeStreams(); });
  SIGNET_ASSIGN_OR_RETURN(const auto listen,
                          ListenConninfo(settings_.database, vault_->credentials()));
  SIGNET_ASSIGN_OR_RETURN(feed_, storage::ChangeFeedPg::Create(listen));
  vault_->Start(*database_->pool, *feed_);
  revocation_follower_ = std::make_unique<follow::RevocationFollower>(
      database_->revocations, telemetry_.clock, tokens_->revocations, tokens_->kept_revocations,
      *follow_observer_);
  follower_ = std::make_unique<follow::ChangeFollower>(
      FollowerOptions(settings_.revocation), *feed_, *revocation_follower_,
      [this] { return ReloadKeys(); }, *follow_observer_);

  SIGNET_RETURN_IF_ERROR(WaitForKeys(pause));
  audit_ready_ = true;
  // Before the first call: while the partition of today is attached, PostgreSQL refuses rows that
  // were on their way into the default one.
  while (!Maintain()) {
    if (!pause(kFirstPause)) return absl::CancelledError("asked to stop while starting");
  }
  guards_ = std::make_unique<AbuseGuards>(settings_, *database_, *tokens_, *passwords_,
                                          mail_->sealer(), audit_->trail(), telemetry_);
  uses_ =
      std::make_unique<UseCases>(settings_, *database_, *tokens_, *passwords_, *audit_, *factors_,
                                 mail_->sealer(), *guards_, *session_tokens_, credential_observer_);
  rotation_ =
      std::make_unique<KeyRotation>(*tokens_->rotation, tokens_->key_metrics, telemetry_.logger);
  opening_ = std::make_unique<KeyOpening>(tokens_->ring, tokens_->key_metrics, telemetry_.logger);
  SIGNET_RETURN_IF_ERROR(StartRpc());
  oauth_ = std::make_unique<OAuth>(*uses_, *guards_, *tokens_, telemetry_,
                                   session_tokens_->sessions, settings_.tokens.audience);
  oauth_ready_ = oauth_.get();
  follower_->Start();
  mail_->Start();
  maintenance_.Start();
  sealing_.Start();
  api_key_uses_.Start();
  verifier_reports_.Start();
  key_rotation_.Start();
  key_opening_.Start();
  session_beat_.Start();
  phase_ = Phase::kServing;
  return absl::OkStatus();
}

absl::Status App::StartHttp() {
  std::vector<http::Route> routes = MakeRoutes();
  http::Append(OAuthRoutes([this] { return oauth_ready_.load(); }), routes);
  http::Append(http::Discovery(settings_.tokens.issuer, [this] { return KeyAlgorithms(); }),
               routes);
  SIGNET_ASSIGN_OR_RETURN(gateways_, Gateways::Make(settings_, session_tokens_->validate,
                                                    session_tokens_->sessions, telemetry_));
  if (gateways_->has_rules()) {
    routes.push_back(gateways_->AuthzRoute([this] { return phase_ != Phase::kStarting; }));
  }
  http::Append(json_door_.Routes(), routes);
  if (settings_.console.enabled) {
    console_ = std::make_unique<StatusConsole>(
        StatusConsole::Parts{settings_, telemetry_, *database_, *tokens_,
                             session_tokens_->validate},
        [this] { return rpc_ready_.load(); }, ReadinessChecks());
    http::Append(console_->Routes(), routes);
  }
  SIGNET_ASSIGN_OR_RETURN(
      http_, http::HttpServer::Start(HttpOptions(settings_), std::move(routes),
                                     {telemetry_.clock, telemetry_.logger, telemetry_.http}));
  if (console_ != nullptr) console_->Start();
  return absl::OkStatus();
}

std::vector<http::ReadinessCheck> App::ReadinessChecks() const {
  using Weight = http::ReadinessCheck::Weight;
  const Weight revocations =
      settings_.revocation.when_stale == "refuse" ? Weight::kRequired : Weight::kTold;
  return {{"server", [this] { return PhaseProblem(); }},
          {"keys", [this] { return KeyProblem(); }},
          {"revocations", [this] { return RevocationProblem(); }, revocations},
          {"database",
           [this] {
             return database_->pool->healthy()
                        ? std::string()
                        : std::string("does not answer; tokens are validated all the same");
           },
           Weight::kTold}};
}

std::vector<http::Route> App::MakeRoutes() {
  return {http::Livez(),
          http::Readyz(ReadinessChecks()),
          http::Metrics([this] { return telemetry_.sources.RenderText(); },
                        [this] { return telemetry_.sources.RenderOpenMetrics(); }),
          http::Jwks(
              [this]() -> std::optional<std::string> {
                const token::KeySet& keys = tokens_->ring.keys().Read();
                if (keys.keys().empty()) return std::nullopt;
                return keys.jwks_json();
              },
              settings_.keys.jwks_max_age),
          http::Text("/audit/checkpoint",
                     [this]() -> std::optional<std::string> {
                       return audit_ready_ ? audit_->board().Newest() : std::nullopt;
                     }),
          http::Text("/audit/key", [this]() -> std::optional<std::string> {
            if (!audit_ready_) return std::nullopt;
            return absl::StrCat(audit_->verifier().ToText(), "\n");
          })};
}

// Each once.
std::vector<std::string> App::KeyAlgorithms() const {
  std::vector<std::string> names;
  for (const auto& key : tokens_->ring.keys().Read().keys()) {
    std::string name(crypto::AlgorithmName(key.key.algorithm()));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

absl::Status App::WaitForKeys(const Pause& pause) {
  absl::Duration wait = kFirstPause;
  while (true) {
    const absl::Status status = LoadOnce();
    if (!MayPass(status)) return status;
    if (wait == kFirstPause) {
      telemetry_.logger.Write(LogLevel::kWarning, "waiting for the database",
                              {{observe::log_key::kError, std::string(status.message())}});
    }
    if (!pause(wait)) return absl::CancelledError("asked to stop while waiting for the database");
    wait = std::min(2 * wait, kLongestPause);
  }
}

absl::Status App::LoadOnce() {
  if (audit_ == nullptr) {
    SIGNET_ASSIGN_OR_RETURN(
        audit_, AuditLog::Make(settings_, *database_, tokens_->kek, telemetry_, telemetry_.audit));
  }
  SIGNET_RETURN_IF_ERROR(tokens_->Load(telemetry_.clock.Now(), audit_->recorder()));
  SIGNET_RETURN_IF_ERROR(audit_->RecordKeyLoad(tokens_->ring.keys().Read().version()));
  SIGNET_RETURN_IF_ERROR(mail_->Load(database_->signing_keys, tokens_->kek));
  SIGNET_ASSIGN_OR_RETURN(factors_,
                          Factors::Load(settings_.mfa, database_->signing_keys, tokens_->kek));
  SIGNET_RETURN_IF_ERROR(session_tokens_->Load());
  return follower_->CatchUp();
}

absl::Status App::ReloadKeys() {
  const absl::Time asked_at = telemetry_.clock.Now();
  SIGNET_RETURN_IF_ERROR(tokens_->ring.Reload());
  tokens_->keys_as_of = absl::ToUnixNanos(asked_at);
  const token::KeySet& keys = tokens_->ring.keys().Read();
  // Here, and not during someone's call.
  for (const auto& key : keys.keys()) key.key.Precompute();
  return audit_->RecordKeyLoad(keys.version());
}

absl::Status App::StartRpc() {
  basic_authenticator_ = std::make_unique<rpc::ApiKeyAuthenticator>(
      uses_->check_api_key, telemetry_.tokens,
      settings_.legacy.basic_auth == "on" ? rpc::ApiKeyAuthenticator::Switch::kOn
                                          : rpc::ApiKeyAuthenticator::Switch::kOff);
  authenticator_ = std::make_unique<rpc::BearerAuthenticator>(
      tokens_->verifier, basic_authenticator_.get(), &session_tokens_->sessions);
  session_questions_ = std::make_unique<rpc::SessionQuestions>(session_tokens_->sessions,
                                                               [this] { rpc_->WakeStreams(); });
  const rpc::ServerCollaborators collaborators{
      telemetry_.clock, *authenticator_,        telemetry_.logger, telemetry_.grpc,
      telemetry_.lanes, telemetry_.connections, &audit_->trail()};
  watches_ = std::make_unique<rpc::RevocationWatches>(tokens_->kept_revocations, telemetry_.watch);
  verifiers_ = std::make_unique<domain::KeySetRoster>(database_->key_set_verifiers, ReplicaName(),
                                                      settings_.keys.verifier_lease);
  rpc::ServerOptions options = RpcOptions(settings_);
  options.calls.rates = &guards_->rates;
  options.calls.hashing_room = [this](absl::Time deadline) {
    return passwords_->hasher->CheckRoom(deadline);
  };
  rpc_ = std::make_unique<rpc::Server>(std::move(options), collaborators, MakeServices());
  SIGNET_RETURN_IF_ERROR(rpc_->Start());
  rpc_ready_ = rpc_.get();
  health_.SetDatabase(database_->pool->healthy());
  health_.Attach(*rpc_,
                 gateways_->has_rules() ? rpc::Server::Serving::kYes : rpc::Server::Serving::kNo);
  return absl::OkStatus();
}

std::string App::grpc_address() const {
  return WithPort(settings_.listen.grpc, rpc_->ports().front());
}

std::string App::http_address() const { return WithPort(settings_.listen.http, http_->port()); }

std::string App::PhaseProblem() const {
  switch (phase_.load()) {
    case Phase::kStarting:
      return "starting";
    case Phase::kServing:
      return "";
    case Phase::kDraining:
    case Phase::kStopped:
      return "shutting down";
  }
  return "";
}

std::string App::KeyProblem() const {
  return tokens_->ring.active().Read() ? "" : "no signing key yet";
}

std::string App::RevocationProblem() const {
  const absl::Duration age = telemetry_.clock.Now() - tokens_->revocations.Read().as_of();
  if (age <= settings_.revocation.max_staleness) return "";
  if (age == absl::InfiniteDuration()) return "not read yet";
  return absl::StrCat("known as of ", absl::ToInt64Seconds(age), " s ago");
}

bool App::Maintain() {
  const auto result = database_->maintenance.Run(telemetry_.clock.Now());
  if (!result.ok()) {
    telemetry_.cleanup.failures.fetch_add(1);
    telemetry_.logger.Write(LogLevel::kWarning, "partition maintenance failed",
                            {{observe::log_key::kError, std::string(result.status().message())}});
  } else if (result->made + result->dropped + result->audit_made + result->audit_dropped > 0) {
    telemetry_.logger.Write(
        LogLevel::kInfo, "partitions maintained",
        {{observe::log_key::kCount,
          result->made + result->dropped + result->audit_made + result->audit_dropped}});
  }
  // What was not removed now is removed an hour later.
  if (result.ok() && result->led) {
    telemetry_.cleanup.Done(telemetry_.clock.Now());
    (void)mail_->Maintain(telemetry_.clock.Now());
    (void)database_->email_tokens.RemoveExpired(telemetry_.clock.Now() - kKeepEmailTokens);
  }
  return !result.ok() || result->led;
}

void App::WriteApiKeyUses() {
  const absl::Status written = database_->api_key_uses.Flush();
  if (written.ok()) return;
  telemetry_.logger.Write(LogLevel::kWarning, "uses of API keys not written yet",
                          {{observe::log_key::kError, std::string(written.message())}});
}

// Called by the following thread once it has started; before that there is nobody to wake.
void App::WakeStreams() {
  if (rpc_ == nullptr) return;
  const std::pair<int64_t, int64_t> now{tokens_->kept_revocations.end().place.sequence,
                                        tokens_->ring.keys().Read().version()};
  if (std::exchange(told_, now) != now) rpc_->WakeStreams();
}

void App::ReportVerifiers() {
  const absl::Time now = telemetry_.clock.Now();
  const auto standing = verifiers_->StandingAt(tokens_->ring.keys().Read().version());
  telemetry_.watch.verifiers_current = standing.current;
  telemetry_.watch.verifiers_behind = standing.behind;
  absl::Status reported = verifiers_->Report(now);
  // Whoever opens streams under ever new names fills no table.
  if (reported.ok() && now > verifiers_forgotten_at_ + kForgetVerifiers) {
    verifiers_forgotten_at_ = now;
    reported = database_->key_set_verifiers.Forget(now - 2 * settings_.keys.verifier_lease);
  }
  if (reported.ok()) return;
  telemetry_.logger.Write(LogLevel::kDebug, "verifiers of the key set not reported yet",
                          {{observe::log_key::kError, std::string(reported.message())}});
}

void App::BeatSessions() {
  const absl::Status done = session_tokens_->Beat(telemetry_.clock.Now());
  if (done.ok()) return;
  telemetry_.logger.Write(LogLevel::kDebug,
                          "uses of sessions not written, or their policy not read",
                          {{observe::log_key::kError, std::string(done.message())}});
}

void App::Reload(const config::LogSettings& log) { telemetry_.logger.set_level(LogLevelOf(log)); }

void App::Shutdown() {
  if (phase_.exchange(Phase::kDraining) == Phase::kStopped) return;
  health_.Detach();  // whatever the database does now, health stays down
  if (rpc_ != nullptr) {
    const config::LimitSettings& limits = settings_.limits;
    rpc_->Drain(telemetry_.clock.Now() + limits.drain_pause + limits.drain_timeout);
  }
  if (session_questions_ != nullptr) session_questions_->Drain();
  if (passwords_ != nullptr) passwords_->hasher->Drain();
  if (mail_ != nullptr) mail_->Stop();
  if (http_ != nullptr) http_->Stop();
  if (console_ != nullptr) console_->Stop();
  if (follower_ != nullptr) follower_->Stop();
  if (vault_ != nullptr) vault_->Stop();
  maintenance_.Stop();
  verifier_reports_.Stop();
  key_rotation_.Stop();
  key_opening_.Stop();
  session_beat_.Stop();
  // Others judge by it from now on.
  if (uses_ != nullptr) (void)session_tokens_->WriteAll(telemetry_.clock.Now());
  api_key_uses_.Stop();
  if (uses_ != nullptr) WriteApiKeyUses();
  sealing_.Stop();
  // What the last calls did should not wait for the next start.
  if (audit_ != nullptr && phase_ == Phase::kDraining) audit_->Seal();
  telemetry_.log_writer.Flush();
  phase_ = Phase::kStopped;
}

}  // namespace signet::app
