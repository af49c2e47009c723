#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/clients/client_fixture.h"

namespace signet::clients {

// Answers every request with the head that it got. A connection on which nothing comes holds up no
// other: some gateways open more of them than they use.
class Upstream {
 public:
  Upstream() : port_(tests::FreePort()) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~Upstream() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (const int client : clients_) shutdown(client, SHUT_RDWR);
    for (std::thread& connection : connections_) connection.join();
    for (const int client : clients_) close(client);
    close(listener_);
  }
  int port() const { return port_; }
  int requests() const { return requests_; }

 private:
  void Accept() {
    for (int client; (client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      clients_.push_back(client);
      connections_.emplace_back([this, client] { Answer(client); });
    }
  }
  void Answer(int client) {
    std::string head;
    char buffer[4096];
    while (!absl::StrContains(head, "\r\n\r\n")) {
      const ssize_t size = read(client, buffer, sizeof(buffer));
      if (size <= 0) break;
      head.append(buffer, static_cast<size_t>(size));
    }
    if (!head.empty()) {
      ++requests_;
      const std::string reply =
          absl::StrCat("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ", head.size(),
                       "\r\n\r\n", head);
      (void)send(client, reply.data(), reply.size(), MSG_NOSIGNAL);
    }
    shutdown(client, SHUT_WR);
  }

  const int port_;
  int listener_ = -1;
  std::atomic<int> requests_{0};
  std::thread acceptor_;
  std::vector<int> clients_;  // of the acceptor until it has ended
  std::vector<std::thread> connections_;
};

}  // namespace signet::clients
