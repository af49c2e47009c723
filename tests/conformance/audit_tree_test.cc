// the audit log against whoever can write its tables. Each attack is the owner's, with the
// triggers off, on a real PostgreSQL; the finding is exact.

#include <thread>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/audit/event_recorder.h"
#include "server/audit/sealer.h"
#include "server/audit/verify_log.h"
#include "server/storage/postgres/partition_maintenance.h"
#include "server/storage/postgres/stores/audit_reader_pg.h"
#include "server/storage/postgres/stores/audit_store_pg.h"
#include "server/storage/postgres/stores/audit_tree_store_pg.h"
#include "tests/conformance/postgres_fixture.h"

namespace signet::conformance {
namespace {

using audit::FindingKind;
using testing::ElementsAre;
using testing::IsEmpty;

class Silent final : public audit::CheckpointPublisher {
 public:
  void Publish(const audit::Checkpoint&, const std::string&) override {}
};

class AuditTreeTest : public testing::Test, public audit::CheckpointPublisher {
 protected:
  void Publish(const audit::Checkpoint&, const std::string& note) override {
    published_.push_back(note);
  }

  domain::AuditRecord Event(absl::Time at) {
    domain::CallInfo call;
    call.now = at;
    call.peer.address = "192.0.2.1";
    domain::AuditEvent event = AuditEventOf(domain::AuditAction::kLogin, call);
    event.subject = ada_;
    return recorder_.Record(event);
  }
  void Happen(int events, absl::Time at) {
    for (int i = 0; i < events; ++i) ASSERT_TRUE(store_.Append(Event(at)).ok());
  }
  void Happen(int events) { Happen(events, now_); }
  int64_t Seal() { return sealer_.Run(now_).value().events; }

  // As somebody who can write everything.
  void Attack(const std::string& sql) {
    const std::string script = absl::StrCat(
        "DO $attack$ BEGIN SET LOCAL session_replication_role"
        " = replica; ",
        sql, "; END $attack$");
    ASSERT_EQ(Ask(database_.owner_conninfo(), script).sqlstate, "") << sql;
  }

  std::vector<FindingKind> Findings(const std::vector<std::string>& kept = {},
                                    absl::Duration retention = absl::Hours(24 * 90)) {
    const auto result = audit::VerifyLog(reader_, signer_.verifier(), kept, retention, now_);
    EXPECT_TRUE(result.ok()) << result.status();
    verification_ = *result;
    std::vector<FindingKind> kinds;
    for (const auto& finding : result->findings) kinds.push_back(finding.kind);
    return kinds;
  }

  absl::Time now_ = absl::FromUnixMicros(absl::ToUnixMicros(absl::Now()));
  const base::UserId ada_ = base::UserId::New(now_);
  tests::TestDatabase database_;
  storage::StorageObserver observer_;
  std::unique_ptr<storage::ConnectionPool> pool_ = Pool(database_.service_conninfo(), observer_);
  const audit::EventRecorder recorder_{base::Secret(std::string(32, 'k'))};
  storage::AuditStorePg store_{*pool_};
  storage::AuditTreeStorePg tree_{*pool_};
  storage::AuditReaderPg reader_{*pool_};
  const audit::CheckpointSigner signer_ =
      *audit::CheckpointSigner::FromSeed("log", base::Secret(std::string(32, 's')));
  audit::Sealer sealer_{tree_, signer_, *this};
  std::vector<std::string> published_;
  audit::Verification verification_;
};

TEST_F(AuditTreeTest, ALogThatNobodyTouchedVerifies) {
  Happen(3);
  EXPECT_EQ(Seal(), 3);
  Happen(4);
  EXPECT_EQ(Seal(), 4);
  EXPECT_EQ(Seal(), 0);
  Happen(1);
  EXPECT_THAT(Findings(published_), IsEmpty());
  EXPECT_EQ(verification_.events, 7);
  EXPECT_EQ(verification_.checkpoints, 2);
  EXPECT_EQ(verification_.waiting, 1);
}

// An event whose transaction commits late is not skipped, and nothing after it is sealed before.
TEST_F(AuditTreeTest, WaitsForATransactionThatCommitsLate) {
  auto late = storage::Connection::Open(database_.owner_conninfo());
  std::string sqlstate;
  const auto run = [&](const std::string& sql, const storage::Params& params = {}) {
    const storage::Statement statement{sql.c_str(), sql.c_str()};
    return (*late)->Execute(statement, params, sqlstate);
  };
  ASSERT_TRUE(run("BEGIN").ok());
  ASSERT_TRUE(run("SELECT pg_current_xact_id()").ok());
  Happen(2);
  EXPECT_EQ(Seal(), 0);
  ASSERT_TRUE(run("INSERT INTO signet.audit_events (id, at, action, outcome, content, leaf_hash)"
                  " SELECT gen_random_uuid(), at, action, outcome, content, leaf_hash"
                  " FROM signet.audit_events LIMIT 1")
                  .ok());
  ASSERT_TRUE(run("COMMIT").ok());
  EXPECT_EQ(Seal(), 3);
}

TEST_F(AuditTreeTest, TwoSealersGiveEachEventOnePlace) {
  Happen(200);
  storage::AuditTreeStorePg other_tree(*pool_);
  Silent silent;
  audit::Sealer other(other_tree, signer_, silent);
  std::thread second([&] { EXPECT_TRUE(other.Run(now_).ok()); });
  EXPECT_TRUE(sealer_.Run(now_).ok());
  second.join();
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(verification_.events, 200);
}

TEST_F(AuditTreeTest, FindsAChangedContent) {
  Happen(5);
  Seal();
  Attack(
      "UPDATE signet.audit_events SET content = set_byte(content, 40,"
      " (get_byte(content, 40) + 1) % 256)"
      " WHERE id = (SELECT event_id FROM signet.audit_leaves WHERE leaf_index = 2)");
  EXPECT_THAT(Findings(),
              ElementsAre(FindingKind::kEventChanged, FindingKind::kOrderOrLeafChanged));
  EXPECT_EQ(verification_.findings[0].index, 2);
}

TEST_F(AuditTreeTest, FindsAChangedColumn) {
  Happen(5);
  Seal();
  Attack(
      "UPDATE signet.audit_events SET outcome = 2"
      " WHERE id = (SELECT event_id FROM signet.audit_leaves WHERE leaf_index = 3)");
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kColumnChanged));
  EXPECT_EQ(verification_.findings[0].index, 3);
}

