#include "server/audit/event_recorder.h"

#include <gtest/gtest.h>

#include "client/audit/hash_tree.h"

namespace signet::audit {
namespace {

using domain::AuditEvent;

const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);

domain::CallInfo Call() {
  return {kNow, kNow + absl::Seconds(5), {"192.0.2.1", "Firefox"}, "r-1", std::string(32, 'a')};
}

AuditEvent Refusal() {
  AuditEvent event = AuditEventOf(domain::AuditAction::kLogin, Call());
  event.outcome = domain::AuditOutcome::kRefused;
  event.reason = "UNKNOWN_ACCOUNT";
  event.identifier = "ada@example.com";
  return event;
}

class EventRecorderTest : public testing::Test {
 protected:
  const EventRecorder recorder_{base::Secret(std::string(32, 'k'))};
};

TEST_F(EventRecorderTest, HashesTheCanonicalContent) {
  const auto record = recorder_.Record(Refusal());
  EXPECT_EQ(record.leaf_hash, LeafHash(record.content));
  const auto content = DecodeEvent(record.content);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->action, "LOGIN");
  EXPECT_EQ(content->reason, "UNKNOWN_ACCOUNT");
  EXPECT_EQ(content->request_id, "r-1");
  EXPECT_EQ(content->personal_commitment.size(), 32U);
}

// nothing that names a person stands in what is kept for good, nor in clear beside it.
TEST_F(EventRecorderTest, PersonalDataIsInNeitherPartToRead) {
  const auto record = recorder_.Record(Refusal());
  for (const char* personal : {"192.0.2.1", "Firefox", "ada@example.com"}) {
    EXPECT_EQ(record.content.find(personal), std::string::npos) << personal;
    EXPECT_EQ(record.sealed_personal.find(personal), std::string::npos) << personal;
  }
}

TEST_F(EventRecorderTest, SealedDataOpensForItsEventAndPersonAlone) {
  AuditEvent event = Refusal();
  event.subject = base::UserId::New(kNow);
  const auto record = recorder_.Record(event);
  const std::string commitment = DecodeEvent(record.content)->personal_commitment;
  const auto open = [&](domain::AuditEventId id, base::UserId person, absl::string_view against) {
    return recorder_.Open(id, person, record.sealed_personal, against);
  };
  EXPECT_EQ(open(event.id, *event.subject, commitment),
            (PersonalData{"192.0.2.1", "Firefox", "ada@example.com"}));
  EXPECT_EQ(open(domain::AuditEventId::New(kNow), *event.subject, commitment), std::nullopt);
  EXPECT_EQ(open(event.id, base::UserId::New(kNow), commitment), std::nullopt);
  EXPECT_EQ(open(event.id, *event.subject, std::string(32, 'x')), std::nullopt);
}

TEST_F(EventRecorderTest, WithoutPersonalDataThereIsNothingToSeal) {
  AuditEvent event = AuditEventOf(domain::AuditAction::kKeyLoad, domain::CallInfo{kNow, kNow, {}});
  const auto record = recorder_.Record(event);
  EXPECT_EQ(record.sealed_personal, "");
  EXPECT_EQ(DecodeEvent(record.content)->personal_commitment, "");
}

TEST(AuditAction, EveryNameIsOfOneAction) {
  int known = 0;
  for (int value = -1; value <= 1000; ++value) {
    const auto action = static_cast<domain::AuditAction>(value);
    const absl::string_view name = domain::AuditActionName(action);
    if (name.empty()) continue;
    ++known;
    EXPECT_EQ(domain::AuditActionByName(name), action) << name;
  }
  EXPECT_GE(known, 16);
  EXPECT_EQ(domain::AuditActionByName("login"), std::nullopt);
  EXPECT_EQ(domain::AuditActionByName(""), std::nullopt);
}

}  // namespace
}  // namespace signet::audit
