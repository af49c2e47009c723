#include "server/doctor/examine.h"

#include <atomic>
#include <stdexcept>

#include "absl/time/clock.h"
#include "client/base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::doctor {
namespace {

using ::testing::HasSubstr;

Finding Fine() {
  Notes notes;
  notes.Ok("fine");
  return notes.Conclude();
}

Check Named(const std::string& name, std::function<Finding(const Deployment&)> look) {
  return {name, std::move(look)};
}

// Held until the test ends, and never taken down: threads of checks that hang outlive Examine().
struct Gate {
  base::Mutex mutex;
  base::CondVar opened;
  bool open ABSL_GUARDED_BY(mutex) = false;

  void Wait() {
    base::MutexLock lock(mutex);
    while (!open) opened.Wait(mutex);
  }
  void Open() {
    base::MutexLock lock(mutex);
    open = true;
    opened.NotifyAll();
  }
};

std::shared_ptr<const Deployment> Nothing() { return std::make_shared<const Deployment>(); }

TEST(Examine, FindingsComeInTheOrderOfTheChecksWithTheirNames) {
  const auto findings =
      Examine(Nothing(), {Named("a", [](const Deployment&) { return Fine(); }),
                          Named("b", [](const Deployment&) { return Skipped("no"); })});
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].check, "a");
  EXPECT_EQ(findings[0].verdict, Verdict::kOk);
  EXPECT_EQ(findings[1].check, "b");
  EXPECT_EQ(findings[1].verdict, Verdict::kSkipped);
}

// a check that never answers neither holds the report up nor hides the one after it.
TEST(Examine, OneThatHangsIsAFailureOfItsOwn) {
  const auto gate = std::make_shared<Gate>();
  const Bounds bounds{.each = absl::Seconds(1), .all = absl::Seconds(60), .at_once = 1};
  const auto findings = Examine(Nothing(),
                                {Named("hangs",
                                       [gate](const Deployment&) {
                                         gate->Wait();
                                         return Fine();
                                       }),
                                 Named("next", [](const Deployment&) { return Fine(); })},
                                bounds);
  EXPECT_EQ(findings[0].verdict, Verdict::kFail);
  EXPECT_THAT(findings[0].seen, HasSubstr("no answer within 1s"));
  EXPECT_EQ(findings[1].verdict, Verdict::kOk);
  gate->Open();
}

TEST(Examine, TheWholeIsBoundedToo) {
  const auto gate = std::make_shared<Gate>();
  const auto hang = [gate](const Deployment&) {
    gate->Wait();
    return Fine();
  };
  const Bounds bounds{.each = absl::Seconds(20), .all = absl::Milliseconds(50), .at_once = 1};
  const auto findings = Examine(Nothing(), {Named("a", hang), Named("b", hang)}, bounds);
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.verdict, Verdict::kFail);
    EXPECT_THAT(finding.seen, HasSubstr("not done"));
  }
  gate->Open();
}

TEST(Examine, OneThatThrowsIsAFailureOfItsOwn) {
  const auto findings = Examine(
      Nothing(),
      {Named("breaks", [](const Deployment&) -> Finding { throw std::runtime_error("oh"); }),
       Named("next", [](const Deployment&) { return Fine(); })});
  EXPECT_EQ(findings[0].verdict, Verdict::kFail);
  EXPECT_THAT(findings[0].seen, HasSubstr("the check itself broke: oh"));
  EXPECT_EQ(findings[1].verdict, Verdict::kOk);
}

TEST(Examine, WithoutADatabaseWhatStandsOnItIsSkippedAndFailsWithIt) {
  const Check keys = Named("keys", [](const Deployment&) { return CannotTell("no answer"); });
  const auto database = [](bool there) {
    return Named("database", [there](const Deployment&) {
      Notes notes;
      if (!there) notes.Fail("gone", "start it");
      notes.Ok("asked");
      return notes.Conclude();
    });
  };
  EXPECT_EQ(Examine(Nothing(), {keys, database(false)})[0].verdict, Verdict::kSkipped);
  EXPECT_EQ(Examine(Nothing(), {keys, database(true)})[0].verdict, Verdict::kFail);
}

}  // namespace
}  // namespace signet::doctor
