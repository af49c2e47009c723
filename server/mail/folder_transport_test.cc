#include "server/mail/folder_transport.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace signet::mail {
namespace {

TEST(FolderTransport, KeepsEachMailInAFileOfItsOwnThatOnlyTheOwnerReads) {
  const std::string folder = ::testing::TempDir() + "/folder_transport_test";
  std::filesystem::remove_all(folder);
  FolderTransport transport(folder);
  const Letter letter{"20261118-welcome-1", "a@example.com", "b@example.com", "Subject: x\r\n"};
  EXPECT_EQ(transport.Send(letter).outcome, Delivery::Outcome::kTaken);
  EXPECT_EQ(transport.Send(letter).outcome, Delivery::Outcome::kTaken);  // again: the same file
  const std::string path = folder + "/20261118-welcome-1.eml";
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), letter.message);
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder),
                          std::filesystem::directory_iterator()),
            1);
  std::filesystem::remove_all(folder);
}

TEST(FolderTransport, AFolderThatCannotBeWrittenToIsTriedAgain) {
  FolderTransport transport("/proc/nonexistent");
  EXPECT_EQ(transport.Send({"x", "a@b.c", "d@e.f", "m"}).outcome, Delivery::Outcome::kLater);
}

}  // namespace
}  // namespace signet::mail
