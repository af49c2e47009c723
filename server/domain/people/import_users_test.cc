#include "server/domain/people/import_users.h"

#include "server/domain/fakes/fake_user_store.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

// Hashes that begin with "old:" are known, and stored as they are.
class KnownHashes final : public ImportedHashes {
 public:
  absl::StatusOr<std::string> ToStored(absl::string_view field,
                                       absl::string_view text) const override {
    if (text.substr(0, 4) == "old:") return std::string(text);
    return base::FieldError(field, "is not a hash of a known form");
  }
};

class ImportUsersTest : public UseCaseTest {
 protected:
  ImportUsersTest() {
    EXPECT_TRUE(Register("root@example.com").ok());
    admin_ = Enter("root@example.com");
  }

  std::vector<ImportOutcome> Import(const std::vector<ImportLine>& lines,
                                    const std::string& request_id = "") {
    auto outcomes =
        ImportUsers(users_, hashes_, audit_).Run(CallerOf(admin_), lines, request_id, Call());
    EXPECT_TRUE(outcomes.ok()) << outcomes.status();
    EXPECT_EQ(outcomes->size(), lines.size());
    return *std::move(outcomes);
  }
  static std::string RefusedField(const ImportOutcome& outcome) {
    EXPECT_EQ(outcome.kind, ImportOutcome::Kind::kRefused);
    return base::FieldViolations(outcome.refusal)[0].field;
  }

  FakeUserStore users_{database_};
  const KnownHashes hashes_;
  LoginDecision admin_;
};

// the old password logs in, once, and is then hashed anew.
TEST_F(ImportUsersTest, AnImportedPasswordLogsInAndIsReplaced) {
  const auto outcomes = Import({{"Ada@Example.com", "old:from elsewhere", "Ada", {}, false}});
  ASSERT_EQ(outcomes[0].kind, ImportOutcome::Kind::kCreated);
  const auto login = TryLogin("ada@example.com", "from elsewhere");
  EXPECT_EQ(login->outcome, LoginOutcome::kSucceeded);
  EXPECT_EQ(login->user_id, outcomes[0].id);
  EXPECT_EQ(accounts_.FindByEmail("ada@example.com").value()->password_hash, "new:from elsewhere");
  EXPECT_EQ(users_.Read(*outcomes[0].id).value()->display_name, "Ada");
}

TEST_F(ImportUsersTest, ARefusedLineNamesItsFieldAndCostsTheOthersNothing) {
  const auto outcomes =
      Import({{"first@example.com", "old:1", "", {}, false},
              {"no address", "old:2", "", {}, false},
              {"third@example.com", "md5:3", "", {}, false},
              {"fourth@example.com", "", "", clock_.Now() + absl::Seconds(1), false},
              {"FIRST@example.com", "old:5", "", {}, false},
              {"last@example.com", "old:6", "", {}, false}});
  EXPECT_EQ(outcomes[0].kind, ImportOutcome::Kind::kCreated);
  EXPECT_EQ(RefusedField(outcomes[1]), "email");
  EXPECT_EQ(RefusedField(outcomes[2]), "password_hash");
  EXPECT_EQ(RefusedField(outcomes[3]), "create_time");
  EXPECT_EQ(RefusedField(outcomes[4]), "email");
  EXPECT_EQ(outcomes[5].kind, ImportOutcome::Kind::kCreated);
  EXPECT_EQ(TryLogin("first@example.com", "1")->outcome, LoginOutcome::kSucceeded);
  EXPECT_FALSE(accounts_.FindByEmail("third@example.com").value());
}

TEST_F(ImportUsersTest, AnAccountThatExistsIsLeftAsItIs) {
  ASSERT_TRUE(Register("ada@example.com").ok());
  const auto outcomes = Import({{"ada@example.com", "old:mine now", "Eve", {}, true}});
  EXPECT_EQ(outcomes[0].kind, ImportOutcome::Kind::kExists);
  EXPECT_EQ(outcomes[0].id, Enter("ada@example.com").user_id);
  EXPECT_EQ(TryLogin("ada@example.com", "mine now")->outcome, LoginOutcome::kWrongPassword);
}

TEST_F(ImportUsersTest, ARepeatedRequestIsAnsweredAsTheFirstTime) {
  const std::vector<ImportLine> lines = {{"ada@example.com", "old:1", "", {}, false},
                                         {"bob@example.com", "old:2", "", {}, false}};
  const auto first = Import(lines, "import-1");
  EXPECT_EQ(LastAudit().action, AuditAction::kImportUsers);
  EXPECT_EQ(LastAudit().target, "2");
  const size_t events = database_.audit().size();
  clock_.Advance(absl::Minutes(5));
  const auto again = Import(lines, "import-1");
  const auto other = Import(lines, "import-2");
  const auto unnamed = Import(lines);
  EXPECT_EQ(database_.audit().size(), events);  // which changed nothing
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(first[i].kind, ImportOutcome::Kind::kCreated);
    EXPECT_EQ(again[i].kind, ImportOutcome::Kind::kCreated);
    EXPECT_EQ(other[i].kind, ImportOutcome::Kind::kExists);
    EXPECT_EQ(unnamed[i].kind, ImportOutcome::Kind::kExists);
    for (const auto* outcomes : {&again, &other, &unnamed}) {
      EXPECT_EQ((*outcomes)[i].id, first[i].id);
    }
  }
  EXPECT_NE(first[0].id, first[1].id);
}

TEST_F(ImportUsersTest, WithoutAPasswordOrDisabledNobodyLogsIn) {
  const absl::Time long_ago = clock_.Now() - absl::Hours(24 * 365);
  const auto outcomes = Import(
      {{"none@example.com", "", "", long_ago, false}, {"off@example.com", "old:1", "", {}, true}});
  EXPECT_EQ(TryLogin("none@example.com", "x")->outcome, LoginOutcome::kWrongPassword);
  EXPECT_EQ(TryLogin("off@example.com", "1")->outcome, LoginOutcome::kAccountDisabled);
  const User none = *users_.Read(*outcomes[0].id).value();
  EXPECT_FALSE(none.has_password);
  EXPECT_EQ(none.created_at, long_ago);
  EXPECT_TRUE(none.roles.empty());
}

}  // namespace
}  // namespace signet::domain
