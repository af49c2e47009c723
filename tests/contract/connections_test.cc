// limits.connections: strangers cannot take every descriptor of the server.

#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

// A connection on which nothing is ever said.
class Silent {
 public:
  explicit Silent(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
  ~Silent() { close(socket_); }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;

  // Waits for a word of the server, which in HTTP/2 over plaintext comes at once, or for its end.
  bool Accepted() const {
    pollfd waiting{socket_, POLLIN, 0};
    char byte = 0;
    return poll(&waiting, 1, 10'000) == 1 && read(socket_, &byte, 1) == 1;
  }

 private:
  const int socket_;
};

class ConnectionsTest : public ServiceTest {
 protected:
  static constexpr int kLimit = 5;
  static void SetUpTestSuite() { StartService({{"limits.connections", absl::StrCat(kLimit)}}); }

  static double Refused() {
    return tests::Metric(server().http_port(), "signet_grpc_connections_refused_total");
  }
  static double Open() { return tests::Metric(server().http_port(), "signet_grpc_connections"); }
};

TEST_F(ConnectionsTest, BeyondTheLimitTheyAreClosedAtOnceAndThereIsRoomWhenOthersGo) {
  std::vector<std::unique_ptr<Silent>> held;
  for (int i = 0; i < kLimit; ++i) {
    held.push_back(std::make_unique<Silent>(server().grpc_port()));
    EXPECT_TRUE(held.back()->Accepted()) << i;
  }
  EXPECT_EQ(Open(), kLimit);
  EXPECT_EQ(Refused(), 0);
  EXPECT_FALSE(Silent(server().grpc_port()).Accepted());
  EXPECT_EQ(Refused(), 1);

  held.clear();
  // A client that comes again until it is served, as they do.
  const auto served = ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::GetJwks,
                                          v1::GetJwksRequest(), {.patience = absl::Seconds(30)});
  EXPECT_EQ(Describe(served.status), "OK");
  EXPECT_TRUE(tests::Eventually(absl::Seconds(20), [] { return Open() == 1; }));
}

}  // namespace
}  // namespace signet::contract
