#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "server/app/wait_for.h"
#include "server/config/settings.h"
#include "server/observe/logger.h"
#include "server/observe/vault_metrics.h"
#include "server/signing/key_encryption_key.h"
#include "server/storage/postgres/connection_pool.h"
#include "server/storage/postgres/stores/change_feed_pg.h"
#include "server/vault/vault_keeper.h"

namespace signet::app {

// What happens with Vault, as metrics and log lines: one line when it begins to fail, one when it
// is over. Thread-safe.
class CountingVault final : public vault::VaultObserver {
 public:
  CountingVault(observe::VaultMetrics& metrics, observe::Logger& logger)
      : metrics_(metrics), logger_(logger) {}

  void OnResult(vault::VaultResult result) override;
  void OnLease(vault::VaultLease lease) override;
  void OnCredentials(absl::Time issued_at, absl::Time ends_at) override;
  void OnTrouble(absl::string_view what, const absl::Status& status) override;
  void OnRecovered() override;

 private:
  observe::VaultMetrics& metrics_;
  observe::Logger& logger_;
  std::atomic<bool> failing_{false};
};

// Vault, where the configuration names one: it may keep the key-encryption key (key_encryption.h)
// and give the credentials of the database. Start and Stop belong to one thread.
class Vault {
 public:
  // Logs in and takes the first credentials, with growing pauses for vault.start_timeout.
  // UNAVAILABLE: it did not answer by then. CANCELLED when `pause` says so. Anything else is for
  // the operator: a login or a path that Vault refuses, files that cannot be read.
  static absl::StatusOr<std::unique_ptr<Vault>> Open(const config::Settings& settings,
                                                     const base::Clock& clock,
                                                     observe::VaultMetrics& metrics,
                                                     observe::Logger& logger, const Pause& pause);

  // Where key_encryption.source is one of Vault's. Errors as of Open(), and of the key's own form.
  absl::StatusOr<signing::KeyEncryptionKey> ReadKek(const Pause& pause);

  // For the first connections; null where they are those of the configuration.
  const vault::DatabaseCredentials* credentials() const { return keeper_.credentials(); }

  // From now on: new credentials go to both, which outlive Stop().
  void Start(storage::ConnectionPool& pool, storage::ChangeFeedPg& feed);
  // Idempotent.
  void Stop() { keeper_.Stop(); }

 private:
  Vault(const config::Settings& settings, const base::Clock& clock, observe::VaultMetrics& metrics,
        observe::Logger& logger);

  bool configured() const { return !settings_.vault.addresses.empty(); }
  absl::StatusOr<signing::KeyEncryptionKey> KekOfKv();
  absl::Status Await(const std::function<absl::Status()>& step, const Pause& pause);

  const config::Settings& settings_;
  const base::Clock& clock_;
  observe::Logger& logger_;
  const Patience patience_;
  CountingVault observer_;
  vault::VaultApi api_;
  vault::VaultSession session_;
  vault::VaultKeeper keeper_;
};

}  // namespace signet::app
