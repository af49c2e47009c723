#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using domain::EndReason;
using domain::LineageEventKind;

template <typename Stores>
class SessionStoreTest : public testing::Test {
 protected:
  SessionStoreTest() {
    EXPECT_TRUE(stores_.accounts
                    .Insert(ada_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
  }

  domain::NewSession Opened(absl::Time now = kNow) {
    const domain::NewSession session = Session(ada_, now);
    EXPECT_TRUE(
        stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin)).value().has_value());
    return session;
  }
  bool Rotates(const domain::Rotation& rotation) {
    return RotateIn(stores_.sessions, rotation).has_value();
  }
  bool Ends(const domain::NewSession& session, EndReason reason,
            std::optional<int32_t> presented = std::nullopt) {
    return stores_.sessions
        .End(ada_.user_id, session.session_id, reason, {"203.0.113.9", "thief"},
             kNow + absl::Minutes(5), kNow + absl::Minutes(20), presented,
             Audited(domain::AuditAction::kLogout, ada_.user_id))
        .value();
  }

  const domain::NewAccount ada_ = Account("ada");
  Stores stores_;
};
TYPED_TEST_SUITE(SessionStoreTest, AllStores, StoresName);

TYPED_TEST(SessionStoreTest, OpeningGrantsWhatTheAccountAndTheSessionSay) {
  const domain::NewSession session = Session(this->ada_);
  const auto grant =
      this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin)).value();
  ASSERT_TRUE(grant.has_value());
  EXPECT_EQ(grant->session_id, session.session_id);
  EXPECT_EQ(grant->user_id, this->ada_.user_id);
  EXPECT_EQ(grant->email, "ada@Example.com");
  std::vector<std::string> names;
  for (const domain::HeldRole& role : grant->roles) names.push_back(role.name);
  EXPECT_EQ(names, this->ada_.roles);
  EXPECT_EQ(grant->client_id, "web");
  EXPECT_EQ(grant->audience, "shop");
  EXPECT_EQ(grant->scopes, session.scopes);
  EXPECT_EQ(grant->acr, "1");
  EXPECT_EQ(grant->amr, session.amr);
  EXPECT_EQ(grant->authenticated_at, kNow);
  EXPECT_EQ(grant->lineage_expires_at, kExpires);
  EXPECT_EQ(grant->user_not_before, absl::InfinitePast());
}

TYPED_TEST(SessionStoreTest, NothingOpensForAnotherPasswordVersionOrAnUnknownOrDisabledAccount) {
  domain::NewSession session = Session(this->ada_);
  session.password_version = 2;
  EXPECT_EQ(this->stores_.sessions.Open(session, Audited(domain::AuditAction::kLogin)).value(),
            std::nullopt);
  EXPECT_EQ(
      this->stores_.sessions.Open(Session(Account("nobody")), Audited(domain::AuditAction::kLogin))
          .value(),
      std::nullopt);
  this->stores_.Disable(this->ada_.user_id);
  EXPECT_EQ(this->stores_.sessions.Open(Session(this->ada_), Audited(domain::AuditAction::kLogin))
                .value(),
            std::nullopt);
  EXPECT_TRUE(this->stores_.sessions.List(this->ada_.user_id, std::nullopt, 10, kNow, kNoneIdle)
                  .value()
                  .empty());
}

//
// from the next token on, whichever way it is made.
TYPED_TEST(SessionStoreTest, AFreshProofIsWhatTheSessionsTokensSayFromThenOn) {
  const domain::NewSession session = this->Opened();
  domain::Reauthentication again{this->ada_.user_id, session.session_id,   1, "2",
                                 {"pwd", "otp"},     kNow + absl::Hours(1)};
  const auto grant =
      this->stores_.sessions.Reauthenticate(again, Audited(domain::AuditAction::kStepUp)).value();
  ASSERT_TRUE(grant.has_value());
  EXPECT_EQ(grant->client_id, "web");
  const auto rotated = RotateIn(this->stores_.sessions,
                                Rotate(session, 0, Hash('0'), Hash('1'), kNow + absl::Hours(2)));
  ASSERT_TRUE(rotated.has_value());
  for (const auto* said : {&*grant, &*rotated}) {
    EXPECT_EQ(said->acr, "2");
    EXPECT_EQ(said->amr, (std::vector<std::string>{"pwd", "otp"}));
    EXPECT_EQ(said->authenticated_at, kNow + absl::Hours(1));
    EXPECT_EQ(said->lineage_expires_at, kExpires);
  }
}

