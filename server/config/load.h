#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/config/settings.h"

namespace signet::config {

// Where values may come from, the later over the earlier: defaults, presets, file, environment,
// flags. Nothing here reads the process: main collects, tests invent.
struct Sources {
  // Other defaults, by path: what --dev implies. Secrets are allowed here.
  std::map<std::string, std::string> presets;
  std::optional<std::string> file_name;  // of file_text, for messages
  std::string file_text;                 // YAML, at most 1 MiB
  std::map<std::string, std::string> environment;
  std::vector<std::pair<std::string, std::string>> flags;  // path, text
};

// One key with the value in force and the place it came from.
struct Effective {
  std::string path;
  std::string text;    // "[redacted]" for a secret that is set; never the secret
  std::string source;  // "default", "--dev", "signet.yaml:12", "SIGNET_LOG_LEVEL", "--log.level"
};

struct Loaded {
  Settings settings;
  std::vector<Effective> effective;  // in the order of Keys()
  // Everything that is wrong, at once; empty: valid. Each names the key and the source and holds
  // no secret. With problems, `settings` is not to be used.
  std::vector<std::string> problems;
};

// Which keys must be there: migrating needs other ones than serving. kReseal: the owner's database
// and the key-encryption key; kKeyEncryption: that alone.
enum class Purpose { kServe, kMigrate, kPrint, kReseal, kKeyEncryption };

// Reads every source, refuses unknown keys (with the nearest known one), values of the wrong type
// or outside their limits, secrets in the file or in flags, and combinations that make no sense.
Loaded Load(const Sources& sources, Purpose purpose);

// The environment of this process, SIGNET_… variables alone.
std::map<std::string, std::string> ReadEnvironment();

}  // namespace signet::config
