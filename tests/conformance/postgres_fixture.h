#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/string_view.h"
#include "server/storage/postgres/connection.h"
#include "server/storage/postgres/connection_pool.h"
#include "tests/harness/test_database.h"

namespace signet::conformance {

// One statement with a text made for a test, on a connection of its own. `sqlstate` of the refusal,
// or empty.
struct Answer {
  std::string sqlstate;
  std::optional<storage::Rows> rows;

  std::string text() const {
    return rows && !rows->empty() && !rows->IsNull(0, 0) ? rows->String(0, 0) : "";
  }
  int64_t number() const { return rows && !rows->empty() ? rows->Int64(0, 0) : -1; }
};

inline Answer Ask(const std::string& conninfo, const std::string& sql) {
  auto connection = storage::Connection::Open(conninfo);
  EXPECT_TRUE(connection.ok()) << connection.status();
  if (!connection.ok()) return {};
  Answer answer;
  const storage::Statement statement{"ask", sql.c_str()};
  auto rows = (*connection)->Execute(statement, storage::Params(), answer.sqlstate);
  if (rows.ok()) answer.rows = *std::move(rows);
  return answer;
}

inline std::unique_ptr<storage::ConnectionPool> Pool(const std::string& conninfo,
                                                     storage::StorageObserver& observer,
                                                     int size = 4) {
  storage::ConnectionPool::Options options;
  options.conninfo = conninfo;
  options.size = size;
  options.lease_timeout = absl::Seconds(30);
  options.statement_timeout = absl::Seconds(30);
  options.probe_interval = absl::Milliseconds(10);
  return *storage::ConnectionPool::Create(options, observer);
}

}  // namespace signet::conformance
