#include "server/audit/checkpoint_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace signet::audit {
namespace {

TEST(CheckpointFile, AppendsWholeNotesAndKeepsWhatIsThere) {
  const std::string path = testing::TempDir() + "/checkpoints";
  std::filesystem::remove(path);
  ASSERT_TRUE((*CheckpointFile::Open(path))->Append("log\n1\n").ok());
  ASSERT_TRUE((*CheckpointFile::Open(path))->Append("log\n2\n").ok());
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "log\n1\n\nlog\n2\n\n");
}

TEST(CheckpointFile, SaysWhichPathCannotBeOpened) {
  const auto file = CheckpointFile::Open("/nowhere/at/all");
  EXPECT_EQ(file.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(file.status().message().find("/nowhere/at/all"), absl::string_view::npos);
}

}  // namespace
}  // namespace signet::audit
