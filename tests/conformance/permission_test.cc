// what the service's role may not do, each refusal by the server itself (42501).

#include "server/storage/migrate/migrator.h"
#include "tests/conformance/postgres_fixture.h"

namespace signet::conformance {
namespace {

constexpr char kPermissionDenied[] = "42501";

// One database for all: what is refused changes nothing.
class RefusedToTheService : public testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() { database_ = std::make_unique<tests::TestDatabase>(); }
  static void TearDownTestSuite() { database_.reset(); }

  static inline std::unique_ptr<tests::TestDatabase> database_;
};

TEST_P(RefusedToTheService, ByTheServer) {
  EXPECT_EQ(Ask(database_->service_conninfo(), GetParam()).sqlstate, kPermissionDenied);
}

INSTANTIATE_TEST_SUITE_P(
    SchemaChanges, RefusedToTheService,
    testing::Values("CREATE TABLE signet.extra (x int)", "CREATE TABLE public.extra (x int)",
                    "CREATE SCHEMA extra", "ALTER TABLE signet.users ADD COLUMN extra int",
                    "DROP TABLE signet.users", "CREATE INDEX ON signet.users (status)",
                    "DROP SCHEMA signet CASCADE",
                    "ALTER FUNCTION signet.ensure_partitions(timestamptz) COST 1",
                    "SELECT signet.add_partition('lineage_history', 'x', 'at', now(), now())",
                    "INSERT INTO public.signet_migrations (version, name, checksum)"
                    " VALUES (9999, 'x', 'x')",
                    "UPDATE public.signet_migrations SET checksum = 'x'",
                    "DELETE FROM public.signet_migrations"));

INSTANTIATE_TEST_SUITE_P(RewritingHistory, RefusedToTheService,
                         testing::Values("UPDATE signet.lineage_history SET address = ''",
                                         "DELETE FROM signet.lineage_history",
                                         "TRUNCATE signet.lineage_history",
                                         "UPDATE signet.lineage_history_default SET address = ''",
                                         "DELETE FROM signet.lineage_history_default",
                                         "UPDATE signet.revocation_log SET subject = ''",
                                         "DELETE FROM signet.revocation_log",
                                         "TRUNCATE signet.revocation_log",
                                         "DELETE FROM signet.revocation_head",
                                         "INSERT INTO signet.revocation_head VALUES (true, 0)"));

//
INSTANTIATE_TEST_SUITE_P(RewritingTheAuditLog, RefusedToTheService,
                         testing::Values("UPDATE signet.audit_events SET outcome = 1",
                                         "DELETE FROM signet.audit_events",
                                         "TRUNCATE signet.audit_events",
                                         "UPDATE signet.audit_events_default SET outcome = 1",
                                         "DELETE FROM signet.audit_events_default",
                                         "INSERT INTO signet.audit_events_default DEFAULT VALUES",
                                         "UPDATE signet.audit_personal SET sealed = ''",
                                         "DELETE FROM signet.audit_personal",
                                         "ALTER TABLE signet.audit_events DISABLE TRIGGER ALL"));

INSTANTIATE_TEST_SUITE_P(RemovingWhatIsKept, RefusedToTheService,
                         testing::Values("DELETE FROM signet.users", "DELETE FROM signet.sessions",
                                         "DELETE FROM signet.lineages", "TRUNCATE signet.users",
                                         "DELETE FROM signet.signing_keys",
                                         "UPDATE signet.server_secrets SET sealed = ''",
                                         "DELETE FROM signet.server_secrets",
                                         "DELETE FROM signet.roles",
                                         "DELETE FROM signet.role_grants",
                                         "DELETE FROM signet.service_accounts",
                                         "DELETE FROM signet.api_keys"));

// not even the owner, but by a change of the schema.
TEST(AuditLog, IsAppendOnlyForItsOwnerToo) {
  const tests::TestDatabase database;
  ASSERT_EQ(Ask(database.owner_conninfo(),
                "SELECT signet.append_audit((gen_random_uuid(), now(), 1, 1, NULL, NULL, NULL, '',"
                " decode(repeat('00', 32), 'hex'), NULL, NULL)::signet.audit_row)")
                .sqlstate,
            "");
  for (const char* change :
       {"UPDATE signet.audit_events SET outcome = 2", "DELETE FROM signet.audit_events",
        "DELETE FROM signet.audit_events_default", "TRUNCATE signet.audit_events",
        "TRUNCATE signet.audit_events_default"}) {
    EXPECT_EQ(Ask(database.owner_conninfo(), change).sqlstate, kPermissionDenied) << change;
  }
  EXPECT_EQ(Ask(database.owner_conninfo(), "SELECT count(*) FROM signet.audit_events").number(), 1);
}

// Privileges on the database itself are not part of a template: this one is migrated.
TEST(ServiceRole, MakesNoTemporaryTablesThatWouldShadowOurs) {
  const tests::EmptyDatabase database;
  const storage::Migrator::Options options{database.owner_conninfo()};
  ASSERT_TRUE((*storage::Migrator::Connect(options))->MigrateTo(std::nullopt).ok());
  EXPECT_EQ(Ask(database.service_conninfo(), "CREATE TEMPORARY TABLE users (x int)").sqlstate,
            kPermissionDenied);
}

// A new table without a decision on who may rewrite it does not pass unseen.
TEST(ServiceRole, OwnsNothingAndDeletesNowhere) {
  const tests::TestDatabase database;
  EXPECT_EQ(Ask(database.owner_conninfo(),
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'signet'"
                "   AND (c.relowner = 'signet_service'::regrole"
                "     OR has_table_privilege('signet_service', c.oid, 'DELETE, TRUNCATE, TRIGGER'))"
                "   AND c.relkind IN ('r', 'p')")
                .number(),
            0);
}

TEST(ServiceRole, IsNotASuperuser) {
  const tests::TestDatabase database;
  EXPECT_EQ(Ask(database.service_conninfo(),
                "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles"
                " WHERE rolname = current_user")
                .text(),
            "f");
}

}  // namespace
}  // namespace signet::conformance
