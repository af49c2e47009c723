#include "server/embedded/private_cluster.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/embedded/socket_directory.h"

namespace signet::embedded {
namespace {

class PrivateClusterTest : public testing::Test {
 protected:
  PrivateClusterTest() {
    std::string pattern = "/tmp/signet-cluster-XXXXXX";
    state_dir_ = mkdtemp(pattern.data());
    chmod(state_dir_.c_str(), 0711);
  }
  ~PrivateClusterTest() override { std::filesystem::remove_all(state_dir_); }

  absl::StatusOr<std::unique_ptr<PrivateCluster>> Start() {
    PrivateCluster::Options options;
    options.state_dir = state_dir_;
    options.settings = {"fsync=off"};
    return PrivateCluster::Start(std::move(options));
  }

  std::string state_dir_;
};

TEST_F(PrivateClusterTest, KeepsItsDatabasesOverStopCrashAndRestart) {
  auto cluster = Start();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_TRUE((*cluster)->CreateDatabase("extra").ok());
  EXPECT_TRUE((*cluster)->CreateDatabase("copy", "extra").ok());
  ASSERT_TRUE((*cluster)->Crash().ok());
  ASSERT_TRUE((*cluster)->Restart().ok());
  EXPECT_TRUE((*cluster)->DropDatabase("extra").ok());
  cluster->reset();
  cluster = Start();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_TRUE((*cluster)->CreateDatabase("again", "copy").ok());
}

TEST_F(PrivateClusterTest, ASecondProcessIsToldThatItIsRunning) {
  const auto first = Start();
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Start();
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(absl::StrContains(second.status().message(), "already runs"));
}

// What is left after `kill -9` of the process that started it.
TEST_F(PrivateClusterTest, ALeftOverServerIsEndedAndItsDataTakenOver) {
  const pid_t parent = fork();
  if (parent == 0) {
    auto lost = Start();
    if (!lost.ok() || !(*lost)->CreateDatabase("kept").ok()) _exit(1);
    kill(getpid(), SIGKILL);
  }
  const auto status = AwaitExit(parent, absl::Seconds(60));
  ASSERT_TRUE(status && WIFSIGNALED(*status));
  const auto cluster = Start();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_TRUE((*cluster)->CreateDatabase("copy", "kept").ok());
}

TEST_F(PrivateClusterTest, OnlyItsUserReachesTheSocket) {
  const auto cluster = Start();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  struct stat found;
  ASSERT_EQ(stat(SocketDirectory(state_dir_).c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
  EXPECT_TRUE(absl::StrContains((*cluster)->ServiceConninfo(), "user=signet_service"));
}

TEST(SocketDirectoryTest, ALongStateDirectoryGetsAShortSocketPath) {
  const std::string path = SocketDirectory("/" + std::string(200, 'x'));
  EXPECT_LT(path.size(), 60u);
  EXPECT_EQ(path, SocketDirectory("/" + std::string(200, 'x')));
  EXPECT_NE(path, SocketDirectory("/" + std::string(201, 'x')));
  EXPECT_EQ(SocketDirectory("/short"), "/short/run");
}

TEST(SocketDirectoryTest, ADirectoryOfOthersIsRefused) {
  std::string pattern = "/tmp/signet-open-XXXXXX";
  const std::string open = mkdtemp(pattern.data());
  chmod(open.c_str(), 0755);
  EXPECT_FALSE(MakePrivateDirectory(open, RunAs{geteuid(), getegid()}).ok());
  std::filesystem::remove_all(open);
}

}  // namespace
}  // namespace signet::embedded
