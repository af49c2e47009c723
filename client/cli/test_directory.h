#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <unistd.h>

#include "client/cli/console.h"

namespace signet::cli {

// A directory of its own for one test, gone with it, and an environment that points into it.
class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = std::filesystem::temp_directory_path() / "signet-cli-XXXXXX";
    path_ = mkdtemp(pattern.data());
    std::filesystem::create_directory(path_ + "/runtime");
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  Environment environment() const {
    return {.address = "unix:" + path_ + "/socket",
            .state_home = path_ + "/state",
            .runtime_dir = path_ + "/runtime",
            .home = path_,
            .user_id = geteuid()};
  }

 private:
  std::string path_;
};

}  // namespace signet::cli
