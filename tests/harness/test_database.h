#pragma once

#include <memory>
#include <string>

#include "server/embedded/private_cluster.h"

namespace signet::tests {

// The PostgreSQL cluster of this test process: made on first use, removed at exit. Durability is
// off (a crash of PostgreSQL is survived, a crash of the machine is not).
embedded::PrivateCluster& Cluster();

// A migrated database of its own for one test, copied from a template in about 0.1 s and dropped
// with the object. Ends the test process with a message where PostgreSQL cannot be had: a test that
// needs it must not pass without it.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  std::string owner_conninfo() const { return Cluster().OwnerConninfo(name_); }
  std::string service_conninfo() const { return Cluster().ServiceConninfo(name_); }

 private:
  std::string name_;
};

// Runs `sql` as the owner and returns the rows of its last statement, each a line, columns
// separated by '|'. Ends the test process when PostgreSQL refuses it.
std::string Sql(const TestDatabase& database, const std::string& sql);

// The whole database as SQL text.
std::string Dump(const TestDatabase& database);

// An empty database, for tests of migrations themselves.
class EmptyDatabase {
 public:
  EmptyDatabase();
  ~EmptyDatabase();
  EmptyDatabase(const EmptyDatabase&) = delete;
  EmptyDatabase& operator=(const EmptyDatabase&) = delete;

  std::string owner_conninfo() const { return Cluster().OwnerConninfo(name_); }
  std::string service_conninfo() const { return Cluster().ServiceConninfo(name_); }

 private:
  std::string name_;
};

}  // namespace signet::tests
