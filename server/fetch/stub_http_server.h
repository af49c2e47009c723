#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/base/mutex.h"

namespace signet::fetch {

// A service on a loopback port, for tests: keeps what it was asked, and answers as a script says.
// One request after the other, each on a connection of its own.
class StubHttpServer {
 public:
  struct Request {
    std::string line;     // "POST /v1/auth/approle/login"
    std::string headers;  // all of them, as they came
    std::string body;
  };
  struct Reply {
    std::string status = "200 OK";
    std::string body = {};
    std::string raw = {};  // instead of all the rest, where it is no HTTP
    bool silent = false;   // no answer; the connection stays until the caller has had enough
  };
  using Script = std::function<Reply(const Request&)>;

  explicit StubHttpServer(Script script)
      : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~StubHttpServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  StubHttpServer(const StubHttpServer&) = delete;
  StubHttpServer& operator=(const StubHttpServer&) = delete;

  std::string url() const { return absl::StrCat("http://127.0.0.1:", port_); }

  std::vector<Request> requests() const {
    base::MutexLock lock(mutex_);
    return requests_;
  }
  Request last() const {
    base::MutexLock lock(mutex_);
    return requests_.empty() ? Request() : requests_.back();
  }

 private:
  void Serve() {
    while (true) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      Answer(connection);
      close(connection);
    }
  }

  void Answer(int connection) {
    std::string text;
    char buffer[4096];
    while (!Whole(text)) {
      const ssize_t got = read(connection, buffer, sizeof(buffer));
      if (got <= 0) return;
      text.append(buffer, static_cast<size_t>(got));
    }
    const Request request = Take(text);
    {
      base::MutexLock lock(mutex_);
      requests_.push_back(request);
    }
    const Reply reply = script_(request);
    if (reply.silent) {
      while (read(connection, buffer, sizeof(buffer)) > 0) {
      }
      return;
    }
    std::string bytes = reply.raw;
    if (bytes.empty()) {
      bytes = absl::StrCat("HTTP/1.1 ", reply.status, "\r\nContent-Length: ", reply.body.size(),
                           "\r\nConnection: close\r\n\r\n", reply.body);
    }
    absl::string_view rest = bytes;
    while (!rest.empty()) {  // a caller that has had enough ends it
      const ssize_t sent = send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      rest.remove_prefix(static_cast<size_t>(sent));
    }
  }

  static Request Take(const std::string& text) {
    const size_t line = text.find("\r\n");
    const size_t end = text.find("\r\n\r\n");
    return {text.substr(0, text.rfind(" HTTP/", line)), text.substr(line + 2, end - line - 2),
            text.substr(end + 4)};
  }

  static bool Whole(const std::string& text) {
    const size_t end = text.find("\r\n\r\n");
    if (end == text.npos) return false;
    const size_t length = text.find("Content-Length: ");
    return length == text.npos || length > end ||
           text.size() >= end + 4 + std::stoul(text.substr(length + 16));
  }

  const Script script_;
  const int listener_;
  int port_ = 0;
  mutable base::Mutex mutex_;
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace signet::fetch
