#include "client/cli/session_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/base/error.h"
#include "client/cli/test_directory.h"

namespace signet::cli {
namespace {

constexpr char kAddress[] = "127.0.0.1:7420";

SavedSession SomeSession() {
  SavedSession session;
  session.access_token = base::Secret(absl::string_view("access-token-canary"));
  session.refresh_token = base::Secret(absl::string_view("refresh-token-canary"));
  session.access_expires = absl::FromUnixSeconds(1000);
  session.refresh_expires = absl::FromUnixSeconds(2000);
  session.email = "alice@example.com";
  session.user_id = "user";
  session.session_id = "session";
  return session;
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

unsigned int ModeOf(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

// the session outlives the command, and nothing usable outlives the machine's run.
class SessionFileTest : public testing::Test {
 protected:
  const TestDirectory directory_;
  const Environment environment_ = directory_.environment();
  const SessionFile file_{environment_, kAddress};
  const std::string key_path_ = environment_.runtime_dir + "/signet/session.key";
};

TEST_F(SessionFileTest, GivesBackWhatWasSaved) {
  EXPECT_FALSE(file_.Load()->has_value());
  ASSERT_TRUE(file_.Save(SomeSession()).ok());
  const auto session = file_.Load();
  ASSERT_TRUE(session.ok() && session->has_value());
  EXPECT_EQ((*session)->access_token.reveal(), "access-token-canary");
  EXPECT_EQ((*session)->refresh_token.reveal(), "refresh-token-canary");
  EXPECT_EQ((*session)->access_expires, absl::FromUnixSeconds(1000));
  EXPECT_EQ((*session)->refresh_expires, absl::FromUnixSeconds(2000));
  EXPECT_EQ((*session)->email, "alice@example.com");
  EXPECT_EQ((*session)->session_id, "session");
}

TEST_F(SessionFileTest, IsForItsUserAloneAndHoldsNoTokenInTheClear) {
  ASSERT_TRUE(file_.Save(SomeSession()).ok());
  EXPECT_EQ(ModeOf(file_.path()), 0600u);
  EXPECT_EQ(ModeOf(environment_.state_home + "/signet"), 0700u);
  EXPECT_EQ(ModeOf(key_path_), 0600u);
  EXPECT_EQ(ContentOf(file_.path()).find("canary"), std::string::npos);
}

TEST_F(SessionFileTest, LeavesNoTemporaryFileBehind) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(file_.Save(SomeSession()).ok());
  const std::filesystem::directory_iterator files(environment_.state_home + "/signet");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(SessionFileTest, IsUselessWithoutTheKeyOfTheRuntimeDirectory) {
  ASSERT_TRUE(file_.Save(SomeSession()).ok());
  std::filesystem::remove(key_path_);  // what a reboot does
  EXPECT_FALSE(file_.Load()->has_value());
  ASSERT_TRUE(file_.Save(SomeSession()).ok());
  EXPECT_TRUE(file_.Load()->has_value());
}

TEST_F(SessionFileTest, IsIgnoredAfterAnyChange) {
  ASSERT_TRUE(file_.Save(SomeSession()).ok());
  std::string content = ContentOf(file_.path());
  content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
  std::ofstream(file_.path(), std::ios::binary) << content;
  EXPECT_FALSE(file_.Load()->has_value());
}

TEST_F(SessionFileTest, IsNeverTakenForAnotherServers) {
  ASSERT_TRUE(file_.Save(SomeSession()).ok());
  const SessionFile other(environment_, "evil.example.com:443");
  EXPECT_FALSE(other.Load()->has_value());
  std::filesystem::copy_file(file_.path(), other.path());
  EXPECT_FALSE(other.Load()->has_value());
}

TEST_F(SessionFileTest, RefusesLoosePermissionsAndSymbolicLinks) {
  ASSERT_TRUE(file_.Save(SomeSession()).ok());
  chmod(file_.path().c_str(), 0640);
  EXPECT_EQ(base::ErrorReason(file_.Load().status()), "FILE_UNSAFE");
  chmod(file_.path().c_str(), 0600);
  chmod((environment_.state_home + "/signet").c_str(), 0750);
  EXPECT_EQ(base::ErrorReason(file_.Load().status()), "FILE_UNSAFE");
  EXPECT_EQ(base::ErrorReason(file_.Save(SomeSession())), "FILE_UNSAFE");
  chmod((environment_.state_home + "/signet").c_str(), 0700);
  std::filesystem::rename(file_.path(), environment_.state_home + "/elsewhere");
  std::filesystem::create_symlink(environment_.state_home + "/elsewhere", file_.path());
  EXPECT_EQ(base::ErrorReason(file_.Load().status()), "FILE_UNSAFE");
}

TEST_F(SessionFileTest, ForgetsTheSessionAndDoesNotMindDoingSoTwice) {
  ASSERT_TRUE(file_.Save(SomeSession()).ok());
  EXPECT_TRUE(file_.Remove().ok());
  EXPECT_TRUE(file_.Remove().ok());
  EXPECT_FALSE(file_.Load()->has_value());
}

TEST_F(SessionFileTest, RacingFirstSavesAgreeOnOneKey) {
  std::thread other([&] { EXPECT_TRUE(file_.Save(SomeSession()).ok()); });
  EXPECT_TRUE(file_.Save(SomeSession()).ok());
  other.join();
  EXPECT_TRUE(file_.Load()->has_value());
}

}  // namespace
}  // namespace signet::cli
