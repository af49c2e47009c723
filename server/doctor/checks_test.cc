// What needs no database; the rest is in tests/process/doctor_test.cc, over a real one.

#include "server/doctor/checks.h"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::doctor {
namespace {

using ::testing::HasSubstr;

class ProgramThatSays {
 public:
  explicit ProgramThatSays(const std::string& text, int exit_code = 0)
      : path_(testing::TempDir() + "/pgbackrest-" +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::ofstream(path_) << "#!/bin/sh\ncat <<'TEXT'\n"
                         << text << "\nTEXT\nexit " << exit_code << "\n";
    chmod(path_.c_str(), 0700);
  }
  ~ProgramThatSays() { std::filesystem::remove(path_); }
  ProgramThatSays(const ProgramThatSays&) = delete;
  ProgramThatSays& operator=(const ProgramThatSays&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

std::string InfoOf(absl::Duration full_age, absl::Duration diff_age) {
  const auto stop = [](absl::Duration age) { return absl::ToUnixSeconds(absl::Now() - age); };
  return absl::StrCat(R"([{"backup":[{"type":"full","timestamp":{"start":1,"stop":)",
                      stop(full_age), R"(}},{"type":"diff","timestamp":{"start":1,"stop":)",
                      stop(diff_age),
                      R"(}}],"name":"signet","status":{"code":0,"message":"ok"}}])");
}

Finding Backups(const std::string& program) {
  static const base::SystemClock clock;
  Deployment deployment;
  deployment.clock = &clock;
  deployment.pgbackrest = program;
  return CheckBackups(deployment);
}

TEST(Backups, AreAsOldAsTheirNewest) {
  const ProgramThatSays fresh(InfoOf(absl::Hours(100), absl::Hours(3)));
  const Finding found = Backups(fresh.path());
  EXPECT_EQ(found.verdict, Verdict::kOk) << found.seen;
  EXPECT_THAT(found.seen, HasSubstr("the last backup is 3 h old"));
}

TEST(Backups, AWarningAfterADayAndAHalf) {
  const ProgramThatSays old(InfoOf(absl::Hours(100), absl::Hours(40)));
  EXPECT_EQ(Backups(old.path()).verdict, Verdict::kWarn);
}

TEST(Backups, AFailureWithoutAFullOneForEightDays) {
  const ProgramThatSays old(InfoOf(absl::Hours(200), absl::Hours(3)));
  EXPECT_EQ(Backups(old.path()).verdict, Verdict::kFail);
}

TEST(Backups, NoneIsAFailureAndNoProgramIsNone) {
  const ProgramThatSays none(
      R"([{"backup":[],"name":"signet","status":{"code":2,"message":"no valid backups"}}])");
  const Finding found = Backups(none.path());
  EXPECT_EQ(found.verdict, Verdict::kFail);
  EXPECT_THAT(found.seen, HasSubstr("no valid backups"));
  EXPECT_EQ(Backups("/nowhere/pgbackrest").verdict, Verdict::kSkipped);
  const ProgramThatSays refuses("", 1);
  EXPECT_EQ(Backups(refuses.path()).verdict, Verdict::kSkipped);
}

TEST(Backups, AnAnswerOfAnotherFormIsAFailure) {
  const ProgramThatSays strange("not JSON");
  EXPECT_EQ(Backups(strange.path()).verdict, Verdict::kFail);
}

TEST(Edge, OthersReachThePortAndNoProxyIsNamed) {
  Deployment deployment;
  deployment.grpc = {.host = "0.0.0.0", .port = 7420, .loopback = false};
  EXPECT_EQ(CheckEdge(deployment).verdict, Verdict::kWarn);
  deployment.has_trusted_proxies = true;
  EXPECT_EQ(CheckEdge(deployment).verdict, Verdict::kOk);
  deployment.has_trusted_proxies = false;
  deployment.tls_client_ca = "ca.pem";
  EXPECT_EQ(CheckEdge(deployment).verdict, Verdict::kOk);
  deployment.grpc.loopback = true;
  EXPECT_EQ(CheckEdge(deployment).verdict, Verdict::kSkipped);
}

TEST(Files, FewerThanTheLimitsComeTo) {
  Deployment deployment;
  deployment.files_needed = 1;
  EXPECT_EQ(CheckFiles(deployment).verdict, Verdict::kOk);
  deployment.files_needed = int64_t{1} << 50;
  EXPECT_EQ(CheckFiles(deployment).verdict, Verdict::kWarn);
}

TEST(Disk, NoDirectoryForTheFileIsAFailure) {
  Deployment deployment;
  EXPECT_EQ(CheckDisk(deployment).verdict, Verdict::kSkipped);
  deployment.audit_checkpoint_file = "/nowhere/at/all/checkpoints";
  EXPECT_EQ(CheckDisk(deployment).verdict, Verdict::kFail);
}

}  // namespace
}  // namespace signet::doctor
