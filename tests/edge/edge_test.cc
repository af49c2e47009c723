// What strangers can do to gRPC 1.51, at the edge that is shipped and at the bare port.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/edge/attacker.h"
#include "tests/harness/client.h"
#include "tests/harness/eventually.h"
#include "tests/harness/program.h"
#include "tests/harness/server_process.h"
#include "tests/harness/test_database.h"

namespace signet::tests {
namespace {

constexpr char kPassword[] = "vellum-oxbow-quarry-41";
constexpr int64_t kMebibyte = 1 << 20;
constexpr int kConnections = 2000;
constexpr int kMoreThanItsShare = 300;  // limit_conn has 256
constexpr uint64_t kHeaderBytes = 256 * kMebibyte;

int64_t ResidentBytes(pid_t process) {
  std::ifstream status(absl::StrCat("/proc/", process, "/status"));
  for (std::string line; std::getline(status, line);) {
    int64_t kibibytes = 0;
    if (!absl::StartsWith(line, "VmRSS:")) continue;
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    EXPECT_TRUE(absl::SimpleAtoi(words.at(words.size() - 2), &kibibytes));
    return kibibytes * 1024;
  }
  ADD_FAILURE() << "process " << process << " has gone";
  return 0;
}

// The file that is shipped, at other ports, without TLS, which changes nothing of HTTP/2 behind it,
// and with a second server, which does not run.
std::string ShippedConfiguration(int edge_port, const std::string& grpc_address) {
  std::ifstream file(SIGNET_SOURCE_DIR "/deploy/edge/nginx.conf");
  std::stringstream text;
  text << file.rdbuf();
  std::string adapted;
  for (const absl::string_view line : absl::StrSplit(text.str(), '\n')) {
    if (absl::StrContains(line, "ssl_")) continue;
    absl::StrAppend(&adapted, line, "\n");
  }
  const int changes = absl::StrReplaceAll(
      {{"127.0.0.1:8443 ssl http2", absl::StrCat("127.0.0.1:", edge_port, " http2")},
       {"include signet-edge.conf;", "include " SIGNET_SOURCE_DIR "/deploy/edge/signet-edge.conf;"},
       {"server 127.0.0.1:7420;",
        absl::StrCat("server 127.0.0.1:", FreePort(), ";\n    server ", grpc_address, ";")}},
      &adapted);
  EXPECT_EQ(changes, 3);
  return adapted;
}

class EdgeTest : public testing::Test {
 protected:
  EdgeTest() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    server_.Start();
    EXPECT_TRUE(bare_.Register("ada@example.com", kPassword).ok());
    const auto login = bare_.Login("ada@example.com", kPassword);
    EXPECT_TRUE(login.ok()) << login.status.error_message();
    token_ = login.message.tokens().access_token();
    StartEdge();
  }

  // Writes the configuration, with our own address as `line` has it: "127.0.0.1/32 denied;".
  std::string Configure(const std::string& line = "") const {
    std::string shipped = ShippedConfiguration(edge_port_, server_.grpc_address());
    if (!line.empty()) {
      EXPECT_EQ(absl::StrReplaceAll({{"default counted;", "default counted;\n" + line}}, &shipped),
                1);
    }
    return scratch_.Write(
        "nginx.conf", absl::StrCat("daemon off;\n", processes_, "pid ", scratch_.File("nginx.pid"),
                                   ";\nerror_log stderr;\nworker_rlimit_nofile 4096;\n"
                                   "events { worker_connections ",
                                   worker_connections_,
                                   "; }\n"
                                   "http {\naccess_log off;\n",
                                   shipped, "}\n"));
  }
  // As `nginx -s reload` does, to a process that looks after workers.
  void Reload(const std::string& line) const {
    Configure(line);
    edge_->Signal(SIGHUP);
  }
  void StartEdgeThatReloads(int worker_connections = 1024) {
    edge_.reset();
    worker_connections_ = worker_connections;
    processes_ = "user root;\nworker_processes 1;\n";
    StartEdge();
  }

  void StartEdge() {
    Command command;
    command.arguments = {"/usr/sbin/nginx", "-p", scratch_.path(), "-e",
                         "stderr",          "-c", Configure()};
    edge_ = std::make_unique<BackgroundProgram>(command, scratch_.File("nginx.log"));
    EXPECT_TRUE(Eventually(absl::Seconds(10), [&] { return Answers(edge_port_); }))
        << edge_->output();
  }

  // A new connection of somebody else's is answered within five seconds.
  bool Answers(int port) const {
    Client client(absl::StrCat("127.0.0.1:", port), absl::Seconds(5));
    const auto reply = client.Validate(token_);
    return reply.ok() && reply.message.active();
  }

