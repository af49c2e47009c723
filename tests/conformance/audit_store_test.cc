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

TYPED_TEST(AuditStoreTest, SeveralTogetherAreAllThere) {
  const std::vector<AuditRecord> records = {Audited(AuditAction::kRefresh, this->ada_.user_id),
                                            Audited(AuditAction::kRefresh)};
  ASSERT_TRUE(this->stores_.audit.AppendAll(records).ok());
  for (const AuditRecord& record : records) EXPECT_EQ(this->stores_.InLog(record), 1);
}

// Of a batch, the event of each that rotated and of none that did not.
TYPED_TEST(AuditStoreTest, ARotationIsThereAndSoIsItsReplay) {
  const domain::NewSession session = Session(this->ada_);
  const domain::NewSession other = Session(this->ada_);
  ASSERT_TRUE(this->stores_.sessions.Open(session, Audited(AuditAction::kLogin)).ok());
  ASSERT_TRUE(this->stores_.sessions.Open(other, Audited(AuditAction::kLogin)).ok());
  const auto event = [this] {
    AuditRecord record = Audited(AuditAction::kRefresh, this->ada_.user_id);
    record.sealed_personal.clear();
    return record;
  };
  std::vector<domain::Rotation> batch = {Rotate(session, 0, Hash('!'), Hash('1'), kNow),
                                         Rotate(other, 0, Hash('0'), Hash('1'), kNow),
                                         Rotate(session, 0, Hash('0'), Hash('1'), kNow),
                                         Rotate(session, 0, Hash('0'), Hash('1'), kNow)};
  for (const size_t audited : {0u, 2u, 3u}) batch[audited].audit = event();
  ASSERT_TRUE(this->stores_.sessions.Rotate(batch).ok());
  EXPECT_EQ(this->stores_.InLog(*batch[0].audit), 0);
  EXPECT_EQ(this->stores_.InLog(*batch[2].audit), 1);
  EXPECT_EQ(this->stores_.InLog(*batch[3].audit), 0);

  domain::Replay replay{Present(session, 0, Hash('0')), {"198.51.100.7", "curl"}, kNow, event()};
  const domain::Replay quiet{Present(other, 0, Hash('0')), {"198.51.100.7", "curl"}, kNow};
  ASSERT_TRUE(this->stores_.sessions.RecordReplays({quiet, replay}).ok());
  EXPECT_EQ(this->stores_.InLog(*replay.audit), 1);
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