// By its time an event is found, in the partition of its day: moved is not removed.
TEST_F(AuditTreeTest, FindsAChangedTime) {
  Happen(5);
  Seal();
  const std::string third = "(SELECT event_id FROM signet.audit_leaves WHERE leaf_index = 3)";
  Attack("UPDATE signet.audit_events SET at = at - interval '3 days' WHERE id = " + third);
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kColumnChanged));
  EXPECT_EQ(verification_.findings[0].index, 3);
  EXPECT_EQ(verification_.findings[0].text, "column at is not what was sealed");
  // And where the leaf is made to agree.
  Attack(
      "UPDATE signet.audit_leaves SET event_at = event_at - interval '3 days' WHERE event_id = " +
      third);
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kColumnChanged, FindingKind::kColumnChanged,
                                      FindingKind::kPersonalDataMissing));
  Attack("UPDATE signet.audit_events SET at = at + interval '3 days' WHERE id = " + third);
  EXPECT_THAT(Findings(),
              ElementsAre(FindingKind::kColumnChanged, FindingKind::kPersonalDataMissing));
  EXPECT_EQ(verification_.findings[0].text, "column event_at of its leaf is not what was sealed");
}

TEST_F(AuditTreeTest, FindsACopyOfAnEventAtAnotherTime) {
  Happen(3, now_ - absl::Hours(5));
  Seal();
  Attack(
      "INSERT INTO signet.audit_events (id, at, action, outcome, content, leaf_hash)"
      " SELECT id, at - interval '1 hour', action, 2, content, leaf_hash FROM signet.audit_events"
      " WHERE id = (SELECT event_id FROM signet.audit_leaves WHERE leaf_index = 1)");
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kEventUnsealed));
}

TEST_F(AuditTreeTest, FindsARemovedEventAndARemovedLeaf) {
  Happen(5);
  Seal();
  Attack(
      "DELETE FROM signet.audit_events"
      " WHERE id = (SELECT event_id FROM signet.audit_leaves WHERE leaf_index = 1)");
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kEventMissing));
  EXPECT_EQ(verification_.findings[0].index, 1);
  Attack("DELETE FROM signet.audit_leaves WHERE leaf_index = 1");
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kLeafMissing, FindingKind::kOrderOrLeafChanged));
  EXPECT_EQ(verification_.findings[0].index, 1);
}

TEST_F(AuditTreeTest, FindsAnAddedEvent) {
  Happen(2);
  Seal();
  const domain::AuditRecord old = Event(now_ - absl::Hours(5));
  ASSERT_TRUE(store_.Append(old).ok());
  Attack("UPDATE signet.audit_head SET tx = '9223372036854775807'");
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kEventUnsealed));
  EXPECT_EQ(verification_.findings[0].event, old.event.id.uuid());
}

