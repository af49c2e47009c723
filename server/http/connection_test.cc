#include "server/http/connection.h"

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <sys/ioctl.h>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/http/http_fixture.h"

namespace signet::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::StartsWith;

int Unread(int socket) {
  int bytes = 0;
  ioctl(socket, FIONREAD, &bytes);
  return bytes;
}

// One connection, whose threads the test is itself.
class ConnectionTest : public HttpServerTest {
 protected:
  void Begin(absl::Duration patience) {
    Tcp::acceptor acceptor(context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    client_ = Connect(acceptor.local_endpoint().port());
    Tcp::socket socket(asio::make_strand(context_));
    acceptor.accept(socket);
    strand_ = socket.get_executor();
    server_end_ = socket.native_handle();
    connection_ = std::make_shared<Connection>(
        std::move(socket), "127.0.0.1", nullptr, site_,
        Connection::Limits{.request = patience, .idle = absl::Hours(1)}, waits_since_,
        [this] { ended_ = true; });
    connection_->Start();
    context_.poll();
  }
  void RunUntilItEnds() {
    const absl::Time limit = absl::Now() + absl::Seconds(20);
    connection_.reset();
    while (!ended_ && absl::Now() < limit) context_.run_one_for(std::chrono::milliseconds(20));
  }
  ~ConnectionTest() override { close(client_); }

  Site site_{Site::Options(), {Livez()}, {clock_, logger_, metrics_}};
  std::atomic<int64_t> waits_since_{Connection::kBusy};
  bool ended_ = false;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::any_io_executor strand_;
  std::shared_ptr<Connection> connection_;
  int client_ = -1;
  int server_end_ = -1;
};

// What has come waits for the strand behind the deadline: there is nothing left to cancel then, and
// the rest of the step would wait for ever.
TEST_F(ConnectionTest, ADeadlineThatOvertakesWhatHasComeIsNotLost) {
  constexpr absl::Duration kPatience = absl::Milliseconds(200);
  Begin(kPatience);
  Send(client_, "GET /li");
  while (Unread(server_end_) > 0) context_.run_one();
  context_.poll();
  std::latch entered(1);
  std::latch leave(1);
  asio::post(strand_, [&] {
    entered.count_down();
    leave.wait();
  });
  std::thread holder([&] { context_.run_one(); });
  entered.wait();
  context_.run_for(absl::ToChronoMilliseconds(2 * kPatience));  // the deadline gets in line
  Send(client_, "vez");
  while (Unread(server_end_) > 0) context_.run_one();  // and that behind it
  leave.count_down();
  holder.join();
  RunUntilItEnds();
  ASSERT_TRUE(ended_);
  EXPECT_THAT(ReadAll(client_), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ConnectionTest, GivenUpItEndsAtOnceWhereItWaitsForItsClient) {
  Begin(absl::Hours(1));
  EXPECT_NE(waits_since_, Connection::kBusy);
  Send(client_, "GET /livez HTTP/1.1\r\n");
  context_.poll();
  EXPECT_NE(waits_since_, Connection::kBusy);
  connection_->GiveUp();
  RunUntilItEnds();
  ASSERT_TRUE(ended_);
  EXPECT_EQ(waits_since_, Connection::kBusy);
}

}  // namespace
}  // namespace signet::http
