#include "server/fetch/http_client.h"

#include <string>

#include <gmock/gmock.h>

#include "server/fetch/stub_http_server.h"

namespace signet::fetch {
namespace {

using testing::HasSubstr;
using Reply = StubHttpServer::Reply;

HttpRequest To(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

TEST(HttpClientTest, SendsMethodHeadersAndBodyAndGivesBackWhatCame) {
  StubHttpServer server([](const auto&) { return Reply{.status = "404 Not Found", .body = "no"}; });
  HttpRequest request = To(server.url() + "/a/b");
  request.method = "PUT";
  request.headers.emplace_back("X-Token: s.secret");
  request.body = base::Secret("{\"a\":1}");
  const auto answer = HttpClient({}).Send(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body.reveal(), "no");
  EXPECT_EQ(server.last().line, "PUT /a/b");
  EXPECT_THAT(server.last().headers, HasSubstr("X-Token: s.secret"));
  EXPECT_EQ(server.last().body, "{\"a\":1}");
}

// The credentials are for the address that the operator wrote.
TEST(HttpClientTest, ARedirectIsAnAnswerAndIsNotFollowed) {
  StubHttpServer elsewhere([](const auto&) { return Reply{.body = "stolen"}; });
  StubHttpServer server([&](const auto&) {
    return Reply{.raw = absl::StrCat("HTTP/1.1 307 Temporary Redirect\r\nLocation: ",
                                     elsewhere.url(), "\r\nContent-Length: 0\r\n\r\n")};
  });
  EXPECT_EQ(HttpClient({}).Send(To(server.url()))->status, 307);
  EXPECT_TRUE(elsewhere.requests().empty());
}

// what hangs, floods or talks nonsense is somebody who does not answer.
TEST(HttpClientTest, WithoutAnAnswerThatCanBeUsedItIsUnavailable) {
  Reply reply;
  StubHttpServer server([&](const auto&) { return reply; });
  const HttpClient client({.timeout = absl::Milliseconds(200), .most_bytes = 1000});
  const auto expect = [&](const std::string& url, const char* why) {
    const auto answer = client.Send(To(url));
    EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(why));
  };
  reply.silent = true;
  expect(server.url(), "no answer in time");
  reply = {.body = std::string(1001, 'x')};
  expect(server.url(), "too long");
  reply = {.raw = "220 mail.example ESMTP\r\n"};
  expect(server.url(), "the connection broke");
  expect("http://127.0.0.1:1/", "cannot connect");
  expect("file:///etc/passwd", "the connection broke");
  reply = {.body = std::string(1000, 'x')};
  EXPECT_EQ(client.Send(To(server.url()))->body.size(), 1000);
}

TEST(HttpClientTest, EscapesWhatIsNotUnreserved) {
  EXPECT_EQ(UrlEscape("aZ0-._~ /&=\xff"), "aZ0-._~%20%2F%26%3D%FF");
}

}  // namespace
}  // namespace signet::fetch
