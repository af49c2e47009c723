#include "server/domain/tokens/key_set_roster.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/domain/fakes/fake_key_set_verifier_store.h"

namespace signet::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kReportedAt = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kLease = absl::Seconds(30);

class KeySetRosterTest : public ::testing::Test {
 protected:
  // "id name@version" of all that the store has seen since.
  std::vector<std::string> Stored(absl::Time since = absl::InfinitePast()) {
    std::vector<std::string> all;
    const auto standing = store_.List(since);
    for (const KeySetVerifier& verifier : standing->verifiers) {
      all.push_back(absl::StrCat(verifier.id, " ", verifier.name, "@", verifier.version));
    }
    return all;
  }

  FakeDatabase database_;
  FakeKeySetVerifierStore store_{database_};
  KeySetRoster roster_{store_, "one", kLease};
};

// R-305
TEST_F(KeySetRosterTest, ReportsWhoCameAndWhatTheySayTheyHold) {
  roster_.Came("a", "alpha", 0);
  roster_.Came("b", "beta", 3);
  ASSERT_TRUE(roster_.Report(kReportedAt).ok());
  EXPECT_THAT(Stored(), ElementsAre("a alpha@0", "b beta@3"));
  roster_.Holds("a", 4);
  ASSERT_TRUE(roster_.Report(kReportedAt).ok());
  EXPECT_THAT(Stored(), ElementsAre("b beta@3", "a alpha@4"));
}

// R-305: who keeps a key from being activated is to be seen before anybody tries.
TEST_F(KeySetRosterTest, TellsHowManyHoldAKeySet) {
  roster_.Came("a", "alpha", 4);
  roster_.Came("b", "beta", 3);
  roster_.Came("b", "beta", 3);
  roster_.Came("c", "gamma", 5);
  EXPECT_EQ(roster_.StandingAt(4).current, 2);
  EXPECT_EQ(roster_.StandingAt(4).behind, 1);
  roster_.Holds("b", 4);
  EXPECT_EQ(roster_.StandingAt(4).behind, 0);
  roster_.Left("a");
  EXPECT_EQ(roster_.StandingAt(4).current, 2);
  EXPECT_EQ(roster_.StandingAt(5).behind, 1);
}

TEST_F(KeySetRosterTest, WhoStaysIsSeenAgainAndAgainWithinItsLease) {
  roster_.Came("a", "alpha", 1);
  for (int second = 0; second <= 120; ++second) {
    const absl::Time now = kReportedAt + absl::Seconds(second);
    ASSERT_TRUE(roster_.Report(now).ok());
    EXPECT_THAT(Stored(now - kLease), ElementsAre("a alpha@1")) << second;
  }
}

TEST_F(KeySetRosterTest, WhoLeavesIsForgottenAndWhoIsLostIsNot) {
  roster_.Came("a", "alpha", 1);
  roster_.Came("b", "beta", 1);
  ASSERT_TRUE(roster_.Report(kReportedAt).ok());
  roster_.Left("a");
  roster_.Lost("b");
  ASSERT_TRUE(roster_.Report(kReportedAt + absl::Seconds(1)).ok());
  EXPECT_THAT(Stored(), ElementsAre("b beta@1"));
  ASSERT_TRUE(roster_.Report(kReportedAt + kLease + absl::Seconds(1)).ok());
  EXPECT_THAT(Stored(kReportedAt + absl::Seconds(1)), IsEmpty()) << "nobody has seen it since";
}

// A connection that broke is noticed after the verifier has come back over another.
TEST_F(KeySetRosterTest, AnOldStreamThatEndsTakesNothingFromTheNewOne) {
  roster_.Came("a", "alpha", 1);
  roster_.Came("a", "alpha", 2);
  roster_.Left("a");
  ASSERT_TRUE(roster_.Report(kReportedAt).ok());
  EXPECT_THAT(Stored(), ElementsAre("a alpha@2"));
  roster_.Left("a");
  roster_.Came("a", "alpha", 2);
  ASSERT_TRUE(roster_.Report(kReportedAt).ok());
  EXPECT_THAT(Stored(), ElementsAre("a alpha@2"));
}

TEST_F(KeySetRosterTest, WhatCouldNotBeReportedIsReportedByTheNextCall) {
  roster_.Came("a", "alpha", 1);
  roster_.Came("b", "beta", 1);
  ASSERT_TRUE(roster_.Report(kReportedAt).ok());
  roster_.Holds("a", 2);
  roster_.Left("b");
  database_.SetAvailable(false);
  EXPECT_FALSE(roster_.Report(kReportedAt).ok());
  database_.SetAvailable(true);
  ASSERT_TRUE(roster_.Report(kReportedAt).ok());
  EXPECT_THAT(Stored(), ElementsAre("a alpha@2"));
}

TEST_F(KeySetRosterTest, AnAnswerOfSomebodyWhoHasGoneIsPassedOver) {
  roster_.Came("a", "alpha", 1);
  roster_.Lost("a");
  roster_.Holds("a", 2);
  ASSERT_TRUE(roster_.Report(kReportedAt).ok());
  EXPECT_THAT(Stored(), IsEmpty());
}

}  // namespace
}  // namespace signet::domain
