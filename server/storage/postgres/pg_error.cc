#include "server/storage/postgres/pg_error.h"

#include <pqxx/pqxx>

#include "absl/strings/match.h"
#include "client/base/error.h"

namespace signet::storage {
namespace {

constexpr absl::string_view kConnectionFailure = "08006";
// Raised by signet.keep_an_administrator().
constexpr absl::string_view kLastAdministrator = "SG001";

// Errors of one statement, after which the session goes on as before. Any other is a reason to
// distrust the connection.
bool LeavesConnectionUsable(absl::string_view sqlstate) {
  return absl::StartsWith(sqlstate, "22") || absl::StartsWith(sqlstate, "23") ||
         absl::StartsWith(sqlstate, "40") || absl::StartsWith(sqlstate, "42") ||
         sqlstate == "57014" || sqlstate == "55P03" || sqlstate == kLastAdministrator ||
         absl::StartsWith(sqlstate, "P0");
}

template <typename Exception>
bool Is(const pqxx::sql_error& error) {
  return dynamic_cast<const Exception*>(&error) != nullptr;
}

// libpqxx 6 leaves the code out of some of its typed errors; the type stands for it.
absl::string_view CodeOf(const pqxx::sql_error& error) {
  if (!error.sqlstate().empty()) return error.sqlstate();
  if (Is<pqxx::insufficient_privilege>(error)) return "42501";
  if (Is<pqxx::syntax_error>(error)) return "42000";
  if (Is<pqxx::unique_violation>(error)) return "23505";
  if (Is<pqxx::integrity_constraint_violation>(error)) return "23000";
  if (Is<pqxx::data_exception>(error)) return "22000";
  if (Is<pqxx::plpgsql_error>(error)) return "P0000";
  if (Is<pqxx::feature_not_supported>(error)) return "0A000";
  if (Is<pqxx::insufficient_resources>(error)) return "53000";
  return kConnectionFailure;  // a lost connection arrives as an error without a code, too
}

PgFailure Failure(absl::string_view sqlstate) {
  return PgFailure{std::string(sqlstate), LeavesConnectionUsable(sqlstate)};
}

}  // namespace

PgFailure CurrentFailure() {
  try {
    throw;
  } catch (const pqxx::deadlock_detected&) {
    return Failure("40P01");
  } catch (const pqxx::serialization_failure&) {
    return Failure("40001");
  } catch (const pqxx::sql_error& error) {
    return Failure(CodeOf(error));
  } catch (const std::exception&) {
    return Failure(kConnectionFailure);
  }
}

absl::Status StatusOf(absl::string_view sqlstate) {
  if (sqlstate.empty()) return absl::OkStatus();
  if (sqlstate == "57014") {
    return base::MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                           "the database did not answer in time");
  }
  if (sqlstate == kLastAdministrator) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "LAST_ADMINISTRATOR",
                           "somebody has to stay administrator");
  }
  if (absl::StartsWith(sqlstate, "22")) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "FIELD_INVALID",
                           "a value cannot be stored");
  }
  // Two writers of one key at the same moment: who asks again sees the other's row.
  if (sqlstate == "23505") {
    return base::MakeError(absl::StatusCode::kAborted, "CONFLICT", "another writer was first");
  }
  // 23514 too: a row on its way into the default partition while its own is being attached.
  for (const absl::string_view gone : {"08", "23514", "25006", "40", "53", "55P03", "57", "58"}) {
    if (absl::StartsWith(sqlstate, gone)) return base::StorageUnavailable(absl::Milliseconds(500));
  }
  return base::MakeError(absl::StatusCode::kInternal, "INTERNAL", "the database refused");
}

absl::Status StatusOfScript(absl::string_view sqlstate, absl::string_view message) {
  const bool blocked = sqlstate == "55P03" || sqlstate == "40P01";
  return base::MakeError(absl::StatusCode::kFailedPrecondition,
                         blocked ? "MIGRATION_BLOCKED" : "MIGRATION_FAILED", message);
}

}  // namespace signet::storage
