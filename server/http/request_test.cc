#include "server/http/request.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace signet::http {
namespace {

int RefusalOf(absl::string_view head) {
  const auto parsed = ParseHead(head);
  const auto* refusal = std::get_if<Refusal>(&parsed);
  return refusal == nullptr ? 0 : refusal->status;
}

TEST(ParseHead, AnOrdinaryRequestComesApart) {
  const auto parsed = ParseHead(
      "GET /.well-known/jwks.json?x=1?2 HTTP/1.1\r\nHost: a\r\nIf-None-Match:  \"t\" \r\n\r\n");
  const auto& request = std::get<Request>(parsed);
  EXPECT_EQ(request.method, Method::kGet);
  EXPECT_EQ(request.path, "/.well-known/jwks.json");
  EXPECT_EQ(request.query, "x=1?2");
  EXPECT_EQ(request.Find("if-none-match"), "\"t\"");
  EXPECT_EQ(request.Find("absent"), "");
}

TEST(ParseHead, WhatIsNotExactlyARequestIsRefused) {
  for (const char* head :
       {"", "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n", "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
        "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n",
        "GET / FTP/1.1\r\nHost: a\r\n\r\n"}) {
    EXPECT_EQ(RefusalOf(head), 400) << head;
  }
}

TEST(ParseHead, AnAnnouncedBodyIsRefused) {
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), 413);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 413);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"), 0);
}

TEST(ParseHead, OtherVersionsAndTooManyFieldsHaveTheirOwnStatus) {
  EXPECT_EQ(RefusalOf("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (size_t i = 1; i < kMaxFields; ++i) absl::StrAppend(&head, "X-", i, ": y\r\n");
  EXPECT_EQ(RefusalOf(absl::StrCat(head, "\r\n")), 0);
  EXPECT_EQ(RefusalOf(absl::StrCat(head, "X: y\r\n\r\n")), 431);
}

}  // namespace
}  // namespace signet::http
