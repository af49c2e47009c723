#include "client/verifier/verifier.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/base/error.h"
#include "client/base/fake_clock.h"
#include "client/base/mutex.h"
#include "client/verifier/fake_token_service.h"
#include "tests/harness/eventually.h"

namespace signet::verifier {
namespace {

using testing::Contains;
using tests::Eventually;
using token::RejectReason;

constexpr absl::Duration kPatience = absl::Seconds(20);

// Keeps what it is told.
class Recorder final : public VerifierObserver {
 public:
  void OnFeedUp(Feed feed, absl::string_view address) override {
    base::MutexLock lock(mutex_);
    if (feed == Feed::kRevocations) up_.emplace_back(address);
  }
  void OnFeedDown(Feed feed, absl::string_view, FeedEnd end) override {
    base::MutexLock lock(mutex_);
    if (feed == Feed::kRevocations) ++ends_[end];
  }
  void OnRevocationApplied(absl::Duration lag) override {
    base::MutexLock lock(mutex_);
    lags_.push_back(lag);
  }

  std::vector<std::string> up() const {
    base::MutexLock lock(mutex_);
    return up_;
  }
  int Ends(FeedEnd end) const {
    base::MutexLock lock(mutex_);
    const auto found = ends_.find(end);
    return found == ends_.end() ? 0 : found->second;
  }
  std::vector<absl::Duration> lags() const {
    base::MutexLock lock(mutex_);
    return lags_;
  }

 private:
  mutable base::Mutex mutex_;
  std::vector<std::string> up_;
  std::map<FeedEnd, int> ends_;
  std::vector<absl::Duration> lags_;
};

class VerifierTest : public testing::Test {
 protected:
  Verifier::Options OptionsOf(const std::vector<std::string>& addresses) {
    Verifier::Options options;
    options.addresses = addresses;
    options.issuer = "https://id.example.com";
    options.audience = "api";
    options.observer = &recorder_;
    return options;
  }
  std::unique_ptr<Verifier> Ready(const Verifier::Options& options) {
    auto verifier = Verifier::Start(options);
    EXPECT_TRUE(verifier.ok()) << verifier.status();
    EXPECT_TRUE((*verifier)->WaitUntilReady(kPatience).ok());
    return *std::move(verifier);
  }
  static std::string ReasonFor(const Verifier& verifier, const std::string& token) {
    return base::ErrorReason(verifier.Verify(token).status());
  }
  static bool RefusedAs(const Verifier& verifier, const std::string& token, RejectReason reason) {
    return Eventually(kPatience,
                      [&] { return RejectionOf(verifier.Verify(token).status()) == reason; });
  }

  FakeDeployment deployment_;
  Recorder recorder_;
};

//
TEST_F(VerifierTest, AcceptsAndHearsOfRevocationsFromTheSnapshotAndLater) {
  for (const char* name : {"old-1", "old-2", "old-3"}) {
    deployment_.Revoke(v1::REVOCATION_KIND_TOKEN, name);
  }
  FakeTokenServer server(deployment_);
  const auto verifier = Ready(OptionsOf({server.address()}));
  const auto accepted = verifier->Verify(LiveToken());
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->claims().subject, "user-1");
  EXPECT_EQ(RejectionOf(verifier->Verify(LiveToken("old-3")).status()),
            RejectReason::kRevokedToken);

