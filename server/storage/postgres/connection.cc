#include "server/storage/postgres/connection.h"

#include <unordered_set>
#include <utility>

#include <poll.h>
#include <pqxx/pqxx>

#include "client/base/error.h"
#include "server/storage/postgres/pg_error.h"
#include "server/storage/postgres/rows_data.h"

namespace signet::storage {

struct Connection::Session {
  explicit Session(const std::string& conninfo) : connection(conninfo) {
#if PQXX_VERSION_MAJOR < 7
    // Deprecated because later versions never reconnect; this one would, without our prepared
    // statements.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
  }

  pqxx::connection connection;
  std::unordered_set<std::string> prepared;  // names
};

namespace {

#if PQXX_VERSION_MAJOR >= 7
pqxx::result ExecutePrepared(pqxx::transaction_base& transaction, const char* name,
                             const std::vector<std::optional<std::string>>& values) {
  pqxx::params params;
  for (const auto& value : values) params.append(value);
  return transaction.exec_prepared(name, params);
}
pqxx::result ExecuteOnce(pqxx::transaction_base& transaction, const char* sql,
                         const std::vector<std::optional<std::string>>& values) {
  pqxx::params params;
  for (const auto& value : values) params.append(value);
  return transaction.exec_params(sql, params);
}
#else
std::vector<const char*> Pointers(const std::vector<std::optional<std::string>>& values) {
  std::vector<const char*> pointers;
  pointers.reserve(values.size());
  for (const auto& value : values) pointers.push_back(value ? value->c_str() : nullptr);
  return pointers;
}
pqxx::result ExecutePrepared(pqxx::transaction_base& transaction, const char* name,
                             const std::vector<std::optional<std::string>>& values) {
  const auto params = Pointers(values);
  return transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(params));
}
// One round trip, too: parsed, bound and executed in one message.
pqxx::result ExecuteOnce(pqxx::transaction_base& transaction, const char* sql,
                         const std::vector<std::optional<std::string>>& values) {
  const auto params = Pointers(values);
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(params));
}
#endif

}  // namespace

Connection::Connection(std::unique_ptr<Session> session, Prepare prepare)
    : session_(std::move(session)), prepare_(prepare) {}
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& conninfo,
                                                             Prepare prepare) {
  try {
    return std::unique_ptr<Connection>(
        new Connection(std::make_unique<Session>(conninfo), prepare));
  } catch (const std::exception&) {
    return StatusOf("08006");
  }
}

absl::StatusOr<Rows> Connection::Execute(const Statement& statement, const Params& params,
                                         std::string& sqlstate) {
  sqlstate.clear();
  if (!params.valid()) {
    sqlstate = "22021";
    return StatusOf(sqlstate);
  }
  try {
    if (prepare_ == Prepare::kNever) {
      pqxx::nontransaction transaction(session_->connection);
      return Rows(std::make_shared<const Rows::Data>(
          Rows::Data{ExecuteOnce(transaction, statement.sql, params.values())}));
    }
    if (session_->prepared.insert(statement.name).second) {
      session_->connection.prepare(statement.name, statement.sql);
    }
    pqxx::nontransaction transaction(session_->connection);
    return Rows(std::make_shared<const Rows::Data>(
        Rows::Data{ExecutePrepared(transaction, statement.name, params.values())}));
  } catch (...) {
    const PgFailure failure = CurrentFailure();
    if (!failure.connection_usable) usable_ = false;
    sqlstate = failure.sqlstate;
    return StatusOf(sqlstate);
  }
}

absl::Status Connection::RunScript(const std::string& script, const Statement& after,
                                   const Params& params) {
  try {
    pqxx::work transaction(session_->connection);
    transaction.exec(script);
    if (session_->prepared.insert(after.name).second) {
      session_->connection.prepare(after.name, after.sql);
    }
    ExecutePrepared(transaction, after.name, params.values());
    transaction.commit();
    return absl::OkStatus();
  } catch (const pqxx::sql_error& error) {
    usable_ = false;
    return StatusOfScript(error.sqlstate(), error.what());
  } catch (...) {
    usable_ = false;
    return StatusOf(CurrentFailure().sqlstate);
  }
}

void Connection::Cancel() {
  usable_ = false;
  try {
    session_->connection.cancel_query();
  } catch (const std::exception&) {
    // The server is gone: the statement ends by itself, with an error.
  }
}

int Connection::socket() const { return session_->connection.sock(); }

bool Connection::StillOpen() const {
  pollfd descriptor{socket(), POLLIN, 0};
  return usable_ && descriptor.fd >= 0 && poll(&descriptor, 1, 0) == 0;
}

absl::StatusOr<bool> Connection::AwaitNotification(absl::Duration timeout) {
  try {
    const int64_t micros = absl::ToInt64Microseconds(timeout);
    const int got = session_->connection.await_notification(static_cast<long>(micros / 1'000'000),
                                                            static_cast<long>(micros % 1'000'000));
    return got > 0;
  } catch (...) {
    usable_ = false;
    return StatusOf(CurrentFailure().sqlstate);
  }
}

}  // namespace signet::storage
