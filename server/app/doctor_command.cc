#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/status_macros.h"
#include "server/app/authz.h"
#include "server/app/command_reports.h"
#include "server/app/commands.h"
#include "server/app/dev_environment.h"
#include "server/app/hardware_key.h"
#include "server/app/room_options.h"
#include "server/app/vault.h"
#include "server/config/quantity.h"
#include "server/doctor/examine.h"
#include "server/doctor/report.h"
#include "server/storage/postgres/survey.h"

namespace signet::app {
namespace {

using doctor::Deployment;
using doctor::Finding;

constexpr int kConnections = 4;      // as many as checks at once
constexpr int64_t kOtherFiles = 64;  // libraries, logs, descriptors of gRPC

// What the checks share. It is never taken down: a check that does not answer may still use it when
// the process ends.
struct Ground {
  CommandReports reports{observe::LogLevel::kError};
  storage::StorageObserver nobody;
  config::Settings settings;
  std::unique_ptr<Vault> vault;  // null: it let nobody in
  std::unique_ptr<storage::ConnectionPool> pool;
  std::unique_ptr<storage::Survey> survey;
};

Finding Configuration(const absl::StatusOr<config::Loaded>& loaded) {
  doctor::Notes notes;
  constexpr char kTodo[] = "signetd config check, and docs/configuration.md";
  if (!loaded.ok()) {
    notes.Fail(loaded.status().message(), kTodo);
  } else if (!loaded->problems.empty()) {
    notes.Fail(absl::StrJoin(loaded->problems, "; "), kTodo);
  } else if (const std::string& rules = loaded->settings.authz.rules;
             !rules.empty() && !ReadAuthzRules(rules).ok()) {
    notes.Fail(ReadAuthzRules(rules).status().message(), kTodo, "docs/gateways.md");
  } else {
    notes.Ok("valid");
  }
  Finding finding = notes.Conclude();
  finding.check = "configuration";
  return finding;
}

Deployment::Port PortOf(const std::string& address) {
  const auto read = config::ReadHostPort(address);
  if (!read) return {};
  return {.host = read->host, .port = read->port, .loopback = read->is_loopback()};
}

absl::StatusOr<signing::KeyEncryptionKey> KekOf(const Deployment& deployment, Ground& ground) {
  using KekKeeper = Deployment::KekKeeper;
  switch (deployment.kek_keeper) {
    case KekKeeper::kHardware:
      SIGNET_RETURN_IF_ERROR(deployment.hardware.status());
      return signing::KeyEncryptionKey::Remote(*deployment.hardware);
    case KekKeeper::kVault:
      SIGNET_RETURN_IF_ERROR(deployment.vault);
      return ground.vault->ReadKek(SleepThrough);
    case KekKeeper::kNobody:
      break;
  }
  return ReadKek(ground.settings.keys);
}

// The keepers of secrets, asked for what the service asks them for.
void AskKeepers(Ground& ground, Deployment& deployment) {
  const config::Settings& settings = ground.settings;
  if (settings.key_encryption.in_vault()) deployment.kek_keeper = Deployment::KekKeeper::kVault;
  if (settings.key_encryption.in_hardware()) {
    deployment.kek_keeper = Deployment::KekKeeper::kHardware;
    deployment.hardware = MakeHardwareSeal(settings.pkcs11);
  }
  deployment.vault_configured = !settings.vault.addresses.empty();
  deployment.vault_gives_credentials = !settings.vault.database_role.empty();
  auto vault = Vault::Open(settings, ground.reports.clock, ground.reports.vault,
                           ground.reports.logger, SleepThrough);
  deployment.vault = vault.status();
  if (vault.ok()) ground.vault = *std::move(vault);
  deployment.kek = KekOf(deployment, ground);
}

absl::StatusOr<Deployment> DeploymentOf(config::Settings configured,
                                        const DoctorArguments& arguments, Ground& ground) {
  ground.settings = std::move(configured);
  // Vault is asked once: that it does not answer is a finding.
  ground.settings.vault.start_timeout = absl::ZeroDuration();
  const config::Settings& settings = ground.settings;
  Deployment deployment;
  deployment.grpc = PortOf(settings.listen.grpc);
  deployment.http = PortOf(settings.listen.http);
  deployment.issuer = settings.tokens.issuer;
  deployment.tls_certificate = settings.listen.tls_certificate;
  deployment.tls_key = settings.listen.tls_key;
  deployment.tls_client_ca = settings.listen.tls_client_ca;
  deployment.has_trusted_proxies = !settings.listen.trusted_proxies.empty();
  deployment.through = {.address = arguments.through,
                        .ca_file = arguments.through_ca,
                        .plaintext = arguments.through_plaintext};
  AskKeepers(ground, deployment);
  deployment.rotate_after = settings.keys.rotate_after;
  deployment.mail_configured = settings.mail.configured();
  deployment.audit_checkpoint_file = settings.audit.checkpoint_file;
  deployment.files_needed = settings.limits.connections + settings.limits.http_connections +
                            settings.database.connections + kOtherFiles;
  deployment.pgbackrest_stanza = arguments.stanza;
  SIGNET_ASSIGN_OR_RETURN(
      deployment.database,
      PoolOptions(settings.database,
                  ground.vault == nullptr ? nullptr : ground.vault->credentials()));

  SIGNET_ASSIGN_OR_RETURN(storage::ConnectionPool::Options options,
                          storage::Survey::ReadOnly(deployment.database));
  options.size = kConnections;
  options.application_name = "signetd doctor";
  SIGNET_ASSIGN_OR_RETURN(ground.pool,
                          storage::ConnectionPool::Create(std::move(options), ground.nobody));
  ground.survey = std::make_unique<storage::Survey>(*ground.pool);
  deployment.clock = &ground.reports.clock;
  deployment.pool = ground.pool.get();
  deployment.survey = ground.survey.get();
  return deployment;
}

// Everything but the configuration, which has to be valid for it.
std::vector<Finding> ExamineAll(absl::StatusOr<config::Loaded> loaded,
                                const DoctorArguments& arguments) {
  std::vector<Finding> findings = {Configuration(loaded)};
  const std::vector<doctor::Check> checks = doctor::AllChecks();
  auto* const ground = new Ground;  // see Ground
  absl::StatusOr<Deployment> deployment = absl::InvalidArgumentError("not made");
  if (loaded.ok() && loaded->problems.empty()) {
    deployment = DeploymentOf(std::move(loaded->settings), arguments, *ground);
    if (!deployment.ok()) {
      doctor::Notes notes;
      notes.Fail(deployment.status().message(), "correct database.url", "docs/configuration.md");
      findings[0] = notes.Conclude();
      findings[0].check = "configuration";
    }
  }
  if (!deployment.ok()) {
    for (const doctor::Check& check : checks) {
      findings.push_back(doctor::Skipped("the configuration is not valid"));
      findings.back().check = check.name;
    }
    return findings;
  }
  for (Finding& finding :
       doctor::Examine(std::make_shared<const Deployment>(*std::move(deployment)), checks)) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace

int RunDoctor(const ConfigArguments& arguments, const DoctorArguments& doctor_arguments) {
  std::unique_ptr<DevEnvironment> dev;
  if (arguments.dev) {
    auto joined = DevEnvironment::Join(arguments.state_dir);
    if (!joined.ok()) return ExitCode(joined.status());
    dev = *std::move(joined);
  }
  const std::vector<Finding> findings =
      ExamineAll(ReadConfig(arguments, config::Purpose::kServe), doctor_arguments);
  const doctor::Look look =
      isatty(STDOUT_FILENO) == 1 ? doctor::Look::kColoured : doctor::Look::kPlain;
  std::fputs((doctor_arguments.json ? AsJson(findings) : AsTable(findings, look)).c_str(), stdout);
  std::fflush(stdout);
  dev.reset();
  // Not exit(): a check that did not answer still has its thread, and what it stands on.
  _exit(ExitCodeOf(findings, doctor_arguments.strict ? doctor::Strictness::kWarningsCount
                                                     : doctor::Strictness::kFailuresCount));
}

}  // namespace signet::app
