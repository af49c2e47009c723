#include "server/captcha/siteverify.h"

#include <string>

#include <gtest/gtest.h>

#include "client/base/error.h"
#include "server/fetch/stub_http_server.h"

namespace signet::captcha {
namespace {

class SiteverifyTest : public testing::Test {
 protected:
  std::string Url() const { return provider_.url() + "/siteverify"; }
  absl::StatusOr<bool> Check(const std::string& url, Siteverify::WhenUnavailable unavailable =
                                                         Siteverify::WhenUnavailable::kRefuse) {
    Siteverify provider({.url = url, .site_key = "public", .when_unavailable = unavailable},
                        base::Secret("s&cret"));
    return provider.Check("solved+=&", call_);
  }

  const domain::CallInfo call_{absl::UnixEpoch(), absl::InfiniteFuture(), {"192.0.2.1", ""}};
  fetch::StubHttpServer::Reply reply_{.body = "{\"success\":true}"};
  fetch::StubHttpServer provider_{[this](const auto&) { return reply_; }};
};

// a provider of the siteverify form.
TEST_F(SiteverifyTest, AsksTheProvider) {
  const auto solved = Check(Url());
  ASSERT_TRUE(solved.ok()) << solved.status();
  EXPECT_TRUE(*solved);
  EXPECT_EQ(provider_.last().body, "secret=s%26cret&response=solved%2B%3D%26&remoteip=192.0.2.1");
  reply_.body = "{\"success\":false,\"error-codes\":[\"timeout-or-duplicate\"]}";
  EXPECT_FALSE(*Check(Url()));
}

TEST_F(SiteverifyTest, WithoutAnAnswerItDoesWhatTheOperatorChose) {
  const auto expect = [&](const std::string& url) {
    EXPECT_EQ(base::ErrorReason(Check(url).status()), "OVERLOADED");
    EXPECT_TRUE(*Check(url, Siteverify::WhenUnavailable::kAccept));
  };
  expect("http://127.0.0.1:1/siteverify");
  reply_.body = "<html>";
  expect(Url());
  reply_.body = std::string(100'000, ' ') + "{\"success\":true}";
  expect(Url());
  reply_.body = "{\"success\":true}";
  reply_.status = "500 Oops";
  expect(Url());
}

TEST_F(SiteverifyTest, NamesTheWidgetsKey) {
  Siteverify provider({.site_key = "public"}, base::Secret("secret"));
  const domain::Challenge challenge = provider.Issue(absl::UnixEpoch());
  EXPECT_EQ(challenge.kind, domain::Challenge::Kind::kCaptcha);
  EXPECT_EQ(challenge.site_key, "public");
}

}  // namespace
}  // namespace signet::captcha
