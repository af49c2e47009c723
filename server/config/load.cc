#include "server/config/load.h"

#include <fstream>
#include <sstream>

#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/config/key.h"
#include "server/config/rules.h"
#include "server/config/yaml_file.h"

extern char** environ;

namespace signet::config {
namespace {

constexpr absl::string_view kRedacted = "[redacted]";
constexpr std::streamsize kMaxSecret = 64 * 1024;

struct Given {
  std::string text;
  std::string source;
  bool names_file = false;  // the text is the path of a file with the secret
};

// Collects the last word on each key, then assigns once: a value that a later source replaces is
// still checked for its name, not for its form.
class Loader {
 public:
  Loader(const Sources& sources, Loaded& out) : sources_(sources), out_(out) {}

  void Run() {
    for (const auto& [path, text] : sources_.presets) Take(path, text, "--dev", Secrets::kAllowed);
    TakeFile();
    TakeEnvironment();
    for (const auto& [path, text] : sources_.flags) {
      Take(path, text, absl::StrCat("--", path), Secrets::kRefused);
    }
    for (const Key& key : Keys()) AssignKey(key);
  }

 private:
  enum class Secrets { kAllowed, kRefused };

  void TakeFile() {
    const std::string name = sources_.file_name.value_or("configuration");
    FlatFile file = ReadYaml(sources_.file_text);
    for (const std::string& problem : file.problems) {
      out_.problems.push_back(absl::StrCat(name, " ", problem));
    }
    for (FileEntry& entry : file.entries) {
      Take(entry.path, std::move(entry.text), absl::StrCat(name, ":", entry.line),
           Secrets::kRefused);
    }
  }

  void TakeEnvironment() {
    std::map<std::string, std::string> unclaimed = sources_.environment;
    for (const Key& key : Keys()) {
      for (const std::string& path : {std::string(key.path), absl::StrCat(key.path, "_file")}) {
        if (path != key.path && !key.is_secret()) continue;
        const std::string name = EnvironmentName(path);
        const auto found = unclaimed.find(name);
        if (found == unclaimed.end()) continue;
        Take(path, found->second, name, Secrets::kAllowed);
        unclaimed.erase(found);
      }
    }
    for (const auto& [name, text] : unclaimed) RefuseVariable(name);
  }

  // Other programs of ours have SIGNET_ variables too; a section's name says that it was meant
  // for this one.
  void RefuseVariable(const std::string& name) {
    for (const Section& section : Sections()) {
      const std::string prefix = absl::StrCat(EnvironmentName(section.name), "_");
      if (!absl::StartsWith(name, prefix)) continue;
      const std::string path =
          absl::StrCat(section.name, ".", absl::AsciiStrToLower(name.substr(prefix.size())));
      const auto nearest = NearestPath(path);
      out_.problems.push_back(absl::StrCat(
          name, ": unknown variable",
          nearest ? absl::StrCat("; did you mean ", EnvironmentName(*nearest), "?") : ""));
    }
  }

  void Take(const std::string& path, std::string text, std::string source, Secrets secrets) {
    if (const Key* key = FindKey(path); key != nullptr) {
      if (key->is_secret() && secrets == Secrets::kRefused) {
        out_.problems.push_back(absl::StrCat(
            source, ": ", path, " is a secret and does not belong here; name a file with ", path,
            "_file or set ", EnvironmentName(path)));
        return;
      }
      given_[key] = Given{std::move(text), std::move(source), false};
      return;
    }
    absl::string_view stem = path;
    const Key* key = absl::ConsumeSuffix(&stem, "_file") ? FindKey(stem) : nullptr;
    if (key != nullptr && key->is_secret()) {
      given_[key] = Given{std::move(text), std::move(source), true};
      return;
    }
    const auto nearest = NearestPath(path);
    out_.problems.push_back(
        absl::StrCat(source, ": unknown key ", path,
                     nearest ? absl::StrCat("; did you mean ", *nearest, "?") : ""));
  }

  void AssignKey(const Key& key) {
    const auto found = given_.find(&key);
    const Given given =
        found != given_.end() ? found->second : Given{std::string(key.initial), "default", false};
    Effective effective{std::string(key.path), given.text, given.source};
    if (key.is_secret()) {
      AssignSecret(key, given);
      if (!given.text.empty()) effective.text = std::string(kRedacted);
      if (given.names_file) effective.source = absl::StrCat(given.text, " (", given.source, ")");
    } else if (!given.text.empty() || found != given_.end()) {
      Report(key, given.source, Assign(key, given.text, out_.settings));
    }
    out_.effective.push_back(std::move(effective));
  }

  void AssignSecret(const Key& key, const Given& given) {
    if (!given.names_file) {
      Report(key, given.source, Assign(key, given.text, out_.settings));
      return;
    }
    if (const auto* kind = std::get_if<SecretText>(&key.kind); kind->file_member != nullptr) {
      kind->file_member(out_.settings) = given.text;
      return;
    }
    std::ifstream file(given.text, std::ios::binary);
    std::string text(static_cast<size_t>(kMaxSecret), '\0');
    file.read(text.data(), kMaxSecret);
    if (!file.eof()) {  // not there, a directory, or more than a secret can be
      Report(key, given.source, "names a file that cannot be read, or is larger than 64 KiB");
      base::Wipe(text);
      return;
    }
    absl::string_view secret(text.data(), static_cast<size_t>(file.gcount()));
    while (absl::ConsumeSuffix(&secret, "\n") || absl::ConsumeSuffix(&secret, "\r")) {
    }
    Report(key, given.source, Assign(key, secret, out_.settings));
    base::Wipe(text);
  }

  void Report(const Key& key, absl::string_view source, const std::optional<std::string>& refusal) {
    if (refusal) out_.problems.push_back(absl::StrCat(source, ": ", key.path, " ", *refusal));
  }

  const Sources& sources_;
  Loaded& out_;
  std::map<const Key*, Given> given_;
};

}  // namespace

Loaded Load(const Sources& sources, Purpose purpose) {
  Loaded loaded;
  Loader(sources, loaded).Run();
  CheckRules(purpose, loaded.settings, loaded.problems);
  return loaded;
}

std::map<std::string, std::string> ReadEnvironment() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const absl::string_view pair(*entry);
    const size_t equals = pair.find('=');
    if (absl::StartsWith(pair, "SIGNET_") && equals != pair.npos) {
      found.emplace(std::string(pair.substr(0, equals)), std::string(pair.substr(equals + 1)));
    }
  }
  return found;
}

}  // namespace signet::config