TYPED_TEST(SessionStoreTest, NothingIsProvedOfASessionThatEndedOrWithAnotherPassword) {
  const domain::NewSession session = this->Opened();
  domain::Reauthentication again{this->ada_.user_id,   session.session_id, 2, "2", {"pwd"},
                                 kNow + absl::Hours(1)};
  EXPECT_EQ(
      this->stores_.sessions.Reauthenticate(again, Audited(domain::AuditAction::kStepUp)).value(),
      std::nullopt);
  again.password_version = 1;
  again.now = kExpires;
  EXPECT_EQ(
      this->stores_.sessions.Reauthenticate(again, Audited(domain::AuditAction::kStepUp)).value(),
      std::nullopt);
  again.now = kNow + absl::Hours(1);
  ASSERT_TRUE(this->Ends(session, EndReason::kLogout));
  EXPECT_EQ(
      this->stores_.sessions.Reauthenticate(again, Audited(domain::AuditAction::kStepUp)).value(),
      std::nullopt);
}

TYPED_TEST(SessionStoreTest, RotatingMakesTheSuccessorTheOnlyLiveLeaf) {
  const domain::NewSession session = this->Opened();
  const absl::Time later = kNow + absl::Minutes(1);
  const auto grant =
      RotateIn(this->stores_.sessions, Rotate(session, 0, Hash('0'), Hash('1'), later));
  ASSERT_TRUE(grant.has_value());
  EXPECT_EQ(grant->session_id, session.session_id);
  EXPECT_EQ(grant->scopes, session.scopes);
  EXPECT_EQ(grant->authenticated_at, kNow);
  EXPECT_FALSE(this->Rotates(Rotate(session, 0, Hash('0'), Hash('1'), later)));
  EXPECT_FALSE(this->Rotates(Rotate(session, 1, Hash('x'), Hash('2'), later)));
  EXPECT_FALSE(this->Rotates(Rotate(session, 2, Hash('1'), Hash('2'), later)));
  EXPECT_TRUE(this->Rotates(Rotate(session, 1, Hash('1'), Hash('2'), later)));
}

TYPED_TEST(SessionStoreTest, NothingRotatesOnceTheLineageExpiredOrEndedOrTheAccountIsDisabled) {
  const domain::NewSession expired = this->Opened();
  EXPECT_FALSE(this->Rotates(Rotate(expired, 0, Hash('0'), Hash('1'), kExpires)));
  EXPECT_TRUE(
      this->Rotates(Rotate(expired, 0, Hash('0'), Hash('1'), kExpires - absl::Microseconds(1))));
  const domain::NewSession ended = this->Opened();
  ASSERT_TRUE(this->Ends(ended, EndReason::kLogout));
  EXPECT_FALSE(this->Rotates(Rotate(ended, 0, Hash('0'), Hash('1'), kNow)));
  const domain::NewSession live = this->Opened();
  this->stores_.Disable(this->ada_.user_id);
  EXPECT_FALSE(this->Rotates(Rotate(live, 0, Hash('0'), Hash('1'), kNow)));
}

TYPED_TEST(SessionStoreTest, AnotherUsersIdDoesNotRotateASession) {
  const domain::NewSession session = this->Opened();
  domain::Rotation rotation = Rotate(session, 0, Hash('0'), Hash('1'), kNow);
  rotation.presented.user_id = base::UserId::New(kNow);
  EXPECT_FALSE(this->Rotates(rotation));
  EXPECT_EQ(this->stores_.sessions.Read(rotation.presented).value(), std::nullopt);
}

