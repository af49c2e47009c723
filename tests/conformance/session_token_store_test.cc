#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "server/domain/sessions/session_token.h"
#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using domain::EndReason;
using domain::SessionKind;
using domain::SessionMode;

constexpr absl::Duration kIdle = absl::Minutes(15);
constexpr absl::Duration kGrain = absl::Minutes(1);

template <typename Stores>
class SessionTokenStoreTest : public testing::Test {
 protected:
  SessionTokenStoreTest() {
    EXPECT_TRUE(stores_.accounts
                    .Insert(ada_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
  }

  domain::NewSession Opened(SessionKind kind = SessionKind::kSessionToken) {
    domain::NewSession session = Session(ada_);
    session.kind = kind;
    session.lineage_expires_at = kNow + absl::Hours(8);
    EXPECT_TRUE(
        stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin)).value().has_value());
    return session;
  }
  std::optional<domain::SessionTokenView> Find(const domain::NewSession& session) {
    const domain::PresentedSession presented{session.user_id, session.session_id, Hash('0')};
    return stores_.session_tokens.Find(absl::MakeConstSpan(&presented, 1)).value().front();
  }
  std::optional<domain::RecordedUse> Record(const domain::NewSession& session, absl::Time at,
                                            absl::Time now) {
    const domain::SessionUse use{session.user_id, session.session_id, at};
    return stores_.session_tokens.RecordUses(absl::MakeConstSpan(&use, 1), kIdle, kGrain, now)
        .value()
        .front();
  }

  const domain::NewAccount ada_ = Account("ada");
  Stores stores_;
};
TYPED_TEST_SUITE(SessionTokenStoreTest, AllStores, StoresName);

TYPED_TEST(SessionTokenStoreTest, FindsASessionThatASessionTokenHolds) {
  const domain::NewSession session = this->Opened();
  const auto view = this->Find(session);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->secret_hash, session.leaf_hash);
  EXPECT_EQ(view->created_at, kNow);
  EXPECT_EQ(view->last_used_at, kNow);
  EXPECT_EQ(view->recorded_at, kNow);
  EXPECT_EQ(view->expires_at, kNow + absl::Hours(8));
  EXPECT_EQ(view->end_reason, std::nullopt);
  EXPECT_TRUE(view->account_active);
  EXPECT_EQ(view->grant.session_id, session.session_id);
  EXPECT_EQ(view->grant.audience, "shop");
  EXPECT_EQ(view->grant.lineage_expires_at, view->expires_at);
}

// A refresh token's session is none of these, whatever is presented.
TYPED_TEST(SessionTokenStoreTest, FindsNoOther) {
  EXPECT_FALSE(this->Find(this->Opened(SessionKind::kTokens)).has_value());
  domain::NewSession nobody = Session(this->ada_);
  EXPECT_FALSE(this->Find(nobody).has_value());
  nobody = this->Opened();
  nobody.user_id = base::UserId::New(kNow);
  EXPECT_FALSE(this->Find(nobody).has_value()) << "another user's";
}

TYPED_TEST(SessionTokenStoreTest, FindsManyAtOnceInTheirOrder) {
  const domain::NewSession first = this->Opened();
  const domain::NewSession second = this->Opened();
  const std::vector<domain::PresentedSession> presented = {
      {second.user_id, second.session_id, ""},
      {first.user_id, base::SessionId::New(kNow), ""},
      {first.user_id, first.session_id, ""},
      {second.user_id, second.session_id, ""}};
  const auto views = this->stores_.session_tokens.Find(presented).value();
  ASSERT_EQ(views.size(), 4u);
  EXPECT_EQ(views[0]->grant.session_id, second.session_id);
  EXPECT_FALSE(views[1].has_value());
  EXPECT_EQ(views[2]->grant.session_id, first.session_id);
  EXPECT_EQ(views[3]->grant.session_id, second.session_id);
}

// One notion of a session: what ends one ends it whatever it is held by.
TYPED_TEST(SessionTokenStoreTest, WhatEndsASessionEndsIt) {
  const domain::NewSession session = this->Opened();
  ASSERT_TRUE(this->stores_.sessions
                  .EndAll(this->ada_.user_id, EndReason::kLogoutAll, kNow, kNow, kExpires,
                          Audited(domain::AuditAction::kLogoutAll, this->ada_.user_id))
                  .ok());
  EXPECT_EQ(this->Find(session)->end_reason, EndReason::kLogoutAll);
  this->stores_.Disable(this->ada_.user_id);
  EXPECT_FALSE(this->Find(session)->account_active);
}

