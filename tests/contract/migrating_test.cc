// the steps of docs/migrating.md, as they stand there, while old clients go on.

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

using Sessions = v1::SessionService::Stub;

// The shell blocks of a page, in their order.
std::vector<std::string> BlocksOf(const std::string& page) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    if (line == "```bash") {
      inside = true;
      blocks.emplace_back();
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      absl::StrAppend(&blocks.back(), line, "\n");
    }
  }
  return blocks;
}

// An old application with its users: keeps what CreateSession gave each, asks with it, and logs in
// where that is refused. Every login and every request has to be served.
class OldTraffic {
 public:
  OldTraffic(const std::string& address, int http_port, std::vector<std::string> people)
      : address_(address), http_port_(http_port), people_(std::move(people)) {
    thread_ = std::thread([this] { Run(); });
  }
  ~OldTraffic() { Stop(); }
  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // Rounds over all of its users, from now on.
  bool AwaitRounds(int rounds) {
    const int until = rounds_ + rounds;
    return tests::Eventually(absl::Seconds(60), [&] { return rounds_ >= until; });
  }
  // Everybody logs in again.
  bool LogEverybodyIn() {
    forget_ = true;
    return tests::Eventually(absl::Seconds(120), [&] { return !forget_; }) && AwaitRounds(1);
  }
  int with_tokens() const { return with_tokens_; }
  int failures() const { return failures_; }
  int requests() const { return requests_; }

 private:
  void Run() {
    ServiceClient client(address_);
    std::map<std::string, std::string> credentials;
    while (!stopping_) {
      const bool forget = forget_;
      if (forget) credentials.clear();
      int with_tokens = 0;
      for (const std::string& email : people_) {
        std::string& credential = credentials[email];
        if (credential.empty()) credential = LogIn(client, email);
        Request(credential);
        if (!absl::StartsWith(credential, "sgs_")) ++with_tokens;
      }
      with_tokens_ = with_tokens;
      if (forget) forget_ = false;
      ++rounds_;
    }
  }
  std::string LogIn(ServiceClient& client, const std::string& email) {
    v1::CreateSessionRequest request;
    request.set_email(email);
    request.set_password(kPassword);
    request.set_accept_tokens(true);
    const auto answer = ServiceClient::Call(client.sessions(), &Sessions::CreateSession, request);
    if (!answer.ok()) Fail("login: " + Describe(answer.status));
    return answer.message.has_tokens() ? answer.message.tokens().access_token()
                                       : answer.message.session().session_token();
  }
  void Request(const std::string& credential) {
    ++requests_;
    const std::string field = absl::StartsWith(credential, "sgs_")
                                  ? "Cookie: session=" + credential
                                  : "Authorization: Bearer " + credential;
    const auto answer = tests::HttpGet(
        http_port_, "/authz", {"X-Forwarded-Method: GET", "X-Forwarded-Uri: /app/", field});
    if (answer.status != 200) Fail(absl::StrCat("a request: ", answer.status));
  }
  void Fail(const std::string& what) {
    ++failures_;
    ADD_FAILURE() << what;
  }

  const std::string address_;
  const int http_port_;
  const std::vector<std::string> people_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> forget_{false};
  std::atomic<int> rounds_{0};
  std::atomic<int> with_tokens_{0};
  std::atomic<int> failures_{0};
  std::atomic<int> requests_{0};
  std::thread thread_;
};

class MigratingTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<tests::ScratchDirectory>();
    scratch_->Write("authz.yaml", "\"/app/\":\n  audience: signet\n");
    StartService({{"authz.rules", scratch_->File("authz.yaml")}, {"sessions.cookie", "session"}});
  }
  static void TearDownTestSuite() {
    ServiceTest::TearDownTestSuite();
    scratch_.reset();
  }

  void Run(const std::string& block) {
    tests::Command command;
    command.arguments = {"/bin/bash", "-c",
                         absl::StrCat("set -euo pipefail\ncd \"$WORK\"\n", block)};
    const std::string signet = tests::SignetPath();
    command.environment = {
        {"PATH", absl::StrCat(signet.substr(0, signet.rfind('/')), ":/usr/bin:/bin")},
        {"SIGNET_ADDRESS", server().grpc_address()},
        {"SIGNET_HTTP", absl::StrCat("127.0.0.1:", server().http_port())},
        {"ADMINISTRATOR", kAdminEmail},
        {"PASSWORD_FILE", scratch_->Write("admin.password", std::string(kPassword) + "\n")},
        {"WORK", scratch_->path()},
        {"XDG_STATE_HOME", scratch_->File("state")},
        {"XDG_RUNTIME_DIR", scratch_->File("runtime")}};
    const auto ran = tests::RunProgram(command);
    EXPECT_EQ(ran.exit_code, 0) << block << ran.out << ran.err;
  }
  static int Share(const std::string& mode) {
    return static_cast<int>(tests::Metric(
        server().http_port(), absl::StrCat("signet_session_policy_share{mode=\"", mode, "\"}")));
  }

  static inline std::unique_ptr<tests::ScratchDirectory> scratch_;
};

// from nobody to a fifth to everybody, and back, and no request fails.
TEST_F(MigratingTest, TheStepsMoveUsersWhileOldTrafficFlows) {
  const auto blocks =
      BlocksOf(tests::ReadFile(absl::StrCat(SIGNET_SOURCE_DIR, "/docs/migrating.md")));
  ASSERT_GE(blocks.size(), 9u);
  (void)AdminToken();  // the first administrator is there
  std::vector<std::string> people;
  constexpr int kPeople = 20;
  for (int i = 0; i < kPeople; ++i) people.push_back(NewPerson());
  OldTraffic traffic(server().grpc_address(), server().http_port(), people);
  ASSERT_TRUE(traffic.AwaitRounds(1));
  EXPECT_EQ(traffic.with_tokens(), 0);

  int at_a_fifth = -1;
  bool moved = false;
  for (const std::string& block : blocks) {
    if (absl::StrContains(block, "--mode off")) {
      traffic.Stop();  // who is still there by then is refused, as announced
      EXPECT_EQ(traffic.failures(), 0) << "of " << traffic.requests();
    }
    Run(block);
    if (absl::StrContains(block, "--mode off")) continue;
    ASSERT_TRUE(traffic.AwaitRounds(1)) << block;
    if (!absl::StrContains(block, "session-policy set")) continue;
    ASSERT_TRUE(traffic.LogEverybodyIn()) << block;
    if (Share("read_only") == 20) {
      at_a_fifth = traffic.with_tokens();
      EXPECT_LT(at_a_fifth, kPeople);
    } else if (Share("read_only") == 100) {
      EXPECT_EQ(traffic.with_tokens(), kPeople);
      moved = true;
    } else {
      EXPECT_EQ(Share("on"), 100);
      EXPECT_EQ(traffic.with_tokens(), 0) << "back to where it was";
    }
  }
  EXPECT_GE(at_a_fifth, 0);
  EXPECT_TRUE(moved);
  EXPECT_EQ(Share("off"), 100);
  EXPECT_GT(traffic.requests(), kPeople);
}

}  // namespace
}  // namespace signet::contract
