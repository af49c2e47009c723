#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "server/domain/fakes/fake_access_store.h"
#include "server/domain/fakes/fake_account_store.h"
#include "server/domain/fakes/fake_attempt_store.h"
#include "server/domain/fakes/fake_audit_store.h"
#include "server/domain/fakes/fake_bucket_store.h"
#include "server/domain/fakes/fake_database.h"
#include "server/domain/fakes/fake_email_token_store.h"
#include "server/domain/fakes/fake_key_set_verifier_store.h"
#include "server/domain/fakes/fake_mail_outbox.h"
#include "server/domain/fakes/fake_revocation_store.h"
#include "server/domain/fakes/fake_second_factor_store.h"
#include "server/domain/fakes/fake_service_account_store.h"
#include "server/domain/fakes/fake_session_store.h"
#include "server/domain/fakes/fake_session_token_store.h"
#include "server/domain/fakes/fake_signing_key_store.h"
#include "server/domain/fakes/fake_used_challenges.h"
#include "server/domain/fakes/fake_user_store.h"
#include "server/storage/postgres/connection_pool.h"
#include "server/storage/postgres/mail_row.h"
#include "server/storage/postgres/stores/access_store_pg.h"
#include "server/storage/postgres/stores/account_store_pg.h"
#include "server/storage/postgres/stores/attempt_store_pg.h"
#include "server/storage/postgres/stores/audit_store_pg.h"
#include "server/storage/postgres/stores/bucket_store_pg.h"
#include "server/storage/postgres/stores/email_token_store_pg.h"
#include "server/storage/postgres/stores/key_set_verifier_store_pg.h"
#include "server/storage/postgres/stores/mail_outbox_pg.h"
#include "server/storage/postgres/stores/revocation_store_pg.h"
#include "server/storage/postgres/stores/second_factor_store_pg.h"
#include "server/storage/postgres/stores/service_account_store_pg.h"
#include "server/storage/postgres/stores/session_store_pg.h"
#include "server/storage/postgres/stores/session_token_store_pg.h"
#include "server/storage/postgres/stores/signing_key_store_pg.h"
#include "server/storage/postgres/stores/used_challenges_pg.h"
#include "server/storage/postgres/stores/user_store_pg.h"
#include "tests/conformance/samples.h"
#include "tests/harness/test_database.h"

namespace signet::conformance {

// The stores over one empty database, in memory.
struct FakeStores {
  domain::FakeDatabase database;
  domain::FakeAccountStore accounts{database};
  domain::FakeAttemptStore attempts{database};
  domain::FakeBucketStore buckets;
  domain::FakeUsedChallenges used_challenges;
  domain::FakeSessionStore sessions{database};
  domain::FakeSessionTokenStore session_tokens{database};
  domain::FakeRevocationStore revocations{database};
  domain::FakeSigningKeyStore keys{database};
  domain::FakeKeySetVerifierStore verifiers{database};
  domain::FakeAccessStore access{database};
  domain::FakeServiceAccountStore service_accounts{database};
  domain::FakeMailOutbox outbox{database};
  domain::FakeEmailTokenStore email_tokens{database};
  domain::FakeSecondFactorStore factors{database};

  void Mail(const domain::MailRow& row) { outbox.Insert(row); }
  domain::FakeAuditStore audit{database};
  domain::FakeUserStore users{database};

  void Disable(base::UserId user) {
    database.SetAccountStatus(user, domain::AccountStatus::kDisabled);
  }
  // How often the event of `record` is in the log.
  int64_t InLog(const domain::AuditRecord& record) {
    const auto log = database.audit();
    return std::count_if(log.begin(), log.end(), [&](const domain::AuditRecord& written) {
      return written.event.id == record.event.id && written.content == record.content;
    });
  }
};

// The same over PostgreSQL, as the service role.
struct PostgresStores {
  static storage::ConnectionPool::Options PoolOptions(const tests::TestDatabase& database) {
    storage::ConnectionPool::Options options;
    options.conninfo = database.service_conninfo();
    options.lease_timeout = absl::Seconds(30);  // of tests with more threads than connections
    options.connect_timeout = absl::Seconds(30);
    options.statement_timeout = absl::Seconds(30);
    return options;
  }

  tests::TestDatabase database;
  storage::StorageObserver observer;
  std::unique_ptr<storage::ConnectionPool> pool =
      *storage::ConnectionPool::Create(PoolOptions(database), observer);
  storage::AccountStorePg accounts{*pool};
  storage::AttemptStorePg attempts{*pool};
  storage::BucketStorePg buckets{*pool};
  storage::UsedChallengesPg used_challenges{*pool};
  storage::SessionStorePg sessions{*pool};
  storage::SessionTokenStorePg session_tokens{*pool};
  storage::RevocationStorePg revocations{*pool};
  storage::SigningKeyStorePg keys{*pool};
  storage::KeySetVerifierStorePg verifiers{*pool};
  storage::AccessStorePg access{*pool};
  storage::ServiceAccountStorePg service_accounts{*pool};
  storage::MailOutboxPg outbox{*pool};
  storage::EmailTokenStorePg email_tokens{*pool};
  storage::SecondFactorStorePg factors{*pool};

  // As a statement with an effect writes it.
  void Mail(const domain::MailRow& row) {
    static constexpr storage::Statement kMail{
        "mail",
        "WITH s AS (SELECT 1) INSERT INTO signet.mail_outbox SELECT ($1::signet.mail_row).*"
        " FROM s WHERE ($1::signet.mail_row).id IS NOT NULL"};
    const auto written = pool->Execute(kMail, storage::Params().Add(storage::MailRowText(row)));
    ASSERT_TRUE(written.ok()) << written.status();
  }
  storage::AuditStorePg audit{*pool};
  storage::UserStorePg users{*pool};

  void Disable(base::UserId user) {
    static constexpr storage::Statement kDisable{
        "disable", "UPDATE signet.users SET status = 2 WHERE id = $1"};
    ASSERT_TRUE(pool->Execute(kDisable, storage::Params().Add(user)).ok());
  }
  int64_t InLog(const domain::AuditRecord& record) {
    // With every column as it was given, and its personal part.
    static constexpr storage::Statement kCount{"count_audit", R"sql(
      SELECT count(*) FROM signet.audit_events AS e LEFT JOIN signet.audit_personal AS p
          ON p.event_id = e.id AND p.at = e.at
       WHERE e.id = $1 AND e.at = $2 AND e.action = $3 AND e.outcome = $4 AND e.content = $5
         AND e.leaf_hash = $6 AND e.subject IS NOT DISTINCT FROM $7 AND e.session IS NULL
         AND e.actor IS NULL
         AND CASE WHEN $9::bytea = '' THEN p.person IS NULL ELSE p.person = $8 AND p.sealed = $9 END)sql"};
    storage::Params params;
    params.Add(record.event.id)
        .Add(record.event.at)
        .Add(static_cast<int32_t>(record.event.action))
        .Add(static_cast<int32_t>(record.event.outcome))
        .Add(storage::Bytea{record.content})
        .Add(storage::Bytea{record.leaf_hash})
        .Add(record.event.subject)
        .Add(record.event.person())
        .Add(storage::Bytea{record.sealed_personal});
    return pool->Execute(kCount, params).value().Int64(0, 0);
  }
};

using AllStores = testing::Types<FakeStores, PostgresStores>;

struct StoresName {
  template <typename Stores>
  static std::string GetName(int) {
    return std::is_same_v<Stores, FakeStores> ? "Fake" : "PostgreSQL";
  }
};

}  // namespace signet::conformance
