#include "server/http/wire.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace signet::http {
namespace {

int RefusalOf(absl::string_view head) {
  const auto parsed = ReadRequest(head);
  const auto* refusal = std::get_if<Refusal>(&parsed);
  return refusal == nullptr ? 0 : refusal->status;
}

TEST(ReadRequest, AnOrdinaryRequestComesApart) {
  const auto parsed = ReadRequest(
      "GET /.well-known/jwks.json?x=1?2 HTTP/1.1\r\nHost: a\r\nIf-None-Match:  \"t\" \r\n\r\n");
  const auto& request = std::get<Request>(parsed);
  EXPECT_EQ(request.method, Method::kGet);
  EXPECT_EQ(request.path, "/.well-known/jwks.json");
  EXPECT_EQ(request.query, "x=1?2");
  EXPECT_EQ(request.Find("if-none-match"), "\"t\"");
  EXPECT_EQ(request.Find("absent"), "");
}

TEST(ReadRequest, WhatIsNotExactlyARequestIsRefused) {
  for (const char* head :
       {"", "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
        "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    EXPECT_EQ(RefusalOf(head), 400) << head;
  }
}

TEST(ReadRequest, ABodyIsReadWithinItsLimit) {
  const auto parsed = ReadRequest("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(std::holds_alternative<Request>(parsed));
  EXPECT_EQ(std::get<Request>(parsed).body, "hello");
  EXPECT_EQ(RefusalOf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"), 413);
  EXPECT_EQ(RefusalOf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400);
}

// RFC 9112 section 5.2 allows a server to read a folded field as one line.
TEST(ReadRequest, AFoldedFieldIsOneLine) {
  const auto parsed = ReadRequest("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n");
  ASSERT_TRUE(std::holds_alternative<Request>(parsed));
  EXPECT_EQ(std::get<Request>(parsed).Find("x"), "b c");
}

TEST(ReadRequest, OtherVersionsAndTooManyFieldsHaveTheirOwnStatus) {
  EXPECT_EQ(RefusalOf("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (size_t i = 1; i < kMaxFields; ++i) absl::StrAppend(&head, "X-", i, ": y\r\n");
  EXPECT_EQ(RefusalOf(absl::StrCat(head, "\r\n")), 0);
  EXPECT_EQ(RefusalOf(absl::StrCat(head, "X: y\r\n\r\n")), 431);
}

}  // namespace
}  // namespace signet::http
