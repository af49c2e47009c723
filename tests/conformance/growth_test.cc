// What a call reads of the database does not grow with the number of people: pages touched by each
// statement, counted by the database (pg_stat_statements), with 1,000 and with 100,000 of them.

#include <map>

#include "absl/strings/str_cat.h"
#include "server/storage/postgres/stores/account_store_pg.h"
#include "server/storage/postgres/stores/session_store_pg.h"
#include "server/storage/postgres/stores/user_store_pg.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/conformance/samples.h"

namespace signet::conformance {
namespace {

constexpr int kCalls = 20;
constexpr int kShown = 50;
// An index may be one level higher: a page more each time that a statement descends one. A list
// descends the credentials' index once for each person that it shows. Reading what is not shown
// would be hundreds of pages.
constexpr int64_t kDescents = 8;

class GrowthTest : public testing::Test {
 protected:
  GrowthTest() {
    EXPECT_EQ(Ask(database_.owner_conninfo(), "CREATE EXTENSION pg_stat_statements").sqlstate, "");
  }

  // People `from` to `to`, each with a password and one session, and fresh statistics.
  void Grow(int from, int to) {
    const std::string range = absl::StrCat("generate_series(", from, ", ", to, ") AS n, ",
                                           "LATERAL (SELECT md5(n::text)::uuid AS id) AS i");
    for (const std::string& sql :
         {absl::StrCat("INSERT INTO signet.users (id, email, email_canonical, created_at,"
                       " updated_at) SELECT id, 'p' || n || '@x', 'p' || n || '@x',"
                       " timestamptz '2026-01-01' + n * interval '1 second', now() FROM ",
                       range),
          absl::StrCat("INSERT INTO signet.password_credentials (user_id, hash, changed_at)"
                       " SELECT id, '$argon2id$', now() FROM ",
                       range),
          absl::StrCat("INSERT INTO signet.sessions SELECT id, id, 'c', 'a', '{}', '', '', '{}',"
                       " '', '', now(), now() FROM ",
                       range),
          absl::StrCat("INSERT INTO signet.lineages SELECT id, id, 0, NULL, now(), 'infinity',"
                       " sha256('') FROM ",
                       range),
          std::string("VACUUM ANALYZE signet.users"),
          std::string("VACUUM ANALYZE signet.password_credentials"),
          std::string("VACUUM ANALYZE signet.sessions"),
          std::string("VACUUM ANALYZE signet.lineages")}) {
      ASSERT_EQ(Ask(database_.owner_conninfo(), sql).sqlstate, "") << sql;
    }
  }

  template <typename Operation>
  int64_t Pages(Operation operation) {
    for (int i = 0; i < 6; ++i) operation(i);  // until PostgreSQL has settled on a plan
    const int64_t before = Touched();
    for (int i = 0; i < kCalls; ++i) operation(i);
    return (Touched() - before) / kCalls;
  }

  // Each operation by name, and the pages that one of it touches. `people` are there.
  std::map<std::string, int64_t> Measure(int people) {
    const auto email = [&](int i) { return absl::StrCat("p", 1 + i * 7 % people, "@x"); };
    const auto id = [&](int i) { return accounts_.FindByEmail(email(i)).value()->user_id; };
    std::map<std::string, int64_t> pages;
    pages["find_by_email"] =
        Pages([&](int i) { EXPECT_TRUE(accounts_.FindByEmail(email(i)).value().has_value()); });
    pages["find_by_email of nobody"] =
        Pages([&](int) { EXPECT_FALSE(accounts_.FindByEmail("nobody@x").value().has_value()); });
    const base::UserId somebody = id(people / 7 - 1);  // another one with every size
    pages["read_user"] = Pages([&](int) { EXPECT_TRUE(users_.Read(somebody).value()); });
    pages["list_sessions"] = Pages([&](int) {
      EXPECT_TRUE(sessions_.List(somebody, std::nullopt, 10, kNow, kNoneIdle).ok());
    });
    pages["list_users"] = Pages([&](int) {
      EXPECT_EQ(users_.List({}, std::nullopt, kShown).value().size(), size_t{kShown});
    });
    const auto after = users_.List({}, std::nullopt, 500).value().back();
    pages["list_users further on"] = Pages([&](int) {
      const domain::UserPosition position{after.created_at, after.id, after.canonical_email};
      EXPECT_EQ(users_.List({}, position, kShown).value().size(), size_t{kShown});
    });
    pages["list_users_by_email"] = Pages([&](int) {
      EXPECT_EQ(users_.List({.email_prefix = "p1"}, std::nullopt, kShown).value().size(),
                size_t{kShown});
    });
    domain::NewAccount account;
    account.user_id = somebody;
    pages["open_session"] = Pages([&](int) {
      EXPECT_TRUE(sessions_.Open(Session(account), Audited(domain::AuditAction::kLogin))
                      .value()
                      .has_value());
    });
    return pages;
  }

  int64_t Touched() {
    return Ask(database_.owner_conninfo(),
               "SELECT coalesce(sum(s.shared_blks_hit + s.shared_blks_read), 0)::bigint"
               "  FROM pg_stat_statements AS s"
               "  JOIN pg_database AS d ON d.oid = s.dbid AND d.datname = current_database()"
               " WHERE s.userid = 'signet_service'::regrole")
        .number();
  }

  tests::TestDatabase database_;
  storage::StorageObserver observer_;
  std::unique_ptr<storage::ConnectionPool> pool_ = Pool(database_.service_conninfo(), observer_, 1);
  storage::AccountStorePg accounts_{*pool_};
  storage::SessionStorePg sessions_{*pool_};
  storage::UserStorePg users_{*pool_};
};

TEST_F(GrowthTest, ACallReadsNoMoreOfAHundredTimesThePeople) {
  Grow(1, 1'000);
  const auto few = Measure(1'000);
  Grow(1'001, 100'000);
  const auto many = Measure(100'000);
  // the same two statements, and of pages at most 1.3 times as many.
  const auto login = [](const std::map<std::string, int64_t>& pages) {
    return pages.at("find_by_email") + pages.at("open_session");
  };
  EXPECT_LE(login(many) * 10, login(few) * 13);
  for (const auto& [name, pages] : many) {
    EXPECT_LE(pages, few.at(name) + kDescents + (name.find("list_users") == 0 ? kShown : 0))
        << name;
    RecordProperty(absl::StrCat(name, " pages of 1,000"), std::to_string(few.at(name)));
    RecordProperty(absl::StrCat(name, " pages of 100,000"), std::to_string(pages));
  }
}

}  // namespace
}  // namespace signet::conformance
