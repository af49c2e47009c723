// what is exported of a person and what is left after erasure, looked for in every column of
// every table that there is, so that a table added later is looked at too.

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/domain/people/close_account.h"
#include "server/storage/postgres/stores/account_store_pg.h"
#include "server/storage/postgres/stores/session_store_pg.h"
#include "server/storage/postgres/stores/user_store_pg.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/conformance/samples.h"

namespace signet::conformance {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kCanary[] = "canary4417";

class ErasureTest : public testing::Test {
 protected:
  // Columns of the schema, as table.column, that hold `text`, be it as text or as bytes.
  std::vector<std::string> Holding(const std::string& text) {
    const std::string sql =
        Ask(database_.owner_conninfo(),
            absl::StrCat("SELECT string_agg(format('SELECT %L WHERE EXISTS (SELECT FROM"
                         " signet.%I WHERE %I::text ~* %L)', table_name || '.' ||"
                         " column_name, table_name, column_name, '",
                         text, "|", absl::BytesToHexString(text),
                         "'), ' UNION ALL ') FROM information_schema.columns"
                         " WHERE table_schema = 'signet'"))
            .text();
    const std::string found =
        Ask(database_.owner_conninfo(),
            absl::StrCat("SELECT coalesce(string_agg(c, ' ' ORDER BY c), '') FROM (", sql,
                         ") AS t (c)"))
            .text();
    return absl::StrSplit(found, ' ', absl::SkipEmpty());
  }

  // A person who left the canary in everything that a person leaves.
  domain::NewAccount Canary() {
    domain::NewAccount person = Account(kCanary);
    EXPECT_TRUE(accounts_
                    .Insert(person, Audited(domain::AuditAction::kRegister, person.user_id),
                            Audited(domain::AuditAction::kRegister))
                    .value());
    EXPECT_TRUE(users_
                    .Update(person.user_id, {absl::StrCat("Dr. ", kCanary), {}, {}}, kNow,
                            Audited(domain::AuditAction::kUpdateUser, person.user_id))
                    .ok());
    domain::NewSession session = Session(person);
    session.device_name = absl::StrCat(kCanary, "'s phone");
    session.peer = {absl::StrCat("fe80::", kCanary), absl::StrCat("Mozilla ", kCanary)};
    EXPECT_TRUE(sessions_.Open(session, Audited(domain::AuditAction::kLogin, person.user_id))
                    .value()
                    .has_value());
    domain::Rotation rotation = Rotate(session, 0, Hash('0'), Hash('1'), kNow);
    rotation.peer = session.peer;
    EXPECT_TRUE(RotateIn(sessions_, rotation).has_value());
    EXPECT_EQ(Ask(database_.owner_conninfo(),
                  absl::StrCat("INSERT INTO signet.email_changes (user_id, new_email,"
                               " new_canonical, session_id, requested_at, expires_at) SELECT id, '",
                               kCanary, "@new.example', '", kCanary,
                               "@new.example', id, now(), now() FROM signet.users WHERE id = '",
                               person.user_id.ToString(), "'"))
                  .sqlstate,
              "");
    for (const char* guess :
         {"attempt_guards (device, failures, touched_at, subject) VALUES (gen_random_uuid(), 3,",
          "failed_logins (network, password, locked, at, subject) VALUES (1, 2, false,"}) {
      EXPECT_EQ(
          Ask(database_.owner_conninfo(), absl::StrCat("INSERT INTO signet.", guess, " now(), '",
                                                       person.user_id.ToString(), "')"))
              .sqlstate,
          "");
    }
    return person;
  }
  domain::AccountClosing Erase(const domain::NewAccount& person) {
    return users_
        .Erase(person.user_id,
               {domain::AccountStatus::kErased, domain::EndReason::kAccountDeleted, kNow,
                kNow + absl::Seconds(1), kExpires},
               Audited(domain::AuditAction::kEraseUser))
        .value();
  }