TYPED_TEST(SessionTokenStoreTest, IsNoLeafThatRotates) {
  const domain::NewSession session = this->Opened();
  const auto list =
      this->stores_.sessions
          .List(this->ada_.user_id, std::nullopt, 10, kNow, {absl::InfinitePast(), kNow - kIdle})
          .value();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].kind, SessionKind::kSessionToken);
  EXPECT_EQ(list[0].session_id, session.session_id);
  EXPECT_TRUE(this->stores_.sessions
                  .List(this->ada_.user_id, std::nullopt, 10, kNow, {absl::InfinitePast(), kNow})
                  .value()
                  .empty())
      << "idle as session tokens are, not as refresh tokens are";
}

// at most one write a minute, and what is written is the time of the use.
TYPED_TEST(SessionTokenStoreTest, AUseIsWrittenOnceAMinute) {
  const domain::NewSession session = this->Opened();
  const absl::Time at = kNow + absl::Seconds(59);
  auto recorded = this->Record(session, at, at);
  ASSERT_TRUE(recorded.has_value());
  EXPECT_EQ(recorded->last_used_at, kNow) << "opened less than a minute ago";

  const absl::Time later = kNow + kGrain;
  recorded = this->Record(session, at, later);
  EXPECT_EQ(recorded->last_used_at, at);
  EXPECT_EQ(recorded->recorded_at, later);
  EXPECT_EQ(this->Find(session)->last_used_at, at);

  recorded = this->Record(session, later + absl::Seconds(30), later + absl::Seconds(59));
  EXPECT_EQ(recorded->last_used_at, at);
  EXPECT_EQ(recorded->recorded_at, later);
  recorded = this->Record(session, at - absl::Seconds(1), later + absl::Hours(1));
  EXPECT_EQ(recorded->last_used_at, at) << "an older use than is known";
}

// A use that comes late gives no dead session its life back.
TYPED_TEST(SessionTokenStoreTest, AUseOfASessionThatIsOverIsNotWritten) {
  const domain::NewSession session = this->Opened();
  const absl::Time idle = kNow + kIdle;
  EXPECT_EQ(this->Record(session, idle, idle)->last_used_at, kNow);
  const absl::Time last = idle - absl::Microseconds(1);
  EXPECT_EQ(this->Record(session, last, last)->last_used_at, last);
  const absl::Time end = kNow + absl::Hours(8);
  EXPECT_EQ(this->Record(session, end, end)->last_used_at, last);
  ASSERT_TRUE(this->stores_.sessions
                  .End(this->ada_.user_id, session.session_id, EndReason::kLogout, {}, last,
                       kExpires, std::nullopt, Audited(domain::AuditAction::kLogout))
                  .value());
  const absl::Time after = last + absl::Minutes(2);
  EXPECT_EQ(this->Record(session, after, after)->last_used_at, last);
}

TYPED_TEST(SessionTokenStoreTest, OtherSessionsHaveNoUses) {
  const absl::Time at = kNow + absl::Minutes(5);
  EXPECT_FALSE(this->Record(this->Opened(SessionKind::kTokens), at, at).has_value());
  EXPECT_FALSE(this->Record(Session(this->ada_), at, at).has_value());
}

// of any number of writers in one minute one writes.
TYPED_TEST(SessionTokenStoreTest, OfParallelWritersOneWrites) {
  const domain::NewSession session = this->Opened();
  const absl::Time now = kNow + absl::Minutes(5);
  std::atomic<int> written{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      // Each at its own microsecond, so that it knows its own write.
      const absl::Time mine = now + absl::Microseconds(i);
      const auto recorded = this->Record(session, now, mine);
      if (recorded && recorded->recorded_at == mine) ++written;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(written, 1);
}

TYPED_TEST(SessionTokenStoreTest, ThePolicyIsOnForEverybodyUntilItIsWritten) {
  auto policy = this->stores_.session_tokens.ReadPolicy().value();
  EXPECT_EQ(policy.mode, SessionMode::kOn);
  EXPECT_EQ(policy.share_percent, 0);
  EXPECT_EQ(policy.changed_by, std::nullopt);
  const int64_t version = policy.version;

  policy.mode = SessionMode::kReadOnly;
  policy.share_percent = 20;
  policy.changed_at = kNow;
  policy.changed_by = this->ada_.user_id;
  const auto audit = Audited(domain::AuditAction::kSwitchSessions, this->ada_.user_id);
  const auto written = this->stores_.session_tokens.WritePolicy(policy, audit).value();
  EXPECT_EQ(written.version, version + 1);
  EXPECT_EQ(this->stores_.InLog(audit), 1);
  const auto read = this->stores_.session_tokens.ReadPolicy().value();
  EXPECT_EQ(read.mode, SessionMode::kReadOnly);
  EXPECT_EQ(read.share_percent, 20);
  EXPECT_EQ(read.version, version + 1);
  EXPECT_EQ(read.changed_at, kNow);
  EXPECT_EQ(read.changed_by, this->ada_.user_id);
}

}  // namespace
}  // namespace signet::conformance
