#include "client/cli/cli.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/time/time.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"

namespace signet::cli {
namespace {

struct GlobalOptions {
  ServerOptions server;
  Output::Format format;
  std::string timeout = "10s";
};

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  app.add_option("--address", options.server.address,
                 "The server: host:port or unix:/path (SIGNET_ADDRESS)")
      ->capture_default_str();
  app.add_option("--ca", options.server.ca_file, "PEM roots to trust; default: the system's")
      ->type_name("FILE");
  app.add_option("--cert", options.server.certificate_file, "PEM certificate for mutual TLS")
      ->type_name("FILE");
  app.add_option("--key", options.server.key_file, "PEM key of --cert")->type_name("FILE");
  app.add_flag("--plaintext", options.server.plaintext,
               "No TLS; the default for local addresses only");
  app.add_flag("--json", options.format.json, "Results and errors as JSON");
  app.add_option("--field", options.format.field,
                 "Print one member of the result (tokens.token_type)")
      ->type_name("NAME");
  app.add_option("--timeout", options.timeout, "How long a call may take")->capture_default_str();
}

// --json as it stands on the line: a line that could not be parsed still gets its error as JSON.
bool WantsJson(const std::vector<std::string>& arguments) {
  return std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
}

ExitCode ReportParse(const CLI::App& app, const CLI::ParseError& error,
                     const std::vector<std::string>& arguments, const Console& console) {
  if (error.get_exit_code() == 0) {  // --help, --version
    app.exit(error, console.out, console.err);
    return ExitCode::kOk;
  }
  Output output(console);
  output.set_format({.json = WantsJson(arguments), .field = ""});
  output.Fail(UsageError(error.what()));
  return ExitCode::kUsage;
}

ExitCode Execute(const Action& action, GlobalOptions options, const Environment& environment,
                 Console console, const base::Clock& clock) {
  Context context{environment, console, clock, Output(console), std::move(options.server)};
  context.output.set_format(std::move(options.format));
  if (!absl::ParseDuration(options.timeout, &context.server.timeout) ||
      context.server.timeout <= absl::ZeroDuration()) {
    const absl::Status error = UsageError("--timeout is a duration such as 500ms or 10s");
    context.output.Fail(error);
    return ExitCodeOf(error);
  }
  const absl::StatusOr<ExitCode> code = action(context);
  if (code.ok()) return *code;
  context.output.Fail(code.status());
  return ExitCodeOf(code.status());
}

}  // namespace

ExitCode Run(const std::vector<std::string>& arguments, const Environment& environment,
             Console console, const base::Clock& clock) {
  CLI::App app("Signet from the command line: accounts, sessions, tokens, keys", "signet");
  app.set_version_flag("--version", "signet " SIGNET_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 refused or the answer is no, 2 wrong usage, 3 unavailable.\n"
      "Examples:\n"
      "  signet register alice@example.com\n"
      "  signet login alice@example.com\n"
      "  signet whoami\n"
      "Every command has its own examples: signet login --help");
  GlobalOptions options;
  if (!environment.address.empty()) options.server.address = environment.address;
  AddGlobalOptions(app, options);
  CommandTable table(app);
  AddAccountCommands(table);
  AddTokenCommands(table);
  AddGatewayCommands(table);
  AddSessionCommands(table);
  AddSessionTokenCommands(table);
  AddKeyCommands(table);
  AddMailCommands(table);
  AddAuditCommands(table);
  AddMfaCommands(table);
  AddUserCommands(table, table.Group("admin", "What administrators do"));
  AddAccessCommands(table);
  AddServiceAccountCommands(table);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 pops the back
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return ReportParse(app, error, arguments, console);
  }
  return Execute(table.chosen(), std::move(options), environment, console, clock);
}

}  // namespace signet::cli
