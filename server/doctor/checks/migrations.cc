#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"
#include "server/storage/migrate/migration.h"

namespace signet::doctor {
namespace {

using storage::DisplayName;

constexpr char kMigrationsRunbook[] = "docs/runbooks/upgrade.md";
constexpr char kUp[] = "signetd migrate plan, then signetd migrate up, as the owner";

}  // namespace

Finding CheckMigrations(const Deployment& deployment) {
  const auto found = deployment.survey->ReadMigrations();
  if (!found.ok()) return CannotTell(found.status().message());
  const auto& known = storage::EmbeddedMigrations();
  Notes notes;
  if (!found->migrated) {
    notes.Fail("the database has no schema of Signet yet", kUp, kMigrationsRunbook);
    return notes.Conclude();
  }
  if (!found->readable) {
    notes.Fail(
        "the role may not read public.signet_migrations: 0016_doctor, which lets it, is not "
        "applied",
        kUp, kMigrationsRunbook);
    return notes.Conclude();
  }
  int level = 0;
  for (const auto& applied : found->applied) {
    level = std::max(level, applied.version);
    const std::string name = DisplayName(applied.version, applied.name);
    const auto ours = std::find_if(known.begin(), known.end(), [&](const storage::Migration& one) {
      return one.version == applied.version;
    });
    if (ours == known.end()) {
      // The order of an upgrade: the schema first, then the program.
      notes.Warn(absl::StrCat(name, " is newer than this program"),
                 "finish the upgrade: install the release that brought it", kMigrationsRunbook);
    } else if (ours->Checksum() != applied.checksum) {
      notes.Fail(absl::StrCat(name, " was applied with other contents than this release has"),
                 "find out who changed it; never change what is applied, write a migration",
                 kMigrationsRunbook);
    }
  }
  for (const storage::Migration& one : known) {
    const bool applied = std::any_of(found->applied.begin(), found->applied.end(),
                                     [&](const auto& row) { return row.version == one.version; });
    if (!applied) {
      notes.Fail(absl::StrCat(DisplayName(one.version, one.name), " is not applied"), kUp,
                 kMigrationsRunbook);
    }
  }
  notes.Ok(absl::StrCat("at ", level, " of ", known.empty() ? 0 : known.back().version));
  return notes.Conclude();
}

}  // namespace signet::doctor