  struct Outcome {
    int asked = 0;
    int answered = 0;    // within five seconds
    int64_t memory = 0;  // the most that the server or the edge took more
  };
  // What callers meet who come to `port` with new connections while `attack` goes on.
  Outcome Under(int port, const std::function<void()>& attack) const {
    const int64_t server = ResidentBytes(server_.pid());
    const int64_t edge = ResidentBytes(edge_->pid());
    std::atomic<bool> over{false};
    std::thread attacker([&] {
      attack();
      over = true;
    });
    Outcome outcome;
    do {
      ++outcome.asked;
      outcome.answered += Answers(port) ? 1 : 0;
      outcome.memory = std::max({outcome.memory, ResidentBytes(server_.pid()) - server,
                                 ResidentBytes(edge_->pid()) - edge});
    } while (!over);
    attacker.join();
    std::printf("[ MEASURED ] %d of %d new connections answered within 5 s; %lld KiB more memory\n",
                outcome.answered, outcome.asked, static_cast<long long>(outcome.memory / 1024));
    return outcome;
  }

  // At the edge, everybody is served meanwhile.
  void Holds(const std::function<void()>& attack) const {
    const Outcome outcome = Under(edge_port_, attack);
    EXPECT_EQ(outcome.answered, outcome.asked);
    EXPECT_LT(outcome.memory, 64 * kMebibyte);
    EXPECT_TRUE(Answers(edge_port_)) << "when it is over";
  }
  // At the bare port, everybody is served again afterwards.
  void Survives(const std::function<void()>& attack) const {
    Under(server_.grpc_port(), attack);
    EXPECT_TRUE(Eventually(absl::Seconds(30), [&] { return Answers(server_.grpc_port()); }));
  }