  deployment_.Revoke(v1::REVOCATION_KIND_SESSION, "session-1");
  EXPECT_TRUE(RefusedAs(*verifier, LiveToken(), RejectReason::kRevokedSession));
  EXPECT_TRUE(Eventually(kPatience, [&] { return !recorder_.lags().empty(); }));
  EXPECT_EQ(recorder_.lags().size(), 1u) << "what a snapshot holds is no lag";
  const Verifier::State state = verifier->state();
  EXPECT_TRUE(state.ready);
  EXPECT_EQ(state.revocation_sequence, 4);
  EXPECT_EQ(state.revocations, 4u);
  EXPECT_LT(state.staleness, absl::Seconds(10));
}

TEST_F(VerifierTest, WithoutAServerItSaysSoAndStartsWhenThereIsOne) {
  std::string address;
  { address = FakeTokenServer(deployment_).address(); }
  auto verifier = Verifier::Start(OptionsOf({address}));
  ASSERT_TRUE(verifier.ok());
  EXPECT_EQ(ReasonFor(**verifier, LiveToken()), "VERIFIER_NOT_READY");
  EXPECT_EQ((*verifier)->WaitUntilReady(absl::ZeroDuration()).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Eventually(kPatience, [&] { return recorder_.Ends(FeedEnd::kUnreachable) > 0; }));
  FakeTokenServer server(deployment_, address);
  EXPECT_TRUE((*verifier)->WaitUntilReady(kPatience).ok());
  EXPECT_TRUE((*verifier)->Verify(LiveToken()).ok());
}

TEST_F(VerifierTest, ResumesBehindWhatItHasAfterACut) {
  deployment_.Revoke(v1::REVOCATION_KIND_TOKEN, "a");
  FakeTokenServer server(deployment_);
  const auto verifier = Ready(OptionsOf({server.address()}));
  const auto last = deployment_.Revoke(v1::REVOCATION_KIND_TOKEN, "b");
  ASSERT_TRUE(RefusedAs(*verifier, LiveToken("b"), RejectReason::kRevokedToken));
  server.Cut();
  ASSERT_TRUE(Eventually(kPatience, [&] { return recorder_.Ends(FeedEnd::kClosed) > 0; }));
  deployment_.Revoke(v1::REVOCATION_KIND_TOKEN, "c");
  EXPECT_TRUE(RefusedAs(*verifier, LiveToken("c"), RejectReason::kRevokedToken));
  EXPECT_TRUE(RefusedAs(*verifier, LiveToken("a"), RejectReason::kRevokedToken));
  const auto watches = server.Locked(&FakeTokenServer::watches);
  ASSERT_GE(watches.size(), 2u);
  EXPECT_EQ(watches[0].resume_after(), 0);
  EXPECT_EQ(watches[1].resume_after(), last.sequence());
  EXPECT_FALSE(watches[1].verifier_name().empty());
}

TEST_F(VerifierTest, ASilentServerIsLeftForTheNextAddress) {
  FakeTokenServer one(deployment_);
  FakeTokenServer two(deployment_);
  auto options = OptionsOf({one.address(), two.address()});
  options.silence = absl::Milliseconds(500);
  const auto verifier = Ready(options);
  const std::string first = recorder_.up().at(0);
  (first == one.address() ? one : two).FallSilent();
  deployment_.Revoke(v1::REVOCATION_KIND_TOKEN, "jti-1");
  EXPECT_TRUE(RefusedAs(*verifier, LiveToken(), RejectReason::kRevokedToken));
  EXPECT_GT(recorder_.Ends(FeedEnd::kSilent), 0);
  EXPECT_NE(recorder_.up().back(), first);
}

TEST_F(VerifierTest, AServerThatHearsOfNothingIsLeftForTheNextAddress) {
  FakeTokenServer one(deployment_);
  FakeTokenServer two(deployment_);
  auto options = OptionsOf({one.address(), two.address()});
  options.max_staleness = absl::Milliseconds(300);
  const auto verifier = Ready(options);
  (recorder_.up().at(0) == one.address() ? one : two).GoDeaf();
  deployment_.Revoke(v1::REVOCATION_KIND_TOKEN, "jti-1");
  EXPECT_TRUE(RefusedAs(*verifier, LiveToken(), RejectReason::kRevokedToken));
  EXPECT_GT(recorder_.Ends(FeedEnd::kLagging), 0);
}

TEST_F(VerifierTest, GoesOnWhileTheDatabaseIsDownUntilItsKnowledgeIsTooOld) {
  base::FakeClock clock(absl::Now());
  deployment_.SetAsOf(clock.Now());
  FakeTokenServer server(deployment_);
  server.answer.set_active(true);
  auto options = OptionsOf({server.address()});
  options.clock = &clock;
  const auto refusing = Ready(options);
  options.when_stale = WhenStale::kAskServer;
  const auto asking = Ready(options);
  clock.Advance(absl::Seconds(9));
  EXPECT_TRUE(refusing->Verify(LiveToken()).ok());
  EXPECT_GE(refusing->state().staleness, absl::Seconds(9));
  clock.Advance(absl::Seconds(2));
  EXPECT_EQ(ReasonFor(*refusing, LiveToken()), "REVOCATION_STALE");
  EXPECT_TRUE(asking->Verify(LiveToken()).ok());
  EXPECT_EQ(server.Locked(&FakeTokenServer::questions), 1);
  deployment_.SetAsOf(clock.Now());
  EXPECT_TRUE(Eventually(kPatience, [&] { return refusing->Verify(LiveToken()).ok(); }));
}

TEST_F(VerifierTest, AServerThatIsAskedMaySayNoOrNotKnow) {
  deployment_.SetAsOf(absl::Now() - absl::Hours(1));
  FakeTokenServer server(deployment_);
  server.answer.set_reason(v1::INACTIVE_REASON_REVOKED_SESSION);
  auto options = OptionsOf({server.address()});
  options.when_stale = WhenStale::kAskServer;
  const auto verifier = Ready(options);
  EXPECT_EQ(ReasonFor(*verifier, LiveToken()), "TOKEN_INVALID");
  {
    const std::lock_guard lock(deployment_.mutex);
    server.answer.set_reason(v1::INACTIVE_REASON_REVOCATION_STALE);
  }
  EXPECT_EQ(ReasonFor(*verifier, LiveToken()), "REVOCATION_STALE");
}

// no validation fails because of a rotation, since the server waits for these answers.
TEST_F(VerifierTest, AnswersEachKeySetOnceItIsInForce) {
  FakeTokenServer server(deployment_);
  auto options = OptionsOf({server.address()});
  options.silence = absl::Minutes(1);  // however slow the machine is, nobody is taken for dead
  const auto verifier = Ready(options);
  EXPECT_EQ(ReasonFor(*verifier, LiveToken("jti-1", "k2")), "TOKEN_INVALID");
  deployment_.PutKey("k2");
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const auto acknowledged = server.Locked(&FakeTokenServer::acknowledged);
    return testing::Value(acknowledged, Contains(2));
  }));
  EXPECT_TRUE(verifier->Verify(LiveToken("jti-1", "k2")).ok()) << "answered before it was in force";
  EXPECT_EQ(verifier->state().key_set_version, 2);
  EXPECT_EQ(server.Locked(&FakeTokenServer::key_watches), 1) << "said only when it came back";
  server.Cut();
  EXPECT_TRUE(Eventually(
      kPatience, [&] { return server.Locked(&FakeTokenServer::acknowledged).size() >= 5; }));
  EXPECT_EQ(server.Locked(&FakeTokenServer::acknowledged)[3], 2) << "says so again when it is back";
  EXPECT_EQ(server.Locked(&FakeTokenServer::verifier_ids).size(), 1u);
}

