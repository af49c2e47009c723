#pragma once

#include <optional>
#include <string>

#include "server/app/arguments.h"

namespace signet::app {

// The subcommands of signetd, one file each. Each returns the exit code, and has printed why when
// that is not 0.

// Serves until SIGTERM or SIGINT; then drains and returns 0. SIGHUP reads the configuration again.
int RunServer(const ConfigArguments& arguments);

struct MigrateArguments {
  enum class Action { kUp, kDown, kStatus, kPlan } action = Action::kStatus;
  std::optional<int> target;
  bool json = false;
};
int RunMigrate(const ConfigArguments& arguments, const MigrateArguments& migrate);

// Seals everything that lies under the key-encryption key of the configuration anew under that of
// another file, in one transaction (docs/adr/0039).
struct ResealArguments {
  std::string to;  // a configuration file, of which only what is about the key counts
  bool dry_run = false;
  bool json = false;
};
int RunReseal(const ConfigArguments& arguments, const ResealArguments& reseal);

// Exit code 1 when the configuration has problems.
int CheckConfig(const ConfigArguments& arguments);
int PrintConfig(const ConfigArguments& arguments);

// Examines a deployment and says what to do (server/doctor). Writes nothing anywhere and prints no
// secret. Exit code 1 when something failed; with `strict`, when there is something to be warned
// of.
struct DoctorArguments {
  std::string through;     // host:port of the way in that callers use; empty: not examined
  std::string through_ca;  // authorities of its certificate; empty: the system's
  bool through_plaintext = false;
  std::string stanza = "signet";  // of pgBackRest
  bool json = false;
  bool strict = false;
};
int RunDoctor(const ConfigArguments& arguments, const DoctorArguments& doctor);

// The OpenAPI document of the RPCs, as /openapi.json shows it.
int PrintOpenApi();

// Makes the first administrator. The password comes from the terminal, or from the first
// line of a descriptor; never from an argument, which every user of the machine can read.
struct BootstrapArguments {
  std::string email;
  int password_fd = -1;
};
int RunBootstrap(const ConfigArguments& arguments, const BootstrapArguments& bootstrap);

// Checks the audit log in a database, believing neither the service nor the tables. Needs
// no configuration and no secret: an auditor runs it from elsewhere, as a member of signet_auditor.
// Exit code 1 when something is wrong with the log, 2 when it could not be checked.
struct AuditVerifyArguments {
  std::string database;     // conninfo
  std::string key;          // audit::CheckpointVerifier::ToText()
  std::string checkpoints;  // a file of them, kept outside; empty: none
  int retention_days = 90;
  bool json = false;
};
int RunAuditVerify(const AuditVerifyArguments& arguments);

}  // namespace signet::app