// what tells a repeated refresh from theft.
TYPED_TEST(SessionStoreTest, ReadingShowsTheLeafAndWhatThePresentedGenerationWas) {
  const domain::NewSession session = this->Opened();
  const absl::Time later = kNow + absl::Minutes(1);
  ASSERT_TRUE(this->Rotates(Rotate(session, 0, Hash('0'), Hash('1'), later)));
  const auto view = this->stores_.sessions.Read(Present(session, 0, Hash('x'))).value();
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->generation, 1);
  EXPECT_EQ(view->leaf_hash, Hash('1'));
  EXPECT_EQ(view->rotated_at, later);
  EXPECT_EQ(view->expires_at, kExpires);
  EXPECT_EQ(view->end_reason, std::nullopt);
  EXPECT_EQ(view->presented_generation_hash, Hash('0'));
  EXPECT_EQ(view->grant.email, "ada@Example.com");
  const auto future = this->stores_.sessions.Read(Present(session, 9, Hash('x'))).value();
  ASSERT_TRUE(future.has_value());
  EXPECT_EQ(future->presented_generation_hash, std::nullopt);
}

//
TYPED_TEST(SessionStoreTest, EndingForReuseLeavesTheCauseTheRevocationAndTheHistory) {
  const domain::NewSession session = this->Opened();
  const absl::Time later = kNow + absl::Minutes(1);
  ASSERT_TRUE(this->Rotates(Rotate(session, 0, Hash('0'), Hash('1'), later)));
  ASSERT_TRUE(
      this->stores_.sessions
          .RecordReplays(
              {{Present(session, 0, Hash('0')), {"198.51.100.7", "curl"}, kNow + absl::Minutes(2)}})
          .ok());
  EXPECT_TRUE(this->Ends(session, EndReason::kReuse, 0));
  EXPECT_FALSE(this->Ends(session, EndReason::kReuse, 0));

  const auto history =
      this->stores_.sessions.History(this->ada_.user_id, session.session_id).value();
  ASSERT_TRUE(history.has_value());
  EXPECT_EQ(history->user_id, this->ada_.user_id);
  EXPECT_EQ(history->generation, 1);
  EXPECT_EQ(history->session.end_reason, EndReason::kReuse);
  EXPECT_EQ(history->session.ended_at, kNow + absl::Minutes(5));
  ASSERT_EQ(history->events.size(), 4u);
  EXPECT_EQ(history->events[0].kind, LineageEventKind::kOpened);
  EXPECT_EQ(history->events[0].peer.user_agent, "Firefox");
  EXPECT_EQ(history->events[1].kind, LineageEventKind::kRotated);
  EXPECT_EQ(history->events[1].generation, 1);
  EXPECT_EQ(history->events[1].at, later);
  EXPECT_EQ(history->events[2].kind, LineageEventKind::kReplayed);
  EXPECT_EQ(history->events[2].generation, 0);
  EXPECT_EQ(history->events[3].kind, LineageEventKind::kReused);
  EXPECT_EQ(history->events[3].generation, 0);
  EXPECT_EQ(history->events[3].end_reason, EndReason::kReuse);
  EXPECT_EQ(history->events[3].peer.address, "203.0.113.9");

  const auto page = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(page.records.size(), 1u);
  EXPECT_EQ(page.records[0].kind, token::RevocationKind::kSession);
  EXPECT_EQ(page.records[0].subject, session.session_id.ToString());
  EXPECT_EQ(page.records[0].expires_at, kNow + absl::Minutes(20));
}

TYPED_TEST(SessionStoreTest, HistoryShowsTheNewestEventsOfALongLife) {
  const domain::NewSession session = this->Opened();
  for (int i = 1; i <= domain::kMostLineageEvents; ++i) {
    ASSERT_TRUE(this->stores_.sessions
                    .RecordReplays({{Present(session, 0, Hash('0')), {}, kNow + absl::Seconds(i)}})
                    .ok());
  }
  const auto history =
      this->stores_.sessions.History(this->ada_.user_id, session.session_id).value();
  ASSERT_EQ(history->events.size(), static_cast<size_t>(domain::kMostLineageEvents));
  EXPECT_EQ(history->events.front().kind, LineageEventKind::kReplayed);  // the opening has gone
  EXPECT_EQ(history->events.front().at, kNow + absl::Seconds(1));
  EXPECT_EQ(history->events.back().at, kNow + absl::Seconds(domain::kMostLineageEvents));
}

