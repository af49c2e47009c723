#include "client/verifier/jwks_watch.h"

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/fake_clock.h"
#include "client/verifier/fake_token_service.h"
#include "client/verifier/verifier.h"
#include "tests/harness/eventually.h"

namespace signet::verifier {
namespace {

using tests::Eventually;
using token::RejectReason;

constexpr absl::Duration kJwksPatience = absl::Seconds(20);

// Answers every connection of 127.0.0.1 with one answer and closes it.
class WebServer {
 public:
  WebServer() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    url_ = absl::StrCat("http://127.0.0.1:", ntohs(address.sin_port), "/jwks.json");
    thread_ = std::thread([this] { Serve(); });
  }
  ~WebServer() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }

  void Answer(const std::string& status, const std::string& fields, const std::string& body) {
    const std::lock_guard lock(mutex_);
    answer_ =
        absl::StrCat("HTTP/1.1 ", status, "\r\nConnection: close\r\nContent-Length: ", body.size(),
                     "\r\n", fields, "\r\n", body);
  }
  const std::string& url() const { return url_; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    for (;;) {
      const int connection = accept(socket_, nullptr, nullptr);
      if (connection < 0) return;
      std::string request;
      char buffer[4096];
      while (!absl::StrContains(request, "\r\n\r\n")) {
        const ssize_t got = read(connection, buffer, sizeof(buffer));
        if (got <= 0) break;
        request.append(buffer, static_cast<size_t>(got));
      }
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        EXPECT_EQ(send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(answer_.size()));
      }
      close(connection);
    }
  }

  const int socket_;
  std::string url_;
  mutable std::mutex mutex_;
  std::string answer_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

class JwksWatchTest : public testing::Test {
 protected:
  std::unique_ptr<JwksWatch> Watch() {
    return std::make_unique<JwksWatch>(
        JwksWatch::Options{.url = web_.url(), .first_pause = absl::Milliseconds(1)}, knowledge_,
        clock_, nullptr);
  }

  base::FakeClock clock_{absl::Now()};
  FakeDeployment deployment_;
  Knowledge knowledge_{Knowledge::Needs::kKeysAlone};
  WebServer web_;
};

TEST_F(JwksWatchTest, FetchesTheKeysAndAsksAgainByTagForAnUnknownOne) {
  web_.Answer("200 OK", "ETag: \"one\"\r\nCache-Control: public, max-age=3600\r\n",
              deployment_.jwks);
  const auto watch = Watch();
  ASSERT_TRUE(knowledge_.AwaitReady(kJwksPatience));
  EXPECT_NE(knowledge_.keys().Read().Find("k"), nullptr);
  EXPECT_TRUE(watch->KnowsAllKeys(clock_.Now())) << "just fetched: a missing key does not exist";
  EXPECT_EQ(web_.requests().size(), 1u);

  web_.Answer("304 Not Modified", "Cache-Control: max-age=3600\r\n", "");
  clock_.Advance(absl::Seconds(11));
  EXPECT_FALSE(watch->KnowsAllKeys(clock_.Now()));
  ASSERT_TRUE(Eventually(kJwksPatience, [&] { return watch->KnowsAllKeys(clock_.Now()); }));
  ASSERT_EQ(web_.requests().size(), 2u);
  EXPECT_TRUE(absl::StrContains(web_.requests()[1], "If-None-Match: \"one\"\r\n"));
  EXPECT_EQ(knowledge_.key_set_version(), 1);

  deployment_.PutKey("k2");
  web_.Answer("200 OK", "", deployment_.jwks);
  clock_.Advance(absl::Seconds(11));
  EXPECT_FALSE(watch->KnowsAllKeys(clock_.Now()));
  ASSERT_TRUE(Eventually(kJwksPatience, [&] { return knowledge_.key_set_version() == 2; }));
  EXPECT_NE(knowledge_.keys().Read().Find("k2"), nullptr);
}

TEST_F(JwksWatchTest, WhatIsNoKeySetIsTriedAgainAndChangesNothing) {
  web_.Answer("200 OK", "", "<html>");
  const auto watch = Watch();
  ASSERT_TRUE(Eventually(kJwksPatience, [&] { return web_.requests().size() >= 2; }));
  EXPECT_FALSE(knowledge_.ready());
  web_.Answer("302 Found", absl::StrCat("Location: ", web_.url(), "\r\n"), deployment_.jwks);
  const size_t before = web_.requests().size();
  ASSERT_TRUE(Eventually(kJwksPatience, [&] { return web_.requests().size() > before; }));
  EXPECT_FALSE(knowledge_.ready()) << "a redirect was followed";
  web_.Answer("200 OK", "", deployment_.jwks);
  EXPECT_TRUE(knowledge_.AwaitReady(kJwksPatience));
}

TEST_F(JwksWatchTest, MadeUpKeyNamesDoNotMakeItKnockMoreOften) {
  web_.Answer("500 Oops", "", "");
  JwksWatch watch(
      {.url = web_.url(), .first_pause = absl::Hours(1), .longest_pause = absl::Hours(1)},
      knowledge_, clock_, nullptr);
  ASSERT_TRUE(Eventually(kJwksPatience, [&] { return web_.requests().size() == 1; }));
  EXPECT_FALSE(Eventually(absl::Milliseconds(200), [&] {
    EXPECT_FALSE(watch.KnowsAllKeys(clock_.Now()));
    return web_.requests().size() > 1;
  }));
  clock_.Advance(absl::Seconds(11));
  EXPECT_FALSE(watch.KnowsAllKeys(clock_.Now()));
  EXPECT_TRUE(Eventually(kJwksPatience, [&] { return web_.requests().size() == 2; }));
}

TEST(FreshnessOf, IsMaxAgeWithinBounds) {
  EXPECT_EQ(FreshnessOf("public, Max-Age=300"), absl::Seconds(300));
  EXPECT_EQ(FreshnessOf("max-age=0"), absl::Seconds(10));
  EXPECT_EQ(FreshnessOf("max-age=99999999"), absl::Hours(1));
  EXPECT_EQ(FreshnessOf("max-age=x, no-store"), absl::Minutes(5));
  EXPECT_EQ(FreshnessOf(""), absl::Minutes(5));
}

TEST_F(JwksWatchTest, AVerifierByUrlAcceptsWithoutRevocations) {
  web_.Answer("200 OK", "", deployment_.jwks);
  Verifier::Options options;
  options.jwks_url = web_.url();
  options.issuer = "https://id.example.com";
  options.audience = "api";
  options.when_stale = WhenStale::kAccept;
  const auto verifier = *Verifier::Start(options);
  ASSERT_TRUE(verifier->WaitUntilReady(kJwksPatience).ok());
  EXPECT_TRUE(verifier->Verify(LiveToken()).ok());
  EXPECT_EQ(RejectionOf(verifier->Verify(LiveToken("jti-1", "k", "other")).status()),
            RejectReason::kAudienceMismatch);
  EXPECT_EQ(verifier->state().revocations_as_of, absl::InfinitePast());
}

}  // namespace
}  // namespace signet::verifier
