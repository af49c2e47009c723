#include "server/storage/migrate/granted.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::storage {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

std::vector<Migration> Scripts(const std::vector<std::string>& ups) {
  std::vector<Migration> migrations;
  for (const std::string& up : ups) {
    migrations.push_back({static_cast<int>(migrations.size()) + 1, "one", up, ""});
  }
  return migrations;
}

TEST(Granted, OfOneRoleInTheOrderOfTheMigrations) {
  const Granted granted = GrantedTo(
      "app",
      Scripts({"GRANT SELECT, INSERT ON signet.a, signet.b TO app, other;\n"
               "GRANT DELETE ON signet.a TO other;",
               "REVOKE INSERT ON signet.a FROM app; GRANT UPDATE ON TABLE signet.b TO app"}));
  EXPECT_THAT(granted.tables, ElementsAre(Pair("a", ElementsAre("SELECT")),
                                          Pair("b", ElementsAre("INSERT", "SELECT", "UPDATE"))));
}

TEST(Granted, FunctionsByName) {
  const Granted granted = GrantedTo(
      "app", Scripts({"GRANT EXECUTE ON FUNCTION signet.f(uuid, text[]), signet.g() TO app;"
                      "REVOKE ALL ON FUNCTION signet.f(uuid, text[]) FROM PUBLIC"}));
  EXPECT_THAT(granted.functions, ElementsAre("f", "g"));
}

TEST(Granted, OfASchemaOrOfSingleColumnsNothing) {
  const Granted granted = GrantedTo("app", Scripts({"GRANT USAGE ON SCHEMA signet TO app;"
                                                    "GRANT SELECT (a, b) ON signet.t TO app"}));
  EXPECT_TRUE(granted.tables.empty());
}

// What ours say: the audit log is added to, and neither changed nor removed from.
TEST(Granted, OurServiceAddsToTheAuditLogAndNoMore) {
  const Granted granted = GrantedTo("signet_service", EmbeddedMigrations());
  EXPECT_THAT(granted.tables, Contains(Pair("audit_events", ElementsAre("INSERT", "SELECT"))));
  EXPECT_THAT(granted.tables, Contains(Key("users")));
  for (const auto& [table, privileges] : granted.tables) {
    EXPECT_THAT(privileges, Not(Contains("DELETE"))) << table;
  }
  EXPECT_THAT(granted.functions, Contains("append_audit"));
}

}  // namespace
}  // namespace signet::storage
