#include "server/console/session_cookie.h"

#include <gtest/gtest.h>

namespace signet::console {
namespace {

http::Request With(std::vector<http::Field> fields) {
  http::Request request;
  request.fields = std::move(fields);
  return request;
}

TEST(SessionCookieTest, OverTlsOnlyThisHostCanSetIt) {
  EXPECT_EQ(SetCookie("tok", absl::Minutes(10), Browsers::kTls),
            "__Host-signet-console=tok; Max-Age=600; Path=/; HttpOnly; SameSite=Strict; Secure");
  EXPECT_EQ(SetCookie("tok", absl::Minutes(10), Browsers::kPlain),
            "signet-console=tok; Max-Age=600; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_EQ(ClearCookie(Browsers::kPlain),
            "signet-console=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict");
}

TEST(SessionCookieTest, ATokenComesAsBearerOrAsTheOneCookie) {
  EXPECT_EQ(AccessTokenOf(With({{"authorization", "bearer a.b.c"}}), Browsers::kTls), "a.b.c");
  EXPECT_EQ(
      AccessTokenOf(With({{"cookie", "x=1; __Host-signet-console=a.b.c; y=2"}}), Browsers::kTls),
      "a.b.c");
  EXPECT_EQ(AccessTokenOf(With({{"cookie", "signet-console=a.b.c"}}), Browsers::kPlain), "a.b.c");
  // A neighbour on another port or a subdomain can set the plain name over TLS.
  EXPECT_EQ(AccessTokenOf(With({{"cookie", "signet-console=a.b.c"}}), Browsers::kTls), "");
  EXPECT_EQ(AccessTokenOf(With({{"cookie", "signet-console=a"}, {"cookie", "signet-console=b"}}),
                          Browsers::kPlain),
            "");
  EXPECT_EQ(AccessTokenOf(With({{"authorization", "Bearer a"}, {"authorization", "Bearer b"}}),
                          Browsers::kTls),
            "");
  EXPECT_EQ(AccessTokenOf(With({{"authorization", "Basic a"}, {"cookie", "signet-console=b"}}),
                          Browsers::kPlain),
            "");
}

// A form of another site logs nobody in or out.
TEST(SessionCookieTest, AFormOfAnotherOriginIsTold) {
  EXPECT_TRUE(SentByOurPage(With({{"sec-fetch-site", "same-origin"}})));
  EXPECT_TRUE(SentByOurPage(With({{"origin", "https://id.example"}, {"host", "ID.example"}})));
  EXPECT_FALSE(SentByOurPage(With({{"host", "id.example"}})));
  EXPECT_FALSE(SentByOurPage(With({{"origin", "null"}, {"host", "id.example"}})));
  EXPECT_FALSE(SentByOurPage(With({{"origin", "https://evil.example"}, {"host", "id.example"}})));
  EXPECT_FALSE(SentByOurPage(With({{"sec-fetch-site", "cross-site"},
                                   {"origin", "https://id.example"},
                                   {"host", "id.example"}})));
  EXPECT_FALSE(SentByOurPage(With({{"sec-fetch-site", "same-site"}})));
  EXPECT_FALSE(
      SentByOurPage(With({{"sec-fetch-site", "same-origin"}, {"sec-fetch-site", "cross-site"}})));
}

}  // namespace
}  // namespace signet::console
