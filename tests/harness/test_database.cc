#include "tests/harness/test_database.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <system_error>

#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <sys/stat.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/storage/migrate/migrator.h"
#include "tests/harness/program.h"

namespace signet::tests {
namespace {

constexpr char kTemplate[] = "signet_template";

void OrDie(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "the tests need PostgreSQL: %s\n", std::string(status.message()).c_str());
  std::abort();
}

// In memory, where there is room: to make the files of a database costs a file system on disk more
// than all else that a test asks of PostgreSQL.
std::filesystem::path RoomForDatabases() {
  std::error_code error;
  const auto memory = std::filesystem::space("/dev/shm", error);
  if (!error && memory.available >= (uintmax_t{4} << 30)) return "/dev/shm";
  return std::filesystem::temp_directory_path();
}

// Owned by a static, so that the cluster stops and its directory goes when the process exits.
struct OwnedCluster {
  OwnedCluster() {
    chmod(directory.path().c_str(), 0711);
    embedded::PrivateCluster::Options options;
    options.state_dir = directory.path();
    options.settings = {"fsync=off", "full_page_writes=off", "max_connections=200",
                        "shared_preload_libraries=pg_stat_statements"};
    auto started = embedded::PrivateCluster::Start(std::move(options));
    OrDie(started.status());
    cluster = *std::move(started);
    OrDie(cluster->CreateDatabase(kTemplate));
    storage::Migrator::Options migration;
    migration.conninfo = cluster->OwnerConninfo(kTemplate);
    auto migrator = storage::Migrator::Connect(migration);
    OrDie(migrator.status());
    OrDie((*migrator)->MigrateTo(std::nullopt).status());
  }

  const ScratchDirectory directory{RoomForDatabases()};
  std::unique_ptr<embedded::PrivateCluster> cluster;
};

std::string FreshName() {
  static std::atomic<int> next{1};
  return absl::StrCat("test_", next.fetch_add(1));
}

}  // namespace

embedded::PrivateCluster& Cluster() {
  static OwnedCluster owned;
  return *owned.cluster;
}

TestDatabase::TestDatabase() : name_(FreshName()) {
  OrDie(Cluster().CreateDatabase(name_, kTemplate));
}

TestDatabase::~TestDatabase() { (void)Cluster().DropDatabase(name_); }

std::string Sql(const TestDatabase& database, const std::string& sql) {
  try {
    pqxx::connection connection(database.owner_conninfo());
    pqxx::nontransaction work(connection);
    std::string lines;
    for (const pqxx::row& row : work.exec(sql)) {
      for (const pqxx::field& field : row) {
        absl::StrAppend(&lines, field.num() == 0 ? "" : "|", field.c_str());
      }
      lines += '\n';
    }
    return lines;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", sql.c_str(), error.what());
    std::abort();
  }
}

std::string Dump(const TestDatabase& database) {
  Command command;
  command.arguments = {Cluster().binaries() + "/pg_dump", "--inserts", "-d",
                       database.owner_conninfo()};
  const ProgramResult result = RunProgram(command);
  if (result.exit_code != 0) OrDie(absl::InternalError(result.err));
  return result.out;
}

EmptyDatabase::EmptyDatabase() : name_(FreshName()) { OrDie(Cluster().CreateDatabase(name_)); }

EmptyDatabase::~EmptyDatabase() { (void)Cluster().DropDatabase(name_); }

}  // namespace signet::tests