// A replica that has lost its database has the key set of then, and goes on saying so.
TEST_F(VerifierTest, AnOlderKeySetOfAServerThatCannotLookIsNotTaken) {
  base::FakeClock clock(absl::Now());
  deployment_.PutKey("k2");
  FakeTokenServer server(deployment_);
  auto options = OptionsOf({server.address()});
  options.clock = &clock;
  const auto verifier = Ready(options);
  EXPECT_EQ(verifier->state().key_set_version, 2);
  deployment_.GoBackToTheFirstKeySet(clock.Now() - absl::Minutes(1));
  server.Cut();
  ASSERT_TRUE(
      Eventually(kPatience, [&] { return server.Locked(&FakeTokenServer::key_sets_sent) >= 2; }));
  EXPECT_TRUE(verifier->Verify(LiveToken("jti-1", "k2")).ok());
  clock.Advance(absl::Seconds(4));
  EXPECT_EQ(ReasonFor(*verifier, LiveToken("jti-1", "k3")), "KEY_SET_STALE") << "it may be newer";
  EXPECT_EQ(verifier->state().key_set_version, 2);
  EXPECT_THAT(server.Locked(&FakeTokenServer::acknowledged), testing::Not(Contains(1)));

  // A database that was restored, however, is the truth of now.
  deployment_.GoBackToTheFirstKeySet(clock.Now());
  server.Cut();
  EXPECT_TRUE(Eventually(kPatience, [&] { return verifier->state().key_set_version == 1; }));
}

