#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/doctor/checks.h"
#include "server/storage/migrate/granted.h"

namespace signet::doctor {
namespace {

constexpr char kRole[] = "signet_service";
constexpr char kPage[] = "docs/database.md";
constexpr size_t kMostNamed = 4;

std::string Some(const std::vector<std::string>& all) {
  const size_t shown = std::min(all.size(), kMostNamed);
  std::string text = absl::StrJoin(all.begin(), all.begin() + static_cast<ptrdiff_t>(shown), ", ");
  if (shown < all.size()) absl::StrAppend(&text, " and ", all.size() - shown, " more");
  return text;
}

struct Compared {
  std::vector<std::string> missing;
  std::vector<std::string> beyond;  // what the migrations do not grant
};

void CompareTables(const storage::Survey::Rights& rights, const storage::Granted& granted,
                   Compared& compared) {
  std::set<std::string> met;
  for (const auto& table : rights.tables) {
    const auto wanted = granted.tables.find(table.name);
    for (const std::string& privilege : table.privileges) {
      const std::string right = absl::StrCat(privilege, " on ", table.name);
      met.insert(right);
      if (wanted == granted.tables.end() || !wanted->second.contains(privilege)) {
        compared.beyond.push_back(right);
      }
    }
  }
  for (const auto& [table, privileges] : granted.tables) {
    for (const std::string& privilege : privileges) {
      const std::string right = absl::StrCat(privilege, " on ", table);
      if (!met.contains(right)) compared.missing.push_back(right);
    }
  }
}

void CompareFunctions(const storage::Survey::Rights& rights, const storage::Granted& granted,
                      Compared& compared) {
  for (const std::string& name : rights.functions) {
    if (!granted.functions.contains(name)) {
      compared.beyond.push_back(absl::StrCat("EXECUTE on ", name, "()"));
    }
  }
  for (const std::string& name : rights.functions_not_allowed) {
    if (granted.functions.contains(name)) {
      compared.missing.push_back(absl::StrCat("EXECUTE on ", name, "()"));
    }
  }
}

}  // namespace

Finding CheckRights(const Deployment& deployment) {
  const auto rights = deployment.survey->ReadRights();
  if (!rights.ok()) return CannotTell(rights.status().message());
  if (rights->tables.empty() && rights->functions.empty() &&
      rights->functions_not_allowed.empty() && rights->powers.empty()) {
    return Skipped("there is no schema that the role may see: see migrations");
  }
  const storage::Granted granted = storage::GrantedTo(kRole, storage::EmbeddedMigrations());
  Compared compared;
  CompareTables(*rights, granted, compared);
  CompareFunctions(*rights, granted, compared);
  Notes notes;
  // Whoever holds such a power may do all the rest: to name that as well would bury it.
  if (!rights->powers.empty()) {
    notes.Fail(
        absl::StrCat(rights->role, " has ", Some(rights->powers)),
        "let the service connect as a role that is a member of signet_service and of nothing "
        "else, and take these from it",
        kPage);
  } else if (!compared.beyond.empty()) {
    notes.Fail(
        absl::StrCat(rights->role, " may also ", Some(compared.beyond)),
        "REVOKE what no migration grants, from the role, from signet_service and from PUBLIC",
        kPage);
  }
  if (!compared.missing.empty()) {
    notes.Fail(absl::StrCat(rights->role, " may not ", Some(compared.missing)),
               "GRANT signet_service to the role; then signetd migrate up", kPage);
  }
  notes.Ok(absl::StrCat(rights->role, " is asked for: ", granted.tables.size(), " tables, ",
                        granted.functions.size(), " functions"));
  return notes.Conclude();
}

}  // namespace signet::doctor
