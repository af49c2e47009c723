#include <gtest/gtest.h>

#include "server/domain/sessions/refresh.h"

namespace signet::domain {
namespace {

const absl::Time kPresentedAt = absl::FromUnixSeconds(1'800'000'000);
const TokenLifetimes kLifetimes{.idle = absl::Hours(2), .replay_window = absl::Seconds(30)};

Presented Token(int32_t generation, const std::string& hash) {
  Presented presented;
  presented.generation = generation;
  presented.secret_hash = hash;
  return presented;
}

// A living lineage at generation 5, whose leaf was made a second ago; the history knows the hash of
// the generation that is presented.
LineageView Living() {
  LineageView view;
  view.generation = 5;
  view.leaf_hash = "leaf";
  view.rotated_at = kPresentedAt - absl::Seconds(1);
  view.expires_at = kPresentedAt + absl::Hours(1);
  view.presented_generation_hash = "genuine";
  return view;
}

RefreshOutcome Classify(const Presented& presented, const LineageView& view) {
  return ClassifyPresented(presented, view, kLifetimes, kPresentedAt);
}

TEST(ClassifyPresentedTest, AnUnknownLineageIsUnknown) {
  EXPECT_EQ(ClassifyPresented(Token(1, "x"), std::nullopt, kLifetimes, kPresentedAt),
            RefreshOutcome::kUnknown);
}

TEST(ClassifyPresentedTest, TheLeafOfALineageThatIsIdleForTooLongIsExpired) {
  LineageView idle = Living();
  idle.expires_at = kPresentedAt + absl::Hours(48);
  idle.rotated_at = kPresentedAt - kLifetimes.idle;
  EXPECT_EQ(Classify(Token(5, "leaf"), idle), RefreshOutcome::kExpired);
}

// repeating the very refresh whose answer was lost.
TEST(ClassifyPresentedTest, TheParentOfAnUnusedLeafWithinTheWindowIsAReplay) {
  LineageView view = Living();
  EXPECT_EQ(Classify(Token(4, "genuine"), view), RefreshOutcome::kReplayed);
  view.rotated_at = kPresentedAt - kLifetimes.replay_window;
  EXPECT_EQ(Classify(Token(4, "genuine"), view), RefreshOutcome::kReplayed);
  view.rotated_at = kPresentedAt + absl::Seconds(2);  // another server's clock is ahead
  EXPECT_EQ(Classify(Token(4, "genuine"), view), RefreshOutcome::kReplayed);
}

// theft.
TEST(ClassifyPresentedTest, TheSameAfterTheWindowIsReuse) {
  LineageView view = Living();
  view.rotated_at = kPresentedAt - kLifetimes.replay_window - absl::Milliseconds(1);
  EXPECT_EQ(Classify(Token(4, "genuine"), view), RefreshOutcome::kReused);
}

// theft.
TEST(ClassifyPresentedTest, ATokenWhoseSuccessorWasUsedIsReuseWithinTheWindowToo) {
  EXPECT_EQ(Classify(Token(3, "genuine"), Living()), RefreshOutcome::kReused);
  EXPECT_EQ(Classify(Token(0, "genuine"), Living()), RefreshOutcome::kReused);
}

// Or whoever learns the ids of a session could end it.
TEST(ClassifyPresentedTest, AMadeUpTokenIsUnknownWhateverItsGeneration) {
  EXPECT_EQ(Classify(Token(3, "made up"), Living()), RefreshOutcome::kUnknown);
  EXPECT_EQ(Classify(Token(4, "made up"), Living()), RefreshOutcome::kUnknown);
  EXPECT_EQ(Classify(Token(5, "made up"), Living()), RefreshOutcome::kUnknown);
  LineageView view = Living();
  view.presented_generation_hash = std::nullopt;
  EXPECT_EQ(Classify(Token(6, "genuine"), view), RefreshOutcome::kUnknown);
  EXPECT_EQ(Classify(Token(3, "genuine"), view), RefreshOutcome::kUnknown);
}

TEST(ClassifyPresentedTest, AnEndedLineageSaysWhetherReuseEndedIt) {
  LineageView view = Living();
  view.end_reason = EndReason::kLogout;
  EXPECT_EQ(Classify(Token(5, "leaf"), view), RefreshOutcome::kRevoked);
  EXPECT_EQ(Classify(Token(4, "genuine"), view), RefreshOutcome::kRevoked);
  view.end_reason = EndReason::kReuse;
  EXPECT_EQ(Classify(Token(5, "leaf"), view), RefreshOutcome::kRevoked);
  EXPECT_EQ(Classify(Token(3, "genuine"), view), RefreshOutcome::kReused);
}

TEST(ClassifyPresentedTest, AnExpiredLineageIsExpiredForLeafAndParent) {
  LineageView view = Living();
  view.expires_at = kPresentedAt;
  EXPECT_EQ(Classify(Token(5, "leaf"), view), RefreshOutcome::kExpired);
  EXPECT_EQ(Classify(Token(4, "genuine"), view), RefreshOutcome::kExpired);
}

TEST(ClassifyPresentedTest, TheLiveLeafThatDidNotRotateBelongsToAnInactiveAccount) {
  EXPECT_EQ(Classify(Token(5, "leaf"), Living()), RefreshOutcome::kRevoked);
}

}  // namespace
}  // namespace signet::domain
