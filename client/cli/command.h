#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "absl/status/statusor.h"
#include "client/cli/console.h"
#include "client/cli/context.h"

namespace signet::cli {

// What a command does once its line was understood: a negative answer is an exit code, a refusal a
// status.
using Action = std::function<absl::StatusOr<ExitCode>(Context&)>;

// The commands of `signet`, one row each. Each file <group>_commands.cc adds its own rows with an
// Add…Commands(CommandTable&, Context&) function; main lists those functions.
class CommandTable {
 public:
  explicit CommandTable(CLI::App& root) : root_(root) {}

  // A word that only groups others ("signet keys …").
  CLI::App& Group(CLI::App& parent, const std::string& name, const std::string& description);
  CLI::App& Group(const std::string& name, const std::string& description) {
    return Group(root_, name, description);
  }

  // The same, doing `action` where the line ends with the word itself ("signet lineage").
  CLI::App& GroupWithDefault(const std::string& name, const std::string& description,
                             Action action);

  // A command under `parent`; `examples` are the lines that --help closes with. The returned app
  // takes the command's options, which live as long as `action` captures them.
  CLI::App& Add(CLI::App& parent, const std::string& name, const std::string& description,
                const std::string& examples, Action action);
  CLI::App& Add(const std::string& name, const std::string& description,
                const std::string& examples, Action action) {
    return Add(root_, name, description, examples, std::move(action));
  }

  // The command that the parsed line named.
  const Action& chosen() const { return chosen_; }

 private:
  CLI::App& root_;
  Action chosen_;
};

void AddAccountCommands(CommandTable& table);  // register, login, logout, password, whoami, status
void AddSessionCommands(CommandTable& table);  // sessions, lineage
void AddSessionTokenCommands(CommandTable& table);  // session-token, session-policy
void AddTokenCommands(CommandTable& table);         // validate, refresh, token revoke | explain
void AddOfflineCommands(CommandTable& table, CLI::App& token_group);   // token verify | decode
void AddGatewayCommands(CommandTable& table);                          // authz
void AddKeyCommands(CommandTable& table);                              // keys
void AddEmergencyRotation(CommandTable& table, CLI::App& keys_group);  // keys rotate
void AddAuditCommands(CommandTable& table);  // audit list | export | verify | checkpoint | prove
void AddMailCommands(CommandTable& table);   // email, reset
void AddMfaCommands(CommandTable& table);    // step-up, mfa
void AddPersonalDataCommands(CommandTable& table, CLI::App& user_group);  // import, export, erase
void AddUserCommands(CommandTable& table, CLI::App& admin_group);         // admin user
void AddAccessCommands(CommandTable& table);                              // role, grant
void AddServiceAccountCommands(CommandTable& table);  // service-account, api-key

}  // namespace signet::cli
