#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/status/statusor.h"
#include "server/config/load.h"

namespace signet::app {

// What every command takes that needs a configuration.
struct ConfigArguments {
  std::string file;                                        // --config; empty: none
  bool dev = false;                                        // --dev
  std::string state_dir;                                   // --state-dir
  std::vector<std::pair<std::string, std::string>> flags;  // --tokens.access_ttl 10m
};

// Declares them on `command`: --config, --dev, --state-dir, and one hidden flag per key.
// `arguments` outlives the parse.
void AddConfigArguments(CLI::App& command, ConfigArguments& arguments);

// Reads the file and the environment, over what --dev implies. With problems it prints all of them
// on standard error and returns INVALID_ARGUMENT with how many.
absl::StatusOr<config::Loaded> LoadConfig(const ConfigArguments& arguments,
                                          config::Purpose purpose);

// That file and nothing else, neither environment nor flags.
absl::StatusOr<config::Loaded> LoadConfigFile(const std::string& path, config::Purpose purpose);

// As LoadConfig(), with the problems in what it returns, and nothing printed. NOT_FOUND: no such
// file.
absl::StatusOr<config::Loaded> ReadConfig(const ConfigArguments& arguments,
                                          config::Purpose purpose);

// Prints "signetd: <message>" on standard error; the exit code of `status`: 0 or 1, or 78 where
// another start would do harm: the PIN of a hardware module was refused.
int ExitCode(const absl::Status& status);

}  // namespace signet::app
