#include "server/app/command_line.h"

#include <cstdio>
#include <filesystem>
#include <functional>

#include <CLI/CLI.hpp>

#include "server/app/arguments.h"
#include "server/app/commands.h"
#include "server/app/dev_environment.h"
#include "server/app/version.h"
#include "server/config/render.h"

namespace signet::app {
namespace {

constexpr int kUsageError = 2;

// What the subcommands fill, and which of them was named.
struct Parsed {
  ConfigArguments config;
  MigrateArguments migrate;
  BootstrapArguments bootstrap;
  AuditVerifyArguments audit;
  DoctorArguments doctor;
  ResealArguments reseal;
  std::function<int()> command;
};

void AddRun(CLI::App& app, Parsed& parsed) {
  CLI::App* run =
      app.add_subcommand("run", "Serve until SIGTERM; SIGHUP reads the log level again");
  run->footer(
      "Examples:\n"
      "  signetd run --config /etc/signet/signet.yaml\n"
      "  signetd run -c signet.yaml --log.level=debug     every key is a flag, too\n"
      "  SIGNET_LOG_LEVEL=debug signetd run -c signet.yaml");
  AddConfigArguments(*run, parsed.config);
  run->callback([&] { parsed.command = [&] { return RunServer(parsed.config); }; });
}

CLI::App* AddMigration(CLI::App& migrate, Parsed& parsed, const std::string& name,
                       const std::string& help, MigrateArguments::Action action) {
  CLI::App* command = migrate.add_subcommand(name, help);
  AddConfigArguments(*command, parsed.config);
  command->add_flag("--json", parsed.migrate.json, "Print JSON");
  command->callback([&parsed, action] {
    parsed.migrate.action = action;
    parsed.command = [&parsed] { return RunMigrate(parsed.config, parsed.migrate); };
  });
  return command;
}

void AddMigrate(CLI::App& app, Parsed& parsed) {
  using Action = MigrateArguments::Action;
  CLI::App* migrate = app.add_subcommand("migrate", "Change the schema, as the owner role");
  migrate->require_subcommand(1);
  migrate->footer(
      "Examples:\n"
      "  signetd migrate plan --config signet.yaml       what `up` would do, and lock\n"
      "  signetd migrate up --config signet.yaml\n"
      "  signetd migrate down --to 0 --config signet.yaml   empties the database");
  CLI::App* up = AddMigration(*migrate, parsed, "up", "Apply what is missing", Action::kUp);
  CLI::App* plan = AddMigration(
      *migrate, parsed, "plan",
      "Show what would be done, what it locks, and whether the version before runs meanwhile",
      Action::kPlan);
  CLI::App* down = AddMigration(*migrate, parsed, "down", "Go back to a version", Action::kDown);
  AddMigration(*migrate, parsed, "status", "Show what is applied", Action::kStatus);
  for (CLI::App* command : {up, plan, down}) {
    // Going back destroys data: never by leaving something out.
    command->add_option("--to", parsed.migrate.target, "Version to reach")
        ->required(command == down);
  }
}

void AddConfig(CLI::App& app, Parsed& parsed) {
  CLI::App* config = app.add_subcommand("config", "Look at the configuration");
  config->require_subcommand(1);
  config->footer(
      "Examples:\n"
      "  signetd config example > signet.yaml\n"
      "  signetd config check --config signet.yaml\n"
      "  signetd config print --config signet.yaml    with the source of every value");
  CLI::App* check = config->add_subcommand("check", "Name everything that is wrong");
  CLI::App* print = config->add_subcommand("print", "Show what is in force, secrets redacted");
  for (CLI::App* command : {check, print}) AddConfigArguments(*command, parsed.config);
  check->callback([&] { parsed.command = [&] { return CheckConfig(parsed.config); }; });
  print->callback([&] { parsed.command = [&] { return PrintConfig(parsed.config); }; });
  const auto add_text = [&](const char* name, const char* help, std::string (*render)()) {
    config->add_subcommand(name, help)->callback([&parsed, render] {
      parsed.command = [render] { return std::fputs(render().c_str(), stdout) >= 0 ? 0 : 1; };
    });
  };
  add_text("example", "Print an annotated file with every key", config::RenderExample);
  add_text("reference", "Print docs/configuration.md", config::RenderReference);
}

void AddBootstrap(CLI::App& app, Parsed& parsed) {
  CLI::App* bootstrap = app.add_subcommand("bootstrap", "Make the first administrator");
  bootstrap->footer(
      "Examples:\n"
      "  signetd bootstrap --config signet.yaml --email admin@example.com\n"
      "  signetd bootstrap --dev --email admin@example.com --password-fd 3 3<file");
  AddConfigArguments(*bootstrap, parsed.config);
  bootstrap->add_option("--email", parsed.bootstrap.email, "Address of the account")->required();
  bootstrap->add_option("--password-fd", parsed.bootstrap.password_fd,
                        "Read the password from this descriptor instead of the terminal");
  bootstrap->callback(
      [&] { parsed.command = [&] { return RunBootstrap(parsed.config, parsed.bootstrap); }; });
}

void AddDoctor(CLI::App& app, Parsed& parsed) {
  CLI::App* doctor = app.add_subcommand("doctor", "Look for what is wrong with a deployment");
  doctor->footer(
      "Writes nothing and prints no secret; ends within 30 seconds.\n"
      "Exit code: 0 nothing failed, 1 something did, 2 wrong usage.\n"
      "Examples:\n"
      "  signetd doctor --config /etc/signet/signet.yaml\n"
      "  signetd doctor -c signet.yaml --through id.example.com:443   the way that callers take\n"
      "  signetd doctor -c signet.yaml --json --strict                for scripts");
  AddConfigArguments(*doctor, parsed.config);
  doctor->add_option("--through", parsed.doctor.through,
                     "Address that callers use, HOST:PORT: is HTTP/2 carried to the gRPC port?");
  doctor
      ->add_option("--through-ca", parsed.doctor.through_ca,
                   "PEM FILE of the authorities that its certificate comes from")
      ->check(CLI::ExistingFile);
  doctor->add_flag("--through-plaintext", parsed.doctor.through_plaintext, "It speaks without TLS");
  doctor->add_option("--stanza", parsed.doctor.stanza, "Stanza of pgBackRest")
      ->capture_default_str();
  doctor->add_flag("--json", parsed.doctor.json, "Print JSON");
  doctor->add_flag("--strict", parsed.doctor.strict, "What is warned of fails, too");
  doctor->callback(
      [&] { parsed.command = [&] { return RunDoctor(parsed.config, parsed.doctor); }; });
}

void AddKeys(CLI::App& app, Parsed& parsed) {
  CLI::App* keys = app.add_subcommand("keys", "Look after the key-encryption key");
  keys->require_subcommand(1);
  CLI::App* reseal = keys->add_subcommand(
      "reseal", "Seal everything anew under another key-encryption key, as the owner role");
  reseal->footer(
      "--config has the key in use, --to the new one; any source may follow any other. Of --to\n"
      "only keys.kek_file, key_encryption.*, pkcs11.* and vault.* count, and no environment\n"
      "variable does. One transaction: all or nothing.\n"
      "Servers that run go on, but make no signing key and cannot start with the old key: start\n"
      "each anew with the new one. What to do before and after:\n"
      "docs/runbooks/key-encryption-key-change.md\n"
      "Examples:\n"
      "  signetd keys reseal -c signet.yaml --to new.yaml --dry-run   writes nothing\n"
      "  signetd keys reseal -c signet.yaml --to new.yaml");
  AddConfigArguments(*reseal, parsed.config);
  reseal->add_option("--to", parsed.reseal.to, "Configuration with the new key")
      ->type_name("FILE")
      ->required();
  reseal->add_flag("--dry-run", parsed.reseal.dry_run, "Do everything but write");
  reseal->add_flag("--json", parsed.reseal.json, "Print JSON");
  reseal->callback(
      [&] { parsed.command = [&] { return RunReseal(parsed.config, parsed.reseal); }; });
}

void AddAudit(CLI::App& app, Parsed& parsed) {
  CLI::App* audit = app.add_subcommand("audit", "Look after the audit log");
  audit->require_subcommand(1);
  CLI::App* verify = audit->add_subcommand("verify", "Find changes, removals and a changed order");
  verify->footer(
      "The key is what GET /audit/key answered when you trusted it; keep it with the checkpoints.\n"
      "Exit code: 0 nothing is wrong, 1 the log was changed, 2 it could not be checked.\n"
      "Example:\n"
      "  signetd audit verify --database 'host=db dbname=signet user=auditor' \\\n"
      "    --key id.example.com/audit+1a2b3c4d+AQ… --checkpoints kept-elsewhere");
  verify->add_option("--database", parsed.audit.database, "Connection string")->required();
  verify->add_option("--key", parsed.audit.key, "Verifier key of the log")->required();
  verify->add_option("--checkpoints", parsed.audit.checkpoints,
                     "File of checkpoints that was kept outside the database");
  verify->add_option("--retention-days", parsed.audit.retention_days,
                     "No younger event may have been dropped (audit.retention)");
  verify->add_flag("--json", parsed.audit.json, "Print JSON");
  verify->callback([&] { parsed.command = [&] { return RunAuditVerify(parsed.audit); }; });
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  CLI::App app("signetd - identity and token service over gRPC");
  Parsed parsed;
  parsed.config.state_dir = DevEnvironment::DefaultStateDir();
  app.footer(
      "Examples:\n"
      "  signetd --dev                                  a server to try, on this machine\n"
      "  signetd run --config /etc/signet/signet.yaml   a server for others\n"
      "  signetd bootstrap --dev --email you@example.com\n"
      "  signetd doctor --config /etc/signet/signet.yaml   what is wrong, and what to do\n"
      "  signetd config example                         every key, explained");
  AddConfigArguments(app, parsed.config);
  AddRun(app, parsed);
  AddMigrate(app, parsed);
  AddConfig(app, parsed);
  AddBootstrap(app, parsed);
  AddDoctor(app, parsed);
  AddKeys(app, parsed);
  AddAudit(app, parsed);
  app.set_version_flag("--version", absl::StrCat("signetd ", Version()));
  CLI::App* openapi = app.add_subcommand("openapi", "Print the OpenAPI 3.1 document of the RPCs");
  openapi->footer("Example:\n  signetd openapi > openapi.json");
  openapi->callback([&] { parsed.command = PrintOpenApi; });
  app.add_subcommand("version", "Print the version")->callback([&] {
    parsed.command = [] { return std::printf("signetd %s\n", Version()) > 0 ? 0 : 1; };
  });
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  parsed.config.state_dir = std::filesystem::absolute(parsed.config.state_dir).lexically_normal();
  if (parsed.command) return parsed.command();
  if (parsed.config.dev) return RunServer(parsed.config);
  std::fputs(app.help().c_str(), stderr);
  return kUsageError;
}

}  // namespace signet::app