  tests::TestDatabase database_;
  storage::StorageObserver observer_;
  std::unique_ptr<storage::ConnectionPool> pool_ = Pool(database_.service_conninfo(), observer_);
  storage::AccountStorePg accounts_{*pool_};
  storage::SessionStorePg sessions_{*pool_};
  storage::UserStorePg users_{*pool_};
};

TEST_F(ErasureTest, LeavesNothingInAnyColumnOfAnyTable) {
  const auto person = Canary();
  EXPECT_GE(Holding(kCanary).size(), 7u);  // that it is found at all
  const auto bystander = Account("bystander");
  ASSERT_TRUE(accounts_
                  .Insert(bystander, Audited(domain::AuditAction::kRegister, bystander.user_id),
                          Audited(domain::AuditAction::kRegister))
                  .value());
  ASSERT_TRUE(
      sessions_.Open(Session(bystander), Audited(domain::AuditAction::kLogin)).value().has_value());
  ASSERT_EQ(Erase(person).outcome, domain::AccountClosing::Outcome::kClosed);
  EXPECT_THAT(Holding(kCanary), IsEmpty());
  // The id stands only where the course of sessions and revocations needs it.
  EXPECT_THAT(Holding(person.user_id.ToString()),
              testing::IsSubsetOf({"users.id", "users.email_canonical", "sessions.user_id",
                                   "lineages.user_id", "lineage_history.user_id",
                                   "lineage_history_default.user_id", "revocation_log.subject",
                                   "revocation_log_default.subject", "audit_events.subject",
                                   "audit_events_default.subject"}));
  EXPECT_TRUE(accounts_.FindById(bystander.user_id).value().has_value());
  EXPECT_EQ(sessions_.List(bystander.user_id, std::nullopt, 10, kNow, kNoneIdle).value().size(),
            1u);
}

TEST_F(ErasureTest, ReachesATableThatNobodyToldItOf) {
  ASSERT_EQ(Ask(database_.owner_conninfo(),
                "CREATE TABLE signet.hobbies (user_id uuid, hobby text, sealed_note bytea)")
                .sqlstate,
            "");
  ASSERT_EQ(
      Ask(database_.owner_conninfo(), "GRANT SELECT ON signet.hobbies TO signet_service").sqlstate,
      "");
  const auto person = Canary();
  ASSERT_EQ(Ask(database_.owner_conninfo(),
                absl::StrCat("INSERT INTO signet.hobbies VALUES ('", person.user_id.ToString(),
                             "', '", kCanary, " collecting', '\\x00')"))
                .sqlstate,
            "");
  std::string exported;
  const auto records = users_.Export(person.user_id, 0, 1000).value();
  for (const domain::KeptRecord& kept : records) absl::StrAppend(&exported, kept.record, "\n");
  EXPECT_THAT(exported, HasSubstr("collecting"));
  EXPECT_THAT(exported, Not(HasSubstr("sealed_note")));
  Erase(person);
  EXPECT_THAT(Holding(kCanary), IsEmpty());
}

// What cannot be shown to the person is what only a thief would want.
TEST_F(ErasureTest, TheExportHasEveryColumnThatHoldsTheCanary) {
  const auto person = Canary();
  std::string exported;
  const auto records = users_.Export(person.user_id, 0, 1000).value();
  for (const domain::KeptRecord& kept : records) absl::StrAppend(&exported, kept.record, "\n");
  for (const std::string& place : Holding(kCanary)) {
    const std::vector<std::string> names = absl::StrSplit(place, '.');
    EXPECT_THAT(exported, HasSubstr(absl::StrCat("\"", names[1], "\":"))) << place;
  }
  // Guesses at the password too, but not the digests by which those of many are told together.
  EXPECT_THAT(exported, HasSubstr("\"failures\": 3"));
  EXPECT_THAT(exported, HasSubstr("\"locked\": false"));
  EXPECT_THAT(exported, Not(HasSubstr("\"network\"")));
  EXPECT_THAT(exported, Not(HasSubstr("$argon2id$")));
  EXPECT_THAT(exported, Not(HasSubstr("_hash")));
}

TEST_F(ErasureTest, WhatIsWrittenAfterwardsGoesWithTheNextErasure) {
  const auto person = Canary();
  Erase(person);
  ASSERT_EQ(Ask(database_.owner_conninfo(),
                absl::StrCat("UPDATE signet.sessions SET address = '", kCanary, "'"))
                .sqlstate,
            "");
  EXPECT_EQ(Erase(person).outcome, domain::AccountClosing::Outcome::kAlready);
  EXPECT_THAT(Holding(kCanary), IsEmpty());
}

}  // namespace
}  // namespace signet::conformance