//
TYPED_TEST(SessionStoreTest, EndingOneSessionLeavesTheOthers) {
  const domain::NewSession ended = this->Opened();
  const domain::NewSession live = this->Opened();
  EXPECT_TRUE(this->Ends(ended, EndReason::kLogout));
  EXPECT_FALSE(this->Ends(Session(this->ada_), EndReason::kLogout));
  const auto sessions =
      this->stores_.sessions.List(this->ada_.user_id, std::nullopt, 10, kNow, kNoneIdle).value();
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions[0].session_id, live.session_id);
  const auto history = this->stores_.sessions.History(this->ada_.user_id, ended.session_id).value();
  ASSERT_EQ(history->events.size(), 2u);
  EXPECT_EQ(history->events[1].kind, LineageEventKind::kEnded);
  EXPECT_EQ(history->events[1].end_reason, EndReason::kLogout);
}

//
TYPED_TEST(SessionStoreTest, EndingAllWritesOneRevocationAndMovesTheUsersNotBefore) {
  this->Opened();
  this->Opened();
  const auto end_all = [&](absl::Time not_before) {
    return this->stores_.sessions
        .EndAll(this->ada_.user_id, EndReason::kLogoutAll, kNow, not_before, kExpires,
                Audited(domain::AuditAction::kLogoutAll))
        .value();
  };
  EXPECT_EQ(end_all(kNow + absl::Seconds(1)), 2);
  EXPECT_EQ(end_all(kNow), 0);
  const auto page = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(page.records.size(), 2u);
  EXPECT_EQ(page.records[0].kind, token::RevocationKind::kUser);
  EXPECT_EQ(page.records[0].subject, this->ada_.user_id.ToString());
  EXPECT_EQ(page.records[0].not_before, kNow + absl::Seconds(1));
  const auto grant =
      this->stores_.sessions.Open(Session(this->ada_), Audited(domain::AuditAction::kLogin))
          .value();
  EXPECT_EQ(grant->user_not_before, kNow + absl::Seconds(2))
      << "a second call within one second cuts off what was issued since the first";
  EXPECT_EQ(page.records[1].not_before, kNow + absl::Seconds(2));
}

//
TYPED_TEST(SessionStoreTest, ListingIsNewestFirstInPagesAndShowsTheLastUse) {
  std::vector<domain::NewSession> opened;
  for (int i = 0; i < 3; ++i) opened.push_back(this->Opened(kNow + absl::Seconds(i)));
  ASSERT_TRUE(this->Rotates(Rotate(opened[2], 0, Hash('0'), Hash('1'), kNow + absl::Minutes(3))));
  const auto first =
      this->stores_.sessions.List(this->ada_.user_id, std::nullopt, 2, kNow, kNoneIdle).value();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].session_id, opened[2].session_id);
  EXPECT_EQ(first[0].client_id, "web");
  EXPECT_EQ(first[0].device_name, "Ada's laptop");
  EXPECT_EQ(first[0].peer.address, "198.51.100.7");
  EXPECT_EQ(first[0].created_at, kNow + absl::Seconds(2));
  EXPECT_EQ(first[0].last_used_at, kNow + absl::Minutes(3));
  EXPECT_EQ(first[0].expires_at, kExpires);
  EXPECT_EQ(first[1].peer.address, "192.0.2.1");
  const auto rest =
      this->stores_.sessions.List(this->ada_.user_id, first[1].session_id, 2, kNow, kNoneIdle)
          .value();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].session_id, opened[0].session_id);
  EXPECT_TRUE(this->stores_.sessions.List(this->ada_.user_id, std::nullopt, 2, kExpires, kNoneIdle)
                  .value()
                  .empty());
}

TYPED_TEST(SessionStoreTest, ASessionThatIsIdleForTooLongIsNeitherListedNorRotated) {
  const domain::NewSession idle = this->Opened();
  const domain::NewSession used = this->Opened();
  ASSERT_TRUE(this->Rotates(Rotate(used, 0, Hash('0'), Hash('1'), kNow + absl::Minutes(3))));
  const auto live =
      this->stores_.sessions.List(this->ada_.user_id, std::nullopt, 10, kNow, {kNow, kNow}).value();
  ASSERT_EQ(live.size(), 1u);
  EXPECT_EQ(live[0].session_id, used.session_id);
  domain::Rotation late = Rotate(idle, 0, Hash('0'), Hash('1'), kNow + absl::Minutes(3));
  late.idle_since = kNow;
  EXPECT_FALSE(this->Rotates(late));
  late.idle_since = kNow - absl::Microseconds(1);
  EXPECT_TRUE(this->Rotates(late));
}

