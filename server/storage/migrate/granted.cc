#include "server/storage/migrate/granted.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/storage/migrate/sql_script.h"

namespace signet::storage {
namespace {

constexpr absl::string_view kSchema = "signet.";

// "f(uuid, text), g(uuid)" -> "f", "g"; "a, b" -> "a", "b".
std::vector<std::string> NamesIn(absl::string_view list) {
  std::vector<std::string> names;
  std::string name;
  int depth = 0;
  for (const char c : list) {
    if (c == '(') ++depth;
    if (depth == 0 && c == ',') {
      names.push_back(name);
      name.clear();
    } else if (depth == 0) {
      name += c;
    }
    if (c == ')') --depth;
  }
  names.push_back(name);
  for (std::string& one : names) {
    one = std::string(absl::StripPrefix(absl::StripAsciiWhitespace(one), kSchema));
  }
  return names;
}

// One GRANT or REVOKE, whose words begin after the first.
struct Change {
  absl::string_view privileges;
  absl::string_view objects;
  std::vector<std::string> roles;
};

bool Parse(absl::string_view text, absl::string_view before_roles, Change& change) {
  const size_t on = text.find(" ON ");
  const size_t to = text.rfind(before_roles);
  if (on == absl::string_view::npos || to == absl::string_view::npos || to < on + 4) return false;
  change.privileges = text.substr(0, on);
  change.objects = text.substr(on + 4, to - on - 4);
  change.roles = NamesIn(text.substr(to + before_roles.size()));
  return true;
}

bool Names(const std::vector<std::string>& roles, absl::string_view role) {
  for (const std::string& one : roles) {
    if (one == role) return true;
  }
  return false;
}

void Apply(const Change& change, bool grant, Granted& granted) {
  absl::string_view objects = change.objects;
  if (absl::ConsumePrefix(&objects, "FUNCTION ")) {
    for (const std::string& name : NamesIn(objects)) {
      if (grant) {
        granted.functions.insert(name);
      } else {  // another overload's may have stayed: what is left is not known by name
        granted.functions.erase(name);
      }
    }
    return;
  }
  absl::ConsumePrefix(&objects, "TABLE ");
  if (!absl::StartsWith(objects, kSchema) || absl::StrContains(change.privileges, "(")) return;
  for (const std::string& table : NamesIn(objects)) {
    for (const std::string& privilege : NamesIn(change.privileges)) {
      if (grant) {
        granted.tables[table].insert(privilege);
      } else if (privilege == "ALL") {
        granted.tables.erase(table);
      } else {
        granted.tables[table].erase(privilege);
      }
    }
  }
}

}  // namespace

Granted GrantedTo(absl::string_view role, const std::vector<Migration>& migrations) {
  Granted granted;
  for (const Migration& migration : migrations) {
    for (const std::string& statement : SplitScript(migration.up)) {
      absl::string_view text = statement;
      Change change;
      const bool grant = absl::ConsumePrefix(&text, "GRANT ");
      if (!grant && !absl::ConsumePrefix(&text, "REVOKE ")) continue;
      if (!Parse(text, grant ? " TO " : " FROM ", change)) continue;
      if (Names(change.roles, role)) Apply(change, grant, granted);
    }
  }
  return granted;
}

}  // namespace signet::storage