TEST_F(VerifierTest, AKeyOfNobodyIsNoReasonToDoubtOnlyWhileTheServerCanLook) {
  deployment_.SetKeysAsOf(absl::Now() - absl::Minutes(1));
  FakeTokenServer server(deployment_);
  const auto verifier = Ready(OptionsOf({server.address()}));
  EXPECT_EQ(ReasonFor(*verifier, LiveToken("jti-1", "k2")), "KEY_SET_STALE");
  deployment_.SetKeysAsOf(absl::InfiniteFuture());
  EXPECT_TRUE(Eventually(kPatience, [&] {
    return ReasonFor(*verifier, LiveToken("jti-1", "k2")) == "TOKEN_INVALID";
  }));
}

TEST_F(VerifierTest, AKeySetThatCannotBeReadChangesNothingAndIsNotAnswered) {
  FakeTokenServer server(deployment_);
  const auto verifier = Ready(OptionsOf({server.address()}));
  {
    const std::lock_guard lock(deployment_.mutex);
    deployment_.jwks = "{\"keys\":[{\"kty\":\"oct\"}]}";
    deployment_.key_set_version = 7;
    deployment_.changed.notify_all();
  }
  // The third connection asks: two have met the bad set.
  ASSERT_TRUE(Eventually(
      kPatience, [&] { return server.Locked(&FakeTokenServer::acknowledged).size() >= 4; }));
  EXPECT_THAT(server.Locked(&FakeTokenServer::acknowledged), testing::Not(Contains(7)));
  EXPECT_EQ(verifier->state().key_set_version, 1);
}

TEST_F(VerifierTest, DyingEndsItsConnectionsAtOnce) {
  FakeTokenServer server(deployment_);
  auto options = OptionsOf({server.address()});
  options.silence = absl::Hours(1);
  auto verifier = Ready(options);
  const absl::Time before = absl::Now();
  verifier.reset();
  EXPECT_LT(absl::Now() - before, absl::Seconds(10));
  EXPECT_EQ(recorder_.Ends(FeedEnd::kStopped), 1);
}

TEST_F(VerifierTest, RefusesOptionsThatContradictEachOther) {
  const auto field = [](const Verifier::Options& options) -> std::string {
    const auto verifier = Verifier::Start(options);
    const auto violations = base::FieldViolations(verifier.status());
    return violations.empty() ? "" : violations[0].field;
  };
  const auto good = OptionsOf({"127.0.0.1:1"});
  auto options = good;
  options.issuer = "";
  EXPECT_EQ(field(options), "issuer");
  options = good;
  options.audience = "";
  EXPECT_EQ(field(options), "audience");
  options = good;
  options.addresses.clear();
  EXPECT_EQ(field(options), "addresses");
  options.jwks_url = "https://id.example.com/jwks.json";
  EXPECT_EQ(field(options), "when_stale") << "no revocation is ever heard of: to be said aloud";
  options.when_stale = WhenStale::kAccept;
  for (const char* url : {"http://id.example.com/", "http://127.0.0.1@evil.example/", "ftp://x/",
                          "http://localhost.evil.example:80/"}) {
    options.jwks_url = url;
    EXPECT_EQ(field(options), "jwks_url") << url;
  }
  options = good;
  options.jwks_url = "https://id.example.com/jwks.json";
  EXPECT_EQ(field(options), "addresses");
  options = good;
  options.name = "two words";
  EXPECT_EQ(field(options), "name");
}

}  // namespace
}  // namespace signet::verifier
