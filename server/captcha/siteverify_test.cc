#include "server/captcha/siteverify.h"

#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"

namespace signet::captcha {
namespace {

// A provider on a loopback port: keeps the last request's body and answers with what it was told.
class LocalProvider {
 public:
  LocalProvider() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
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
  ~LocalProvider() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  std::string url() const { return absl::StrCat("http://127.0.0.1:", port_, "/siteverify"); }

  std::string answer = "{\"success\":true}";
  std::string status = "200 OK";
  std::string body;  // read it after the answer has come

 private:
  void Serve() {
    while (true) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::string request;
      char buffer[4096];
      while (!Whole(request)) {
        const ssize_t got = read(connection, buffer, sizeof(buffer));
        if (got <= 0) break;
        request.append(buffer, static_cast<size_t>(got));
      }
      body = request.substr(request.find("\r\n\r\n") + 4);
      const std::string reply =
          absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Length: ", answer.size(),
                       "\r\nConnection: close\r\n\r\n", answer);
      EXPECT_EQ(write(connection, reply.data(), reply.size()), static_cast<ssize_t>(reply.size()));
      close(connection);
    }
  }
  static bool Whole(const std::string& request) {
    const size_t end = request.find("\r\n\r\n");
    const size_t length = request.find("Content-Length: ");
    if (end == request.npos || length == request.npos) return false;
    return request.size() >= end + 4 + std::stoul(request.substr(length + 16));
  }

  const int listener_;
  int port_ = 0;
  std::thread thread_;
};

class SiteverifyTest : public testing::Test {
 protected:
  absl::StatusOr<bool> Check(const std::string& url, Siteverify::WhenUnavailable unavailable =
                                                         Siteverify::WhenUnavailable::kRefuse) {
    Siteverify provider({.url = url, .site_key = "public", .when_unavailable = unavailable},
                        base::Secret("s&cret"));
    return provider.Check("solved+=&", call_);
  }

  const domain::CallInfo call_{absl::UnixEpoch(), absl::InfiniteFuture(), {"192.0.2.1", ""}};
  LocalProvider provider_;
};

// a provider of the siteverify form.
TEST_F(SiteverifyTest, AsksTheProvider) {
  const auto solved = Check(provider_.url());
  ASSERT_TRUE(solved.ok()) << solved.status();
  EXPECT_TRUE(*solved);
  EXPECT_EQ(provider_.body, "secret=s%26cret&response=solved%2B%3D%26&remoteip=192.0.2.1");
  provider_.answer = "{\"success\":false,\"error-codes\":[\"timeout-or-duplicate\"]}";
  EXPECT_FALSE(*Check(provider_.url()));
}

TEST_F(SiteverifyTest, WithoutAnAnswerItDoesWhatTheOperatorChose) {
  const auto expect = [&](const std::string& url) {
    EXPECT_EQ(base::ErrorReason(Check(url).status()), "OVERLOADED");
    EXPECT_TRUE(*Check(url, Siteverify::WhenUnavailable::kAccept));
  };
  expect("http://127.0.0.1:1/siteverify");
  provider_.answer = "<html>";
  expect(provider_.url());
  provider_.answer = std::string(100'000, ' ') + "{\"success\":true}";
  expect(provider_.url());
  provider_.answer = "{\"success\":true}";
  provider_.status = "500 Oops";
  expect(provider_.url());
}

TEST_F(SiteverifyTest, NamesTheWidgetsKey) {
  Siteverify provider({.site_key = "public"}, base::Secret("secret"));
  const domain::Challenge challenge = provider.Issue(absl::UnixEpoch());
  EXPECT_EQ(challenge.kind, domain::Challenge::Kind::kCaptcha);
  EXPECT_EQ(challenge.site_key, "public");
}

}  // namespace
}  // namespace signet::captcha
