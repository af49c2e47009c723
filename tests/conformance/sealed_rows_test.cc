// A change of the key-encryption key against servers that still have the old one.

#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "server/storage/postgres/stores/sealed_rows_pg.h"
#include "server/storage/postgres/stores/signing_key_store_pg.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/conformance/samples.h"
#include "tests/harness/eventually.h"

namespace signet::conformance {
namespace {

using ::testing::HasSubstr;

domain::SigningKeyRecord Key(const std::string& kid, const std::string& kek_id) {
  domain::SigningKeyRecord key;
  key.kid = kid;
  key.algorithm = "ES256";
  key.public_jwk = "{}";
  key.sealed_private = "sealed";
  key.kek_id = kek_id;
  key.created_at = kNow;
  return key;
}

class SealedRowsTest : public testing::Test {
 protected:
  absl::StatusOr<bool> Insert(const std::string& kid, const std::string& kek_id) {
    return keys_.InsertPrepared(Key(kid, kek_id), Audited(domain::AuditAction::kKeyPrepare),
                                domain::kUnfenced);
  }
  absl::StatusOr<bool> ResealAll(const std::string& kek_id) {
    const auto rows = sealed_->ReadAll().value();
    std::vector<domain::ResealedRow> changed;
    for (const domain::SealedRow& row : rows) changed.push_back({row, row.sealed + " anew"});
    return sealed_->Replace(changed, rows.size(), kek_id, Audited(domain::AuditAction::kKeyReseal));
  }
  int64_t Number(const std::string& sql) { return Ask(database_.owner_conninfo(), sql).number(); }

  const tests::TestDatabase database_;
  storage::StorageObserver nobody_;
  const std::unique_ptr<storage::ConnectionPool> pool_ =
      Pool(database_.service_conninfo(), nobody_);
  storage::SigningKeyStorePg keys_{*pool_};
  const std::unique_ptr<storage::SealedRowsPg> sealed_ =
      storage::SealedRowsPg::Open(database_.owner_conninfo()).value();
};

TEST_F(SealedRowsTest, AllRowsChangeAtOnceWithAnEventAndTheVersion) {
  ASSERT_TRUE(Insert("a", "old").value());
  ASSERT_TRUE(keys_.GetOrInsertSecret("totp-v1", {"sealed", "old"}).ok());
  const int64_t version = keys_.Load()->version;
  EXPECT_TRUE(ResealAll("new").value());
  EXPECT_EQ(keys_.Load()->version, version + 1);
  EXPECT_EQ(keys_.Load()->keys[0].sealed_private, "sealed anew");
  EXPECT_EQ(keys_.Load()->keys[0].kek_id, "new");
  EXPECT_EQ(keys_.GetOrInsertSecret("totp-v1", {"", "new"})->sealed, "sealed anew");
  EXPECT_EQ(Number("SELECT count(*) FROM signet.audit_events WHERE action = 607"), 1);
}

TEST_F(SealedRowsTest, ARowThatCameOrChangedMeanwhileIsNoticed) {
  ASSERT_TRUE(Insert("a", "old").value());
  auto rows = sealed_->ReadAll().value();
  ASSERT_TRUE(Insert("b", "old").value());
  const auto audit = Audited(domain::AuditAction::kKeyReseal);
  EXPECT_FALSE(sealed_->Replace({{rows[0], "anew"}}, rows.size(), "new", audit).value());
  rows = sealed_->ReadAll().value();
  rows[0].sealed = "another";
  EXPECT_FALSE(
      sealed_->Replace({{rows[1], "anew"}, {rows[0], "anew"}}, rows.size(), "new", audit).value());
  EXPECT_EQ(Number("SELECT count(*) FROM signet.signing_keys WHERE kek_id = 'old'"), 2);
  EXPECT_EQ(Number("SELECT count(*) FROM signet.audit_events WHERE action = 607"), 0);
  EXPECT_TRUE(ResealAll("new").value()) << "the connection is good for another try";
}

TEST_F(SealedRowsTest, AServerWithTheOldKeyAddsNothingAfterwards) {
  ASSERT_TRUE(Insert("a", "old").value());
  ASSERT_TRUE(ResealAll("new").value());
  const absl::Status refused = Insert("b", "old").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("lie under key-encryption key new by now, but this process was given old"));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(keys_.GetOrInsertSecret("totp-v1", {"sealed", "old"}).status()));
  EXPECT_EQ(Number("SELECT count(*) FROM signet.server_secrets"), 0);
  EXPECT_TRUE(Insert("b", "new").value());
  EXPECT_TRUE(keys_.GetOrInsertSecret("totp-v1", {"sealed", "new"}).ok());
}

// Nor one that had begun before: it waits, and judges anew what it waited for.
TEST_F(SealedRowsTest, AServerThatWaitedForTheChangeAddsNothingEither) {
  auto change = storage::Connection::Open(database_.owner_conninfo()).value();
  std::string sqlstate;
  const auto run = [&](const char* name, const char* sql) {
    ASSERT_TRUE(change->Execute({name, sql}, storage::Params(), sqlstate).ok()) << sqlstate;
  };
  run("one", "BEGIN");
  run("two", "UPDATE signet.signing_key_head SET kek_id = 'new'");
  std::thread server([&] { EXPECT_FALSE(Insert("b", "old").value_or(false)); });
  EXPECT_TRUE(tests::Eventually(absl::Seconds(20), [&] {
    return Number("SELECT count(*) FROM pg_catalog.pg_locks WHERE NOT granted") > 0;
  }));
  run("three", "COMMIT");
  server.join();
  EXPECT_EQ(Number("SELECT count(*) FROM signet.signing_keys"), 0);
}

}  // namespace
}  // namespace signet::conformance
