#include "client/base/processors.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sched.h>

#include "absl/strings/str_cat.h"

namespace signet::base {
namespace {

class ProcessorsTest : public testing::Test {
 protected:
  ~ProcessorsTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  size_t Available() const { return AvailableProcessors(root_ + "/groups", root_ + "/own"); }

  const std::string root_ = absl::StrCat(testing::TempDir(), "/signet-processors-", getpid());
};

// On a thread of its own, which the binding ends with.
size_t BoundToOne() {
  size_t found = 0;
  std::thread([&found] {
    cpu_set_t set;
    CPU_ZERO(&set);
    ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    int first = 0;
    while (!CPU_ISSET(first, &set)) ++first;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    ASSERT_EQ(sched_setaffinity(0, sizeof set, &set), 0);
    found = AvailableProcessors("/nowhere", "/nowhere");
  }).join();
  return found;
}

TEST_F(ProcessorsTest, WhatTheProcessIsBoundToCounts) { EXPECT_EQ(BoundToOne(), 1U); }

TEST_F(ProcessorsTest, WithoutGroupsItIsWhatTheProcessIsBoundTo) {
  cpu_set_t set;
  CPU_ZERO(&set);
  ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  EXPECT_EQ(Available(), static_cast<size_t>(CPU_COUNT(&set)));
  Write("/own", "0::/\n");
  Write("/groups/cpu.max", "max 100000\n");
  EXPECT_EQ(Available(), static_cast<size_t>(CPU_COUNT(&set)));
  Write("/groups/cpu.max", "6400000 100000\n");
  EXPECT_EQ(Available(), static_cast<size_t>(CPU_COUNT(&set)));
}

TEST_F(ProcessorsTest, AQuotaOfTheOwnGroupOrOfOneAboveCounts) {
  Write("/own", "1:name=systemd:/a\n0::/a/b\n");
  Write("/groups/a/b/cpu.max", "max 100000\n");
  Write("/groups/a/cpu.max", "50000 100000\n");
  EXPECT_EQ(Available(), 1U);
  Write("/own", "0::/\n");
  Write("/groups/cpu.max", "100000 100000\n");
  EXPECT_EQ(Available(), 1U);
}

TEST_F(ProcessorsTest, WhatCannotBeReadLimitsNothing) {
  const size_t bound = AvailableProcessors("/nowhere", "/nowhere");
  Write("/own", "nonsense\n");
  for (const char* text : {"", "0 100000\n", "-1 100000\n", "1 0\n", "many\n"}) {
    Write("/groups/cpu.max", text);
    EXPECT_EQ(Available(), bound) << text;
  }
}

}  // namespace
}  // namespace signet::base
