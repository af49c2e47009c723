#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/config/settings.h"

namespace signet::config {

constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;
constexpr int64_t kGiB = 1024 * kMiB;

// One setting, declared once. Parsing, environment names, flags, `config print`, the shipped
// example and docs/configuration.md are all made from Keys(), so that none can forget one.

// The kinds of value, each with the member it fills and what it accepts.
struct Text {
  std::string& (*member)(Settings&);
  std::vector<absl::string_view> choices = {};  // empty: any text without control characters
};
struct Path {  // of a file
  enum class Use {
    kRead,    // it must be readable when the configuration is checked
    kAppend,  // the server makes it where it is missing, in a directory that is there
  };
  std::string& (*member)(Settings&);
  Use use = Use::kRead;
};
struct Address {  // host:port, [v6]:port; port 0 lets the system choose
  std::string& (*member)(Settings&);
};
struct Flag {  // true or false
  bool& (*member)(Settings&);
};
struct Count {
  int64_t& (*member)(Settings&);
  int64_t least;
  int64_t most;
};
struct Size {  // bytes, as 512KiB, 64MiB, 2GiB
  int64_t& (*member)(Settings&);
  int64_t least;
  int64_t most;
};
struct Duration {  // as 500ms, 30s, 15m, 8h, 30d or a sequence of these
  absl::Duration& (*member)(Settings&);
  absl::Duration least;
  absl::Duration most;
};
// Never written in the configuration file or in a flag (which every user of the machine can read
// in the process list), only in the environment or in a file of its own: `<path>_file` names it.
struct SecretText {
  base::Secret& (*member)(Settings&);
  // Where the path of `<path>_file` goes when the file's owner reads it itself, because its form
  // and permissions matter; null: the file is read here, without its line end.
  std::string& (*file_member)(Settings&) = nullptr;
};
using Kind = std::variant<Text, Path, Address, Flag, Count, Size, Duration, SecretText>;

enum class Reload { kAtStart, kOnHangup };

struct Key {
  absl::string_view path;     // "tokens.access_ttl": section and name
  absl::string_view initial;  // the default as it would be written; empty: none
  Kind kind;
  absl::string_view doc;           // a sentence or two, without the default and the limits
  absl::string_view example = "";  // for the example file, where there is no default
  Reload reload = Reload::kAtStart;

  bool is_secret() const { return std::holds_alternative<SecretText>(kind); }
};

// Every key, in the order of the example file; keys of one section stand together.
absl::Span<const Key> Keys();

struct Section {
  absl::string_view name;
  absl::string_view doc;
};
absl::Span<const Section> Sections();

// The key of exactly this path; null when there is none.
const Key* FindKey(absl::string_view path);
// The known path (companions `…_file` of secrets too) that differs least from a mistyped one;
// nothing when none is near.
std::optional<std::string> NearestPath(absl::string_view mistyped);

// "tokens.access_ttl" -> "SIGNET_TOKENS_ACCESS_TTL".
std::string EnvironmentName(absl::string_view path);

// What the kind accepts, for people: "duration, 1m to 1h".
std::string DescribeKind(const Key& key);

// Stores `text` in the key's member. An explanation, without the text itself, when it is refused.
// For secrets `text` is the secret.
std::optional<std::string> Assign(const Key& key, absl::string_view text, Settings& settings);

}  // namespace signet::config
