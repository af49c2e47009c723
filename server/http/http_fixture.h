#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/clock.h"
#include "gtest/gtest.h"
#include "server/http/endpoints.h"
#include "server/http/http_server.h"
#include "server/observe/log_writer.h"

// For tests alone: a server, and a client that sends exactly what it is told.
namespace signet::http {

// `host`: 1 for 127.0.0.1, and so on: as many hosts as a test needs.
inline int Connect(int port, uint32_t host = 1) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
  EXPECT_EQ(bind(client, reinterpret_cast<sockaddr*>(&from), sizeof(from)), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return client;
}

inline std::string ReadAll(int client) {
  std::string all;
  char buffer[4096];
  for (ssize_t size; (size = read(client, buffer, sizeof(buffer))) > 0;) {
    all.append(buffer, static_cast<size_t>(size));
  }
  return all;
}

inline void Send(int client, absl::string_view request) {
  EXPECT_EQ(send(client, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
}

// One answer on a connection that stays open: its head, and what came with that.
inline std::string RoundTrip(int client, absl::string_view request) {
  Send(client, request);
  std::string all;
  char buffer[4096];
  while (!absl::StrContains(all, "\r\n\r\n")) {
    const ssize_t size = read(client, buffer, sizeof(buffer));
    if (size <= 0) break;
    all.append(buffer, static_cast<size_t>(size));
  }
  return all;
}

inline int CountOf(absl::string_view text, absl::string_view part) {
  int count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++count;
  return count;
}

inline std::string Exchange(int port, absl::string_view request) {
  const int client = Connect(port);
  Send(client, request);
  const std::string reply = ReadAll(client);
  close(client);
  return reply;
}

inline std::string Get(int port, absl::string_view path, absl::string_view fields = "") {
  return Exchange(
      port, absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n", fields,
                         "\r\n"));
}

inline std::string BodyOf(const std::string& reply) {
  return reply.substr(reply.find("\r\n\r\n") + 4);
}

inline std::string FieldOf(const std::string& reply, absl::string_view name) {
  for (const absl::string_view line : absl::StrSplit(reply, "\r\n")) {
    if (absl::StartsWith(line, absl::StrCat(name, ": "))) {
      return std::string(line.substr(name.size() + 2));
    }
  }
  return "";
}

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(HttpServer::Options options = {}) {
    StartWith(options, {Livez(),
                        Readyz({{"database", [this] { return database_problem_; }, weight_},
                                {"keys", [] { return std::string(); }}}),
                        Metrics([] { return std::string("signet_up 1\n"); },
                                [] { return std::string("signet_up 1\n# EOF\n"); }),
                        Jwks([this] { return keys_; }, absl::Minutes(5)), Echo()});
  }
  void StartWith(HttpServer::Options options, std::vector<Route> routes) {
    options.host = "127.0.0.1";
    auto server = HttpServer::Start(options, std::move(routes), {clock_, logger_, metrics_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  // Answers a POST with what it got, on a worker.
  static Route Echo() {
    Route route{"/echo", [](const Request& request) { return Reply{.body = request.body}; }};
    route.methods = Route::Methods::kPost;
    route.lane = Route::Lane::kWorker;
    return route;
  }
  int port() const { return server_->port(); }

  std::string database_problem_;
  ReadinessCheck::Weight weight_ = ReadinessCheck::Weight::kRequired;
  std::optional<std::string> keys_ = "{\"keys\":[]}";
  base::SystemClock clock_;
  observe::LogWriter writer_{open("/dev/null", O_WRONLY | O_CLOEXEC)};
  observe::Logger logger_{writer_, clock_};
  observe::HttpMetrics metrics_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace signet::http