  static void OpenManyConnections(int port) {
    for (int round = 0; round < 3; ++round) OpenConnections(port, kConnections);
  }
  // Returns how many bytes were taken of the one that was let go on longest.
  static uint64_t SendHeadersWithoutEnd(int port, int connections) {
    uint64_t most = 0;
    for (int i = 0; i < connections; ++i) {
      Attacker attacker(port);
      attacker.Greet();
      most = std::max(most, attacker.SendHeadersWithoutEnd(kHeaderBytes, absl::Seconds(5)));
    }
    return most;
  }
  static void OpenAndResetStreams(int port, int connections) {
    for (int i = 0; i < connections; ++i) {
      Attacker attacker(port);
      attacker.Greet();
      attacker.OpenAndReset(20'000, absl::Seconds(5));
    }
  }

  // How many of so many streams, open at the same time, are answered; and with what the first that
  // is not ends.
  int ValidationsAtOnce(int streams, grpc::Status* refused = nullptr) const {
    struct Open {
      grpc::ClientContext context;
      std::unique_ptr<
          grpc::ClientReaderWriter<v1::ValidateStreamRequest, v1::ValidateStreamResponse>>
          stream;
    };
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<std::unique_ptr<Open>> all;
    int answered = 0;
    for (int i = 0; i < streams; ++i) {
      // As many as one connection may have.
      if (i % 100 == 0) {
        clients.push_back(std::make_unique<Client>(absl::StrCat("127.0.0.1:", edge_port_)));
      }
      auto open = std::make_unique<Open>();
      open->stream = clients.back()->tokens().ValidateStream(&open->context);
      v1::ValidateStreamRequest request;
      request.set_id("one");
      request.mutable_request()->set_token(token_);
      request.mutable_request()->set_audience("signet");
      v1::ValidateStreamResponse response;
      if (open->stream->Write(request) && open->stream->Read(&response)) {
        ++answered;
        all.push_back(std::move(open));
      } else if (refused != nullptr) {
        *refused = open->stream->Finish();
        break;
      }
    }
    for (const auto& open : all) open->context.TryCancel();
    return answered;
  }

  // The command of the page that begins so.
  static std::string LineOfRunbook(const std::string& beginning) {
    std::ifstream page(SIGNET_SOURCE_DIR "/docs/runbooks/edge-overload.md");
    for (std::string line; std::getline(page, line);) {
      if (absl::StartsWith(line, beginning)) return line;
    }
    ADD_FAILURE() << "no line begins with " << beginning;
    return "";
  }

  TestDatabase database_;
  ServerProcess server_{
      database_, {{"limits.connections", "500"}, {"listen.trusted_proxies", "127.0.0.1/32"}}};
  Client bare_{server_.grpc_address()};
  ScratchDirectory scratch_;
  const int edge_port_ = FreePort();
  std::string processes_ = "master_process off;\n";  // whose memory is that of all
  int worker_connections_ = 1024;
  std::unique_ptr<BackgroundProgram> edge_;
  std::string token_;
};

TEST_F(EdgeTest, HoldsAgainstConnectionsWithoutNumber) {
  Holds([&] { OpenManyConnections(edge_port_); });
}

TEST_F(EdgeTest, HoldsAgainstHeadersWithoutEnd) {
  Holds([&] {
    // Closed at once: no more is taken than what the kernel's buffers hold.
    EXPECT_LT(SendHeadersWithoutEnd(edge_port_, 200), 16 * kMebibyte);
  });
}

TEST_F(EdgeTest, HoldsAgainstStreamsThatAreReset) {
  Holds([&] { OpenAndResetStreams(edge_port_, 200); });
}

TEST_F(EdgeTest, HandsOnCallsAndStreamsAndSaysWhereTheyComeFrom) {
  Client client(absl::StrCat("127.0.0.1:", edge_port_));
  grpc::ClientContext made_up;
  made_up.AddMetadata("x-forwarded-for", "203.0.113.9");
  v1::LoginRequest login;
  login.set_email("ada@example.com");
  login.set_password(kPassword);
  v1::LoginResponse tokens;
  EXPECT_TRUE(client.auth().Login(&made_up, login, &tokens).ok());
  EXPECT_EQ(Sql(database_, "SELECT DISTINCT address FROM signet.sessions"), "127.0.0.1\n");

  grpc::ClientContext context;
  const auto stream = client.tokens().ValidateStream(&context);
  for (const char* id : {"one", "two"}) {
    v1::ValidateStreamRequest request;
    request.set_id(id);
    request.mutable_request()->set_token(token_);
    request.mutable_request()->set_audience("signet");
    v1::ValidateStreamResponse response;
    ASSERT_TRUE(stream->Write(request) && stream->Read(&response))
        << stream->Finish().error_message() << edge_->output();
    EXPECT_EQ(response.id(), id);
    EXPECT_TRUE(response.response().active());
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());

  server_.Kill();
  EXPECT_EQ(client.Validate(token_).status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

// docs/runbooks/edge-overload.md, from who it is to the reload that shuts him out.
TEST_F(EdgeTest, AnAddressThatAsksForTooMuchIsNamedAndShutOut) {
  StartEdgeThatReloads();
  grpc::Status status;
  EXPECT_LT(ValidationsAtOnce(kMoreThanItsShare, &status), kMoreThanItsShare);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  std::string who = LineOfRunbook("grep -oE 'limiting");
  EXPECT_EQ(absl::StrReplaceAll({{"/var/log/nginx/error.log", scratch_.File("nginx.log")}}, &who),
            1);
  const ProgramResult named = RunProgram({.arguments = {"/bin/sh", "-c", who}});
  EXPECT_THAT(named.out, testing::MatchesRegex(" *[0-9]+ 127\\.0\\.0\\.1\n"));

  Reload("127.0.0.1/32 denied;");
  EXPECT_TRUE(
      Eventually(absl::Seconds(10),
                 [&] {
                   status = Client(absl::StrCat("127.0.0.1:", edge_port_)).Validate(token_).status;
                   return status.error_code() == grpc::StatusCode::PERMISSION_DENIED;
                 }))
      << status.error_message() << edge_->output();
  EXPECT_EQ(status.error_message(), "this address is shut out");

  Reload("203.0.113.7/32 denied;");
  EXPECT_TRUE(Eventually(absl::Seconds(10), [&] { return Answers(edge_port_); }));
}

TEST_F(EdgeTest, AGatewayThatIsTrustedIsNotBoundedByItsAddress) {
  StartEdgeThatReloads();
  Reload("127.0.0.1/32 trusted;");
  EXPECT_TRUE(Eventually(absl::Seconds(10), [&] {
    return ValidationsAtOnce(kMoreThanItsShare) == kMoreThanItsShare;
  }));
}

TEST_F(EdgeTest, WithNoConnectionLeftForTheWayToAServerCallersAreToldToTryAgain) {
  StartEdgeThatReloads(128);  // and so fewer than one address may have under way
  grpc::Status status;
  EXPECT_LT(ValidationsAtOnce(kMoreThanItsShare, &status), 128);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "the service cannot be reached");
  EXPECT_THAT(edge_->output(), testing::HasSubstr("worker_connections are not enough"));
}

// What the edge is for: gRPC 1.51 leaves callers waiting and takes the memory.
TEST_F(EdgeTest, TheBarePortIsThereAgainAfterHeadersWithoutEnd) {
  Survives([&] { SendHeadersWithoutEnd(server_.grpc_port(), 2); });
}

TEST_F(EdgeTest, TheBarePortIsThereAgainAfterStreamsThatAreReset) {
  Survives([&] { OpenAndResetStreams(server_.grpc_port(), 20); });
}

// The port's own acceptor: at the limit it closes what comes, and afterwards it is as before.
TEST_F(EdgeTest, TheBarePortSurvivesConnectionsWithoutNumber) {
  {
    const std::vector<Attacker> open = OpenConnections(server_.grpc_port(), kConnections);
    EXPECT_TRUE(bare_.Validate(token_).ok()) << "who was connected before stays so";
  }
  EXPECT_TRUE(Eventually(absl::Seconds(5), [&] { return Answers(server_.grpc_port()); }));
}

}  // namespace
}  // namespace signet::tests
