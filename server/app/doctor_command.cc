#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/clock.h"
#include "client/base/status_macros.h"
#include "server/app/authz.h"
#include "server/app/commands.h"
#include "server/app/dev_environment.h"
#include "server/app/hardware_key.h"
#include "server/app/room_options.h"
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
  base::SystemClock clock;
  storage::StorageObserver nobody;
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

absl::StatusOr<Deployment> DeploymentOf(const config::Settings& settings,
                                        const DoctorArguments& arguments, Ground& ground) {
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
  if (settings.key_encryption.in_hardware()) {
    deployment.hardware_configured = true;
    deployment.hardware = MakeHardwareSeal(settings.pkcs11);
    if (deployment.hardware.ok()) {
      deployment.kek = signing::KeyEncryptionKey::Remote(*deployment.hardware);
    } else {
      deployment.kek = deployment.hardware.status();
    }
  } else {
    deployment.kek = ReadKek(settings.keys);
  }
  deployment.rotate_after = settings.keys.rotate_after;
  deployment.mail_configured = settings.mail.configured();
  deployment.audit_checkpoint_file = settings.audit.checkpoint_file;
  deployment.files_needed = settings.limits.connections + settings.limits.http_connections +
                            settings.database.connections + kOtherFiles;
  deployment.pgbackrest_stanza = arguments.stanza;
  SIGNET_ASSIGN_OR_RETURN(deployment.database, PoolOptions(settings.database));

  SIGNET_ASSIGN_OR_RETURN(storage::ConnectionPool::Options options,
                          storage::Survey::ReadOnly(deployment.database));
  options.size = kConnections;
  options.application_name = "signetd doctor";
  SIGNET_ASSIGN_OR_RETURN(ground.pool,
                          storage::ConnectionPool::Create(std::move(options), ground.nobody));
  ground.survey = std::make_unique<storage::Survey>(*ground.pool);
  deployment.clock = &ground.clock;
  deployment.pool = ground.pool.get();
  deployment.survey = ground.survey.get();
  return deployment;
}

// Everything but the configuration, which has to be valid for it.
std::vector<Finding> ExamineAll(const absl::StatusOr<config::Loaded>& loaded,
                                const DoctorArguments& arguments) {
  std::vector<Finding> findings = {Configuration(loaded)};
  const std::vector<doctor::Check> checks = doctor::AllChecks();
  auto* const ground = new Ground;  // see Ground
  absl::StatusOr<Deployment> deployment = absl::InvalidArgumentError("not made");
  if (loaded.ok() && loaded->problems.empty()) {
    deployment = DeploymentOf(loaded->settings, arguments, *ground);
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
