#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

constexpr int kOldestVersion = 150000;
constexpr char kDatabaseRunbook[] = "docs/runbooks/database.md#signetdatabasefails";

}  // namespace

Finding CheckDatabase(const Deployment& deployment) {
  Notes notes;
  if (const auto made = storage::Survey::TryConnecting(deployment.database); !made.ok()) {
    notes.Fail(made.message(),
               "start PostgreSQL, or correct database.url and its password; then its pg_hba.conf",
               kDatabaseRunbook);
    return notes.Conclude();
  }
  const absl::Time before = deployment.clock->Now();
  const auto server = deployment.survey->ReadServer();
  if (!server.ok()) {
    notes.Fail(absl::StrCat("it connects and does not answer: ", server.status().message()),
               "look at its load and its log", kDatabaseRunbook);
    return notes.Conclude();
  }
  notes.Ok(absl::StrCat("PostgreSQL ", server->version_text, ", answers in ",
                        absl::ToInt64Milliseconds(deployment.clock->Now() - before), " ms"));
  if (server->version < kOldestVersion) {
    notes.Fail("it is older than 15", "upgrade PostgreSQL", "docs/database.md");
  }
  if (server->standby) {
    notes.Fail("it is a standby, which takes no writes", "name the primary too in database.url",
               "docs/runbooks/failover.md");
  }
  if (server->encoding != "UTF8") {
    notes.Fail(absl::StrCat("its encoding is ", server->encoding),
               "make the database anew with ENCODING UTF8", "docs/database.md");
  }
  const int64_t room = server->max_connections - server->reserved_connections;
  if (deployment.database.size + 1 > room) {
    notes.Warn(absl::StrCat("one process may hold ", deployment.database.size + 1, " of its ", room,
                            " connections"),
               "raise max_connections, lower database.connections, or put PgBouncer between",
               "docs/database.md#pooling");
  }
  if (!server->local && !server->encrypted) {
    notes.Warn("the connection crosses a network without encryption",
               "add sslmode=verify-full to database.url", "docs/database.md");
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
