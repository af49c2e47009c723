#include "server/app/arguments.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/app/dev_environment.h"
#include "server/config/key.h"
#include "server/pkcs11/key_session.h"

namespace signet::app {
namespace {

constexpr int kDoNotRestart = 78;  // EX_CONFIG of <sysexits.h>; deploy/debian/signetd.service

absl::StatusOr<std::string> ReadConfigFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (!(text << file.rdbuf())) {
    return absl::NotFoundError(absl::StrCat("cannot read the configuration file ", path));
  }
  return text.str();
}

absl::StatusOr<config::Loaded> WithoutProblems(config::Loaded loaded, absl::string_view what) {
  if (loaded.problems.empty()) return loaded;
  for (const std::string& problem : loaded.problems) {
    std::fprintf(stderr, "%s\n", problem.c_str());
  }
  return absl::InvalidArgumentError(absl::StrCat(what, " has ", loaded.problems.size(), " problem",
                                                 loaded.problems.size() == 1 ? "" : "s"));
}

// Every key is a flag; listed by `config example` and not by --help, where they would bury the
// few that people need.
void AddConfigFlags(CLI::App& command, ConfigArguments& arguments) {
  const auto add = [&](const std::string& path) {
    command
        .add_option_function<std::string>("--" + path,
                                          [&arguments, path](const std::string& text) {
                                            arguments.flags.emplace_back(path, text);
                                          })
        ->group("");
  };
  for (const config::Key& key : config::Keys()) {
    add(std::string(key.path));  // of secrets too: config::Load() says why not
    if (key.is_secret()) add(absl::StrCat(key.path, "_file"));
  }
}

}  // namespace

void AddConfigArguments(CLI::App& command, ConfigArguments& arguments) {
  command.add_option("-c,--config", arguments.file, "Configuration file (YAML)");
  command.add_flag("--dev", arguments.dev,
                   "Private PostgreSQL and generated keys in a state directory, loopback only");
  command.add_option("--state-dir", arguments.state_dir, "State directory of --dev")
      ->default_str(DevEnvironment::DefaultStateDir());
  // For the one command that is asked for: there are hundreds, and each is compared with all
  // before.
  command.preparse_callback([&command, &arguments](size_t) { AddConfigFlags(command, arguments); });
}

absl::StatusOr<config::Loaded> ReadConfig(const ConfigArguments& arguments,
                                          config::Purpose purpose) {
  config::Sources sources;
  if (arguments.dev) sources.presets = DevEnvironment::Presets(arguments.state_dir);
  if (!arguments.file.empty()) {
    sources.file_name = arguments.file;
    SIGNET_ASSIGN_OR_RETURN(sources.file_text, ReadConfigFile(arguments.file));
  }
  sources.environment = config::ReadEnvironment();
  sources.flags = arguments.flags;
  return config::Load(sources, purpose);
}

absl::StatusOr<config::Loaded> LoadConfig(const ConfigArguments& arguments,
                                          config::Purpose purpose) {
  SIGNET_ASSIGN_OR_RETURN(config::Loaded loaded, ReadConfig(arguments, purpose));
  return WithoutProblems(std::move(loaded), "the configuration");
}

absl::StatusOr<config::Loaded> LoadConfigFile(const std::string& path, config::Purpose purpose) {
  config::Sources sources;
  sources.file_name = path;
  SIGNET_ASSIGN_OR_RETURN(sources.file_text, ReadConfigFile(path));
  return WithoutProblems(config::Load(sources, purpose), path);
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "signetd: %s\n", std::string(status.message()).c_str());
  for (const base::FieldViolation& violation : base::FieldViolations(status)) {
    std::fprintf(stderr, "  %s: %s\n", violation.field.c_str(), violation.description.c_str());
  }
  // A service manager that started it anew would have the token locked.
  return pkcs11::IsPinRefused(status) ? kDoNotRestart : 1;
}

}  // namespace signet::app
