#include "server/domain/people/personal_data.h"

#include "absl/strings/match.h"
#include "server/domain/accounts/bootstrap_administrator.h"
#include "server/domain/fakes/fake_user_store.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

class SealsNothing final : public PersonalDataOpener {
 public:
  std::optional<audit::PersonalData> Open(AuditEventId, base::UserId, absl::string_view,
                                          absl::string_view) const override {
    return std::nullopt;
  }
};

class PersonalDataTest : public UseCaseTest {
 protected:
  PersonalDataTest() {
    EXPECT_TRUE(BootstrapAdministrator(accounts_, hasher_, policy_, audit_recorder_)
                    .Run({"root@example.com", base::Secret(kPassword)}, Call())
                    .ok());
    EXPECT_TRUE(Register("ada@example.com").ok());
    admin_ = Enter("root@example.com");
    ada_ = Enter("ada@example.com");
  }

  FakeUserStore users_{database_};
  const SealsNothing opener_;
  PersonalData data_{users_, opener_, audit_, lifetimes_};
  LoginDecision admin_;
  LoginDecision ada_;
};

// R-506
TEST_F(PersonalDataTest, APersonGetsWhatIsKeptAndNobodyElseWithoutThePermission) {
  const auto mine = data_.Export(CallerOf(ada_), std::nullopt, 0, 100, Call());
  ASSERT_TRUE(mine.ok());
  ASSERT_EQ(mine->size(), 2u);
  EXPECT_TRUE(absl::StrContains((*mine)[0], "ada@example.com"));
  EXPECT_EQ(*data_.Export(CallerOf(admin_), ada_.user_id, 0, 100, Call()), *mine);
  EXPECT_EQ(base::MissingPermission(
                data_.Export(CallerOf(ada_), admin_.user_id, 0, 100, Call()).status()),
            "users.manage");
  EXPECT_EQ(data_.Export(CallerOf(ada_), std::nullopt, 1, 1, Call())->size(), 1u);
  EXPECT_TRUE(data_.Export(CallerOf(ada_), std::nullopt, 2, 1, Call())->empty());
  EXPECT_EQ(
      base::ErrorReason(
          data_.Export(CallerOf(admin_), base::UserId::New(clock_.Now()), 0, 1, Call()).status()),
      "USER_UNKNOWN");
}

// R-506
TEST_F(PersonalDataTest, AnErasedPersonIsAnIdWithoutSessions) {
  const Caller admin = CallerOf(admin_);
  ASSERT_TRUE(data_.Erase(CallerOf(admin_), ada_.user_id, Call()).ok());
  EXPECT_EQ(TryLogin("ada@example.com")->outcome, LoginOutcome::kUnknownAccount);
  EXPECT_FALSE(Judge(ada_.tokens->access_token).accepted());
  EXPECT_EQ(TryRefresh(ada_.tokens->refresh_token.reveal())->outcome, RefreshOutcome::kRevoked);
  const auto kept = data_.Export(admin, ada_.user_id, 0, 100, Call());
  for (const std::string& record : *kept) {
    EXPECT_FALSE(absl::StrContains(record, "ada@")) << record;
    EXPECT_FALSE(absl::StrContains(record, "192.0.2.1")) << record;
  }
  const User gone = *users_.Read(ada_.user_id).value();
  EXPECT_EQ(gone.status, AccountStatus::kErased);
  EXPECT_EQ(gone.email, "");
  EXPECT_TRUE(data_.Erase(CallerOf(admin_), ada_.user_id, Call()).ok());  // again: harmless
  EXPECT_EQ(
      base::ErrorReason(data_.Erase(CallerOf(admin_), base::UserId::New(clock_.Now()), Call())),
      "USER_UNKNOWN");
  EXPECT_EQ(base::ErrorReason(data_.Erase(CallerOf(admin_), admin_.user_id, Call())),
            "LAST_ADMINISTRATOR");
  EXPECT_TRUE(Judge(admin_.tokens->access_token).accepted());
}

}  // namespace
}  // namespace signet::domain