TEST_F(AuditTreeTest, FindsTwoEventsThatChangedPlaces) {
  Happen(3);
  Seal();
  Happen(3);
  Seal();
  Attack(
      "UPDATE signet.audit_leaves SET leaf_index = leaf_index + 100 WHERE leaf_index IN (3, 4);"
      "UPDATE signet.audit_leaves SET leaf_index = 4 WHERE leaf_index = 103;"
      "UPDATE signet.audit_leaves SET leaf_index = 3 WHERE leaf_index = 104");
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kOrderOrLeafChanged));
  EXPECT_EQ(verification_.findings[0].index, 3);
}

TEST_F(AuditTreeTest, FindsACutEnd) {
  Happen(3);
  Seal();
  Happen(3);
  Seal();
  Attack("DELETE FROM signet.audit_leaves WHERE leaf_index >= 4");
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kRolledBack));
}

// Everything is put back as it was: the database alone cannot tell, a kept checkpoint can.
TEST_F(AuditTreeTest, FindsAnOlderStateByACheckpointThatWasKept) {
  Happen(3);
  Seal();
  Happen(3);
  Seal();
  Attack(
      "DELETE FROM signet.audit_personal WHERE event_id IN"
      "  (SELECT event_id FROM signet.audit_leaves WHERE leaf_index >= 3);"
      "DELETE FROM signet.audit_events WHERE id IN"
      "  (SELECT event_id FROM signet.audit_leaves WHERE leaf_index >= 3);"
      "DELETE FROM signet.audit_leaves WHERE leaf_index >= 3;"
      "DELETE FROM signet.audit_checkpoints WHERE size > 3");
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_THAT(Findings(published_), ElementsAre(FindingKind::kRolledBack));
}

TEST_F(AuditTreeTest, FindsAForgedAndARemovedCheckpoint) {
  for (int i = 0; i < 3; ++i) {
    Happen(2);
    Seal();
  }
  Attack(
      "UPDATE signet.audit_checkpoints SET note = replace(note, 'time 20', 'time 19')"
      " WHERE size = 4");
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kCheckpointInvalid));
  Attack("DELETE FROM signet.audit_checkpoints WHERE size = 4");
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kCheckpointMissing));
}

// whose data vanishes without an erasure is told.
TEST_F(AuditTreeTest, FindsPersonalDataThatIsGone) {
  Happen(2);
  Seal();
  Attack("DELETE FROM signet.audit_personal");
  EXPECT_THAT(Findings(),
              ElementsAre(FindingKind::kPersonalDataMissing, FindingKind::kPersonalDataMissing));
}

// erasing a person leaves a log that verifies and nothing of his to read.
TEST_F(AuditTreeTest, AnErasedPersonIsOutOfTheReadablePartAndTheLogVerifies) {
  Happen(3);
  EXPECT_EQ(Ask(database_.service_conninfo(),
                absl::StrCat("SELECT signet.erase_audit_personal('", ada_.ToString(), "')"))
                .number(),
            3);
  domain::AuditEvent erased = AuditEventOf(domain::AuditAction::kEraseUser, domain::CallInfo{now_});
  erased.subject = ada_;
  ASSERT_TRUE(store_.Append(recorder_.Record(erased)).ok());
  Seal();
  EXPECT_THAT(Findings(published_), IsEmpty());
  const auto events = reader_.Query({}, std::nullopt, 10).value();
  EXPECT_EQ(events.size(), 4u);
  for (const auto& event : events) {
    EXPECT_FALSE(event.has_personal);
  }
}

// Retention: whole days go, the rest still verifies against checkpoints of before.
TEST_F(AuditTreeTest, RetentionDropsOldDaysAndTheRestVerifies) {
  const absl::Time today = now_;
  const auto maintain = [&] {
    const storage::PartitionMaintenance::Options options{.keep_audit = absl::Hours(24 * 90)};
    ASSERT_TRUE(storage::PartitionMaintenance(*pool_, options).Run(now_).ok());
  };
  now_ = today - absl::Hours(24 * 100);
  maintain();
  Happen(300);
  Seal();
  now_ = today - absl::Hours(24 * 50);
  maintain();
  Happen(300);
  Seal();
  now_ = today;
  Happen(5);
  Seal();
  maintain();
  maintain();
  EXPECT_EQ(Ask(database_.owner_conninfo(), "SELECT count(*) FROM signet.audit_events").number(),
            305);
  EXPECT_EQ(Ask(database_.owner_conninfo(), "SELECT count(*) FROM signet.audit_personal").number(),
            305);
  EXPECT_THAT(Findings(published_), IsEmpty());
  EXPECT_EQ(verification_.events, 605);
  EXPECT_EQ(verification_.retired, 300);
  // Under the pretext of being old.
  EXPECT_THAT(Findings({}, absl::Hours(24 * 365)), ElementsAre(FindingKind::kRetiredTooEarly));
}

}  // namespace
}  // namespace signet::conformance
