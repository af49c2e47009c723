#include <gtest/gtest.h>

#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using domain::AuditAction;
using domain::AuditRecord;

// an event is in the log exactly when its effect took place.
template <typename Stores>
class AuditStoreTest : public testing::Test {
 protected:
  AuditStoreTest() {
    EXPECT_TRUE(stores_.accounts
                    .Insert(ada_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
  }

  absl::StatusOr<bool> End(const domain::NewSession& session, const AuditRecord& record) {
    return stores_.sessions.End(ada_.user_id, session.session_id, domain::EndReason::kLogout, {},
                                kNow, kExpires, std::nullopt, record);
  }

  const domain::NewAccount ada_ = Account("ada");
  Stores stores_;
};
TYPED_TEST_SUITE(AuditStoreTest, AllStores, StoresName);

TYPED_TEST(AuditStoreTest, AnEventAloneIsThereAsItWasGiven) {
  const AuditRecord record = Audited(AuditAction::kLogin, this->ada_.user_id);
  EXPECT_EQ(this->stores_.InLog(record), 0);
  ASSERT_TRUE(this->stores_.audit.Append(record).ok());
  EXPECT_EQ(this->stores_.InLog(record), 1);
  const AuditRecord nobody = Audited(AuditAction::kLogin);
  ASSERT_TRUE(this->stores_.audit.Append(nobody).ok());
  EXPECT_EQ(this->stores_.InLog(nobody), 1);
}

TYPED_TEST(AuditStoreTest, ASessionThatOpensIsThereAndOneThatDoesNotIsNot) {
  const AuditRecord opened = Audited(AuditAction::kLogin, this->ada_.user_id);
  ASSERT_TRUE(this->stores_.sessions.Open(Session(this->ada_), opened).value().has_value());
  EXPECT_EQ(this->stores_.InLog(opened), 1);

  domain::NewSession raced = Session(this->ada_);
  raced.password_version = 7;
  const AuditRecord refused = Audited(AuditAction::kLogin, this->ada_.user_id);
  ASSERT_FALSE(this->stores_.sessions.Open(raced, refused).value().has_value());
  EXPECT_EQ(this->stores_.InLog(refused), 0);
}

TYPED_TEST(AuditStoreTest, ASessionThatEndsIsThereOnce) {
  const domain::NewSession session = Session(this->ada_);
  ASSERT_TRUE(this->stores_.sessions.Open(session, Audited(AuditAction::kLogin)).ok());
  const AuditRecord first = Audited(AuditAction::kLogout, this->ada_.user_id);
  const AuditRecord second = Audited(AuditAction::kLogout, this->ada_.user_id);
  EXPECT_TRUE(this->End(session, first).value());
  EXPECT_FALSE(this->End(session, second).value());
  EXPECT_EQ(this->stores_.InLog(first), 1);
  EXPECT_EQ(this->stores_.InLog(second), 0);
}

}  // namespace
}  // namespace signet::conformance
