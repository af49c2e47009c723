#include "server/storage/postgres/script_runner.h"

#include <utility>
#include <vector>

#include <pqxx/pqxx>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/status_macros.h"
#include "server/storage/postgres/pg_error.h"

namespace signet::storage {
namespace {

constexpr char kInvalidIndexes[] = R"sql(
  SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE NOT i.indisvalid AND c.relname = )sql";

// "x" of CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS x ON …; empty for another statement.
std::string BuiltBeside(absl::string_view statement) {
  const std::vector<std::string> words = absl::StrSplit(statement, ' ', absl::SkipEmpty());
  if (words.size() < 4 || !absl::EqualsIgnoreCase(words[0], "CREATE")) return "";
  for (size_t i = 1; i + 1 < words.size() && i < 4; ++i) {
    if (!absl::EqualsIgnoreCase(words[i], "CONCURRENTLY")) continue;
    return absl::EqualsIgnoreCase(words[i + 1], "IF") && i + 4 < words.size() ? words[i + 4]
                                                                              : words[i + 1];
  }
  return "";
}

}  // namespace

struct ScriptRunner::Session {
  explicit Session(const std::string& conninfo) : connection(conninfo) {}
  pqxx::connection connection;
};

ScriptRunner::ScriptRunner(std::unique_ptr<Session> session) : session_(std::move(session)) {}
ScriptRunner::~ScriptRunner() = default;

absl::StatusOr<std::unique_ptr<ScriptRunner>> ScriptRunner::Open(const std::string& conninfo) {
  try {
    return std::unique_ptr<ScriptRunner>(new ScriptRunner(std::make_unique<Session>(conninfo)));
  } catch (const std::exception&) {
    return StatusOf("08006");
  }
}

absl::StatusOr<int64_t> ScriptRunner::Run(const std::string& statement) {
  try {
    pqxx::nontransaction alone(session_->connection);
    return static_cast<int64_t>(alone.exec(statement).affected_rows());
  } catch (const pqxx::sql_error& error) {
    return StatusOfScript(error.sqlstate(), error.what());
  } catch (...) {
    return StatusOf(CurrentFailure().sqlstate);
  }
}

absl::Status ScriptRunner::ClearWayFor(const std::string& statement) {
  const std::string name = BuiltBeside(statement);
  if (name.empty()) return absl::OkStatus();
  std::vector<std::string> invalid;
  try {
    pqxx::nontransaction alone(session_->connection);
    const std::string sql = absl::StrCat(kInvalidIndexes, alone.quote(name));
    for (const auto& row : alone.exec(sql)) invalid.push_back(row[0].as<std::string>());
  } catch (...) {
    return StatusOf(CurrentFailure().sqlstate);
  }
  for (const std::string& index : invalid) {
    SIGNET_RETURN_IF_ERROR(Run(absl::StrCat("DROP INDEX CONCURRENTLY ", index)).status());
  }
  return absl::OkStatus();
}

}  // namespace signet::storage
