#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/app/abuse_parts.h"
#include "server/app/audit_log.h"
#include "server/app/authz.h"
#include "server/app/json_door.h"
#include "server/app/key_opening.h"
#include "server/app/key_rotation.h"
#include "server/app/mail.h"
#include "server/app/oauth.h"
#include "server/app/observers.h"
#include "server/app/parts.h"
#include "server/app/repeating_task.h"
#include "server/app/service_health.h"
#include "server/app/session_tokens.h"
#include "server/app/status_console.h"
#include "server/app/vault.h"
#include "server/app/wait_for.h"
#include "server/config/settings.h"
#include "server/follow/change_follower.h"
#include "server/follow/revocation_follower.h"
#include "server/http/http_server.h"
#include "server/rpc/api_key_authenticator.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/server.h"
#include "server/rpc/services/revocation_watch.h"
#include "server/rpc/services/session_questions.h"
#include "server/storage/postgres/stores/change_feed_pg.h"

namespace signet::app {

// The whole server: makes every object, in the order of its members, and takes them down in one
// function. One thread starts it, shuts it down and destroys it.
class App {
 public:
  // `settings` are valid and outlive the app.
  explicit App(const config::Settings& settings);
  // Shutdown()s.
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Serves when it returns OK. The HTTP port opens first: /livez answers, and /readyz tells what is
  // missing, while the database is waited for with growing pauses. CANCELLED when `pause` says so.
  // Anything else is for the operator: an address in use, unreadable files, a key-encryption key
  // that is not the one that sealed the keys, a schema that was not migrated.
  absl::Status Start(const Pause& pause);

  // After Start(): host:port as configured, with the port that the system chose for 0.
  std::string grpc_address() const;
  std::string http_address() const;

  // The part of a changed configuration that takes effect at once.
  void Reload(const config::LogSettings& log);

  observe::Logger& logger() { return telemetry_.logger; }

  // Ends without losing a call: health says no, calls under way are finished within the
  // drain timeout, then the ports, the followers and last the database connections close.
  // Idempotent.
  void Shutdown();

 private:
  absl::Status StartHttp();
  std::vector<http::Route> MakeRoutes();
  std::vector<std::string> KeyAlgorithms() const;
  absl::Status WaitForKeys(const Pause& pause);
  absl::Status LoadOnce();
  absl::Status ReloadKeys();
  absl::Status StartRpc();
  std::vector<std::unique_ptr<rpc::Service>> MakeServices();
  std::string KeyProblem() const;
  std::string RevocationProblem() const;
  std::string PhaseProblem() const;
  std::vector<http::ReadinessCheck> ReadinessChecks() const;
  // False: another process is at it.
  bool Maintain();
  void WriteApiKeyUses();
  void WakeStreams();
  void ReportVerifiers();
  void BeatSessions();

  enum class Phase { kStarting, kServing, kDraining, kStopped };

  const config::Settings& settings_;
  std::atomic<Phase> phase_{Phase::kStarting};
  Telemetry telemetry_;
  ServiceHealth health_;
  CountingStorage storage_observer_;
  CountingHashing hashing_observer_;
  CountingCredentials credential_observer_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<Passwords> passwords_;
  std::unique_ptr<Mail> mail_;
  std::unique_ptr<Factors> factors_;
  std::unique_ptr<SessionTokens> session_tokens_;  // before the gateways, which are there first
  std::unique_ptr<Gateways> gateways_;
  std::atomic<rpc::Server*> rpc_ready_{nullptr};  // null until it has started
  JsonDoor json_door_;
  std::unique_ptr<StatusConsole> console_;  // null: switched off
  std::unique_ptr<http::HttpServer> http_;
  std::unique_ptr<CountingFollow> follow_observer_;
  std::unique_ptr<storage::ChangeFeedPg> feed_;
  std::unique_ptr<follow::RevocationFollower> revocation_follower_;
  std::unique_ptr<follow::ChangeFollower> follower_;
  std::unique_ptr<AuditLog> audit_;
  std::atomic<bool> audit_ready_{false};  // the HTTP port opened before there was an audit log
  std::unique_ptr<AbuseGuards> guards_;
  std::unique_ptr<UseCases> uses_;
  std::unique_ptr<OAuth> oauth_;
  std::atomic<const OAuth*> oauth_ready_{nullptr};
  std::unique_ptr<rpc::ApiKeyAuthenticator> basic_authenticator_;
  std::unique_ptr<rpc::BearerAuthenticator> authenticator_;
  std::unique_ptr<rpc::RevocationWatches> watches_;
  std::unique_ptr<domain::KeySetRoster> verifiers_;
  std::unique_ptr<KeyRotation> rotation_;
  std::unique_ptr<KeyOpening> opening_;
  std::unique_ptr<rpc::SessionQuestions> session_questions_;
  std::unique_ptr<rpc::Server> rpc_;
  std::pair<int64_t, int64_t> told_;  // the log's and the key set's end that streams were woken for
  absl::Time verifiers_forgotten_at_ = absl::InfinitePast();
  RepeatingTask sealing_;
  RepeatingTask maintenance_;
  RepeatingTask api_key_uses_;
  RepeatingTask verifier_reports_;
  RepeatingTask key_rotation_;
  RepeatingTask key_opening_;
  RepeatingTask session_beat_;
};

}  // namespace signet::app
