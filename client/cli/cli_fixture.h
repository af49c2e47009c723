#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "client/base/fake_clock.h"
#include "client/cli/cli.h"
#include "client/cli/fake_server.h"
#include "client/cli/test_directory.h"

// For tests alone: `signet` with its input and output in memory.
namespace signet::cli {

struct Ran {
  ExitCode code;
  std::string out;
  std::string err;
};

// What a pipe's writer has already said.
class Descriptor {
 public:
  explicit Descriptor(const std::string& content) {
    EXPECT_EQ(pipe(ends_), 0);
    EXPECT_EQ(write(ends_[1], content.data(), content.size()),
              static_cast<ssize_t>(content.size()));
    close(ends_[1]);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(ends_[0]); }
  std::string number() const { return std::to_string(ends_[0]); }

 private:
  int ends_[2];
};

class CliTest : public testing::Test {
 protected:
  Ran Signet(std::vector<std::string> arguments, const std::string& input = "") const {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const ExitCode code = cli::Run(arguments, environment_, {in, out, err}, clock_);
    return {code, out.str(), err.str()};
  }
  Ran LogIn(std::vector<std::string> more = {}, const std::string& password = "correct horse") {
    const Descriptor descriptor(password + "\n");
    std::vector<std::string> arguments = {"login", "alice@example.com", "--password-fd",
                                          descriptor.number()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Signet(arguments);
  }

  const TestDirectory directory_;
  const Environment environment_ = directory_.environment();
  base::FakeClock clock_{token::At(1000)};
};

class CliWithServerTest : public CliTest {
 protected:
  FakeServer server_{environment_.address};
};

}  // namespace signet::cli
