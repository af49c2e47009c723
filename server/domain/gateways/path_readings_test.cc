#include "server/domain/gateways/path_readings.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ReadingsOf, APlainPathHasOne) {
  for (const char* path : {"/", "/a", "/a/b/", "/.well-known/x", "/a.b/c..d/...", "/a:b@c,d=e~f"}) {
    EXPECT_THAT(ReadingsOf(path), ElementsAre(path)) << path;
  }
}

TEST(ReadingsOf, WhatSomeServerWouldMakeOfItIsAmongThem) {
  const struct {
    const char* path;
    const char* reading;
  } kCases[] = {
      {"/public/../admin", "/admin"},
      {"/public/./../admin", "/admin"},
      {"/public/%2e%2e/admin", "/admin"},
      {"/public/.%2E/admin", "/admin"},
      {"/public/..%2fadmin", "/admin"},
      {"/public%2f..%2fadmin", "/admin"},
      {"/public/%252e%252e/admin", "/admin"},
      {"/public/..%252fadmin", "/admin"},
      {"/public/..\\admin", "/admin"},
      {"/public/..%5cadmin", "/admin"},
      {"/public/..;/admin", "/admin"},
      {"/public/..;x=1/admin", "/admin"},
      {"/public/..%3b/admin", "/admin"},
      {"/admin;x/users", "/admin/users"},
      {"/a//../admin", "/admin"},    // slashes merged first
      {"/a//../admin", "/a/admin"},  // or not
      {"/a//b", "/a/b"},
      {"/%61dmin", "/admin"},
      {"/%2561dmin", "/admin"},
      {"/admin%3fx=/public", "/admin"},
      {"/../../admin", "/admin"},
      {"/admin/..", "/"},
      {"/admin/.", "/admin/"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(ReadingsOf(test.path), Contains(test.reading)) << test.path;
    EXPECT_EQ(ReadingsOf(test.path).front(), test.path);
  }
}

TEST(ReadingsOf, WhatNobodyMeansHasNone) {
  for (const char* path :
       {"", "admin", "*", "http://a/admin", "//admin", "/a#b", "/a%", "/a%2", "/a%zz", "/a%00b",
        "/a%0d%0ab", "/a%2500", "/a b", "/\xc3\xa4", "/a\tb"}) {
    EXPECT_THAT(ReadingsOf(path), IsEmpty()) << path;
  }
}

TEST(ReadingsOf, APercentSignThatIsMeantIsNoFault) {
  EXPECT_THAT(ReadingsOf("/100%25"), Contains("/100%"));
  EXPECT_THAT(ReadingsOf("/caf%C3%A9"), Contains("/caf\xc3\xa9"));
}

}  // namespace
}  // namespace signet::domain