TYPED_TEST(SessionStoreTest, HistoryIsShownToItsOwnerAndToAdministratorsAlone) {
  const domain::NewSession session = this->Opened();
  EXPECT_TRUE(
      this->stores_.sessions.History(this->ada_.user_id, session.session_id).value().has_value());
  EXPECT_TRUE(this->stores_.sessions.History(std::nullopt, session.session_id).value().has_value());
  EXPECT_FALSE(this->stores_.sessions.History(base::UserId::New(kNow), session.session_id)
                   .value()
                   .has_value());
  EXPECT_FALSE(
      this->stores_.sessions.History(std::nullopt, base::SessionId::New(kNow)).value().has_value());
}

// each rotation of a batch is judged by itself.
TYPED_TEST(SessionStoreTest, RotationsThatAreAskedTogetherAreAnsweredEachInItsPlace) {
  const domain::NewSession rotated = this->Opened();
  const domain::NewSession twice = this->Opened();
  const domain::NewSession guessed = this->Opened();
  const domain::NewSession ended = this->Opened();
  ASSERT_TRUE(this->Ends(ended, EndReason::kLogout));
  domain::Rotation unknown = Rotate(rotated, 0, Hash('0'), Hash('1'), kNow);
  unknown.presented.session_id = base::SessionId::New(kNow);
  const std::vector<domain::Rotation> together = {Rotate(guessed, 0, Hash('!'), Hash('?'), kNow),
                                                  Rotate(twice, 0, Hash('0'), Hash('1'), kNow),
                                                  Rotate(ended, 0, Hash('0'), Hash('1'), kNow),
                                                  Rotate(guessed, 0, Hash('0'), Hash('1'), kNow),
                                                  Rotate(twice, 0, Hash('0'), Hash('1'), kNow),
                                                  unknown,
                                                  Rotate(rotated, 0, Hash('0'), Hash('1'), kNow),
                                                  Rotate(twice, 1, Hash('1'), Hash('2'), kNow)};
  const auto grants = this->stores_.sessions.Rotate(together).value();
  ASSERT_EQ(grants.size(), together.size());
  std::vector<bool> granted;
  for (size_t i = 0; i < grants.size(); ++i) {
    granted.push_back(grants[i].has_value());
    if (grants[i]) {
      EXPECT_EQ(grants[i]->session_id, together[i].presented.session_id) << i;
    }
  }
  EXPECT_THAT(granted, testing::ElementsAre(false, true, false, true, false, false, true, false));

  std::vector<domain::Presented> presented;
  for (const domain::Rotation& rotation : together) presented.push_back(rotation.presented);
  const auto views = this->stores_.sessions.ReadAll(presented).value();
  ASSERT_EQ(views.size(), together.size());
  EXPECT_EQ(views[0]->generation, 1);
  EXPECT_EQ(views[1]->generation, 1);
  EXPECT_EQ(views[1]->presented_generation_hash, Hash('0'));
  EXPECT_EQ(views[2]->end_reason, EndReason::kLogout);
  EXPECT_EQ(views[5], std::nullopt);
  EXPECT_EQ(views[6]->leaf_hash, Hash('1'));
}

TYPED_TEST(SessionStoreTest, NothingAskedIsNothingAnswered) {
  EXPECT_THAT(this->stores_.sessions.Rotate({}).value(), testing::IsEmpty());
  EXPECT_THAT(this->stores_.sessions.ReadAll({}).value(), testing::IsEmpty());
  EXPECT_TRUE(this->stores_.sessions.RecordReplays({}).ok());
}

//
TYPED_TEST(SessionStoreTest, OfManyRotationsOfOneTokenExactlyOneIsGranted) {
  const domain::NewSession session = this->Opened();
  std::atomic<int> granted = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back(
        [&] { granted += this->Rotates(Rotate(session, 0, Hash('0'), Hash('1'), kNow)) ? 1 : 0; });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(granted, 1);
}

}  // namespace
}  // namespace signet::conformance
