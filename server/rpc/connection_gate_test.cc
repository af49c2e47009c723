#include "server/rpc/connection_gate.h"

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/mutex.h"

namespace signet::rpc {
namespace {

using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

// Takes connections as gRPC would, and ends them when it is told to.
class Taken {
 public:
  ~Taken() { CloseAll(); }
  void Take(int descriptor) {
    base::MutexLock lock(mutex_);
    open_.push_back(descriptor);
  }
  size_t count() {
    base::MutexLock lock(mutex_);
    return open_.size();
  }
  void CloseAll() {
    base::MutexLock lock(mutex_);
    for (const int descriptor : open_) close(descriptor);
    open_.clear();
  }

 private:
  base::Mutex mutex_;
  std::vector<int> open_ ABSL_GUARDED_BY(mutex_);
};

class TakingAcceptor final : public Acceptor {
 public:
  explicit TakingAcceptor(Taken& taken) : taken_(taken) {}
  void HandleNewConnection(NewConnectionParameters* p) override { taken_.Take(p->fd); }

 private:
  Taken& taken_;
};

// One connection of a caller.
class Caller {
 public:
  explicit Caller(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  explicit Caller(const std::string& path)
      : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    connected_ =
        connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Caller() { close(socket_); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  bool connected() const { return connected_; }
  // The other end hung up; waits for it.
  bool Refused() const {
    pollfd waiting{socket_, POLLIN, 0};
    char byte = 0;
    return poll(&waiting, 1, 10'000) == 1 && read(socket_, &byte, 1) <= 0;
  }

 private:
  const int socket_;
  bool connected_ = false;
};

template <typename Condition>
bool Eventually(const Condition& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

class ConnectionGateTest : public testing::Test {
 protected:
  absl::StatusOr<int> Listen(const std::string& address) {
    return gate_.Listen(address, absl::Seconds(20), std::make_unique<TakingAcceptor>(taken_));
  }

  Taken taken_;
  observe::ConnectionMetrics metrics_;
  ConnectionGate gate_{2, metrics_};
};

TEST_F(ConnectionGateTest, WhatIsBeyondTheLimitIsClosedUntilThereIsRoomAgain) {
  const auto port = Listen("127.0.0.1:0");
  ASSERT_TRUE(port.ok());
  gate_.Start();
  const Caller first(*port);
  const Caller second(*port);
  ASSERT_TRUE(Eventually([&] { return taken_.count() == 2; }));
  const Caller third(*port);
  EXPECT_TRUE(third.Refused());
  EXPECT_EQ(taken_.count(), 2u);
  EXPECT_EQ(metrics_.refused, 1u);
  EXPECT_EQ(metrics_.open, 2);

  taken_.CloseAll();
  EXPECT_TRUE(Eventually([&] {
    const Caller again(*port);
    return taken_.count() > 0;
  }));
}

// Each descriptor of an ended connection is used again by the next one.
TEST_F(ConnectionGateTest, ConnectionsThatEndedDoNotCount) {
  const auto port = Listen("127.0.0.1:0");
  ASSERT_TRUE(port.ok());
  gate_.Start();
  for (int i = 0; i < 20; ++i) {
    const Caller caller(*port);
    if (Eventually([&] { return taken_.count() == 1 || metrics_.refused > 0; })) taken_.CloseAll();
    metrics_.refused = 0;
  }
  EXPECT_TRUE(Eventually([&] { return metrics_.open == 0; })) << "counted each second";
}

TEST_F(ConnectionGateTest, AllPortsShareTheLimitAndStopClosesThem) {
  const std::string path = absl::StrCat(testing::TempDir(), "/signet-gate-", getpid(), ".sock");
  const auto port = Listen("localhost:0");
  ASSERT_TRUE(port.ok()) << port.status();
  ASSERT_EQ(*Listen("unix:" + path), 0);
  gate_.Start();
  const Caller first(*port);
  const Caller second(path);
  ASSERT_TRUE(Eventually([&] { return taken_.count() == 2; }));
  EXPECT_TRUE(Caller(path).Refused());
  gate_.Stop();
  EXPECT_FALSE(Caller(*port).connected());
  EXPECT_FALSE(Caller(path).connected());
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  EXPECT_EQ(taken_.count(), 2u) << "connections stay";
}

// Attack, or a slip: a second server on the path would silently take the first one's callers.
TEST_F(ConnectionGateTest, ALivingSocketIsNotTakenAndAnEndedOnesIs) {
  const std::string path = absl::StrCat(testing::TempDir(), "/signet-gate-", getpid(), ".sock");
  const std::string address = "unix:" + path;
  ASSERT_TRUE(Listen(address).ok());
  const auto refused = Listen(address);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(refused.status().message().find("in use"), std::string::npos) << refused.status();
  gate_.Start();
  ASSERT_TRUE(Caller(path).connected());
  gate_.Stop();

  sockaddr_un left{};
  left.sun_family = AF_UNIX;
  path.copy(left.sun_path, sizeof(left.sun_path) - 1);
  const int ended = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(ended, reinterpret_cast<const sockaddr*>(&left), sizeof(left)), 0);
  ASSERT_EQ(listen(ended, 1), 0);
  close(ended);  // as a process that was killed: the path stays
  ASSERT_EQ(access(path.c_str(), F_OK), 0);
  EXPECT_TRUE(Listen(address).ok());
}

TEST_F(ConnectionGateTest, AFileIsNeverTakenForASocket) {
  const std::string path = absl::StrCat(testing::TempDir(), "/signet-gate-", getpid(), ".txt");
  std::ofstream(path) << "kept";
  EXPECT_EQ(Listen("unix:" + path).status().code(), absl::StatusCode::kUnavailable);
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "kept");
  unlink(path.c_str());
}

TEST_F(ConnectionGateTest, AnAddressThatCannotBeBoundIsNamed) {
  const auto port = Listen("127.0.0.1:0");
  ASSERT_TRUE(port.ok());
  for (const std::string& address :
       {absl::StrCat("127.0.0.1:", *port), std::string("no-port"), std::string("unix:"),
        std::string("192.0.2.1:0"), "unix:/" + std::string(200, 'x')}) {
    const auto refused = Listen(address);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable) << address;
    EXPECT_NE(refused.status().message().find(address), std::string::npos);
  }
}

TEST_F(ConnectionGateTest, BothFamiliesReachAWildcard) {
  const auto port = Listen("[::]:0");
  if (!port.ok()) GTEST_SKIP() << "no IPv6 here";
  gate_.Start();
  const Caller by_ipv4(*port);
  EXPECT_TRUE(Eventually([&] { return taken_.count() == 1; }));
}

}  // namespace
}  // namespace signet::rpc
