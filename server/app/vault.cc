#include "server/app/vault.h"

#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/app/room_options.h"
#include "server/vault/kv_secret.h"
#include "server/vault/transit_seal.h"

namespace signet::app {
namespace {

using observe::LogLevel;

}  // namespace

void CountingVault::OnResult(vault::VaultResult result) {
  using vault::VaultResult;
  metrics_.questions.Add(result == VaultResult::kDone      ? observe::VaultQuestion::kDone
                         : result == VaultResult::kRefused ? observe::VaultQuestion::kRefused
                                                           : observe::VaultQuestion::kUnavailable);
}

void CountingVault::OnLease(vault::VaultLease lease) {
  using vault::VaultLease;
  switch (lease) {
    case VaultLease::kLoggedIn:
      return metrics_.grants.Add(observe::VaultGrant::kLogin);
    case VaultLease::kTokenRenewed:
      return metrics_.grants.Add(observe::VaultGrant::kToken);
    case VaultLease::kCredentialsIssued:
      return metrics_.grants.Add(observe::VaultGrant::kCredentials);
    case VaultLease::kCredentialsRenewed:
      return metrics_.grants.Add(observe::VaultGrant::kLease);
  }
}

void CountingVault::OnCredentials(absl::Time issued_at, absl::Time ends_at) {
  metrics_.SetLease(issued_at, ends_at);
}

void CountingVault::OnTrouble(absl::string_view what, const absl::Status& status) {
  metrics_.SetWorking(false);
  if (failing_.exchange(true)) return;
  logger_.Write(LogLevel::kWarning, "Vault fails, going on with what it gave",
                {{observe::log_key::kReason, what},
                 {observe::log_key::kError, std::string(status.message())}});
}

void CountingVault::OnRecovered() {
  metrics_.SetWorking(true);
  if (failing_.exchange(false)) logger_.Write(LogLevel::kInfo, "Vault is back");
}

Vault::Vault(const config::Settings& settings, const base::Clock& clock,
             observe::VaultMetrics& metrics, observe::Logger& logger)
    : settings_(settings),
      clock_(clock),
      logger_(logger),
      patience_{.line = "waiting for Vault",
                .setting = "vault.start_timeout",
                .until = clock.Now() + settings.vault.start_timeout},
      observer_(metrics, logger),
      api_(VaultApiOptions(settings.vault), observer_),
      session_(api_, VaultSessionOptions(settings.vault), clock, observer_),
      keeper_(VaultKeeperOptions(settings.vault), session_, clock, observer_) {}

absl::StatusOr<std::unique_ptr<Vault>> Vault::Open(const config::Settings& settings,
                                                   const base::Clock& clock,
                                                   observe::VaultMetrics& metrics,
                                                   observe::Logger& logger, const Pause& pause) {
  auto opened = absl::WrapUnique(new Vault(settings, clock, metrics, logger));
  if (!opened->configured()) return opened;
  SIGNET_RETURN_IF_ERROR(opened->Await([&] { return opened->keeper_.Begin(); }, pause));
  return opened;
}

absl::StatusOr<signing::KeyEncryptionKey> Vault::ReadKek(const Pause& pause) {
  const config::KeyEncryptionSettings& source = settings_.key_encryption;
  if (source.source == "vault_transit") {
    return signing::KeyEncryptionKey::Remote(std::make_shared<vault::TransitSeal>(
        session_, source.vault_mount.empty() ? "transit" : source.vault_mount, source.vault_name));
  }
  absl::StatusOr<signing::KeyEncryptionKey> kek = absl::UnavailableError("not asked for yet");
  SIGNET_RETURN_IF_ERROR(Await(
      [&] {
        kek = KekOfKv();
        return kek.status();
      },
      pause));
  return kek;
}

absl::StatusOr<signing::KeyEncryptionKey> Vault::KekOfKv() {
  const config::KeyEncryptionSettings& source = settings_.key_encryption;
  const std::string mount = source.vault_mount.empty() ? "secret" : source.vault_mount;
  SIGNET_ASSIGN_OR_RETURN(
      const base::Secret text,
      vault::ReadKvSecret(session_, mount, source.vault_name, source.vault_field));
  auto kek = signing::KeyEncryptionKey::FromText(text);
  if (kek.ok()) return kek;
  return absl::InvalidArgumentError(absl::StrCat("field ", source.vault_field,
                                                 " of Vault's secret ", mount, "/",
                                                 source.vault_name, ": ", kek.status().message()));
}

absl::Status Vault::Await(const std::function<absl::Status()>& step, const Pause& pause) {
  return WaitFor(step, patience_, clock_, logger_, pause);
}

void Vault::Start(storage::ConnectionPool& pool, storage::ChangeFeedPg& feed) {
  if (!configured()) return;
  keeper_.Start([&pool, &feed](const vault::DatabaseCredentials& credentials) {
    const absl::Status adopted = pool.LogInAs(credentials.user, credentials.password);
    if (adopted.ok()) feed.LogInAs(credentials.user, credentials.password);
    return adopted;
  });
}

}  // namespace signet::app
