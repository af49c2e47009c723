#include "server/domain/gateways/path_readings.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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
      // parameters cut, or dots resolved, before escapes are undone
      {"/public/a;%2Fz/..%2F..%2Fadmin/x", "/admin/x"},
      {"/public/a;%252Fz/..%252F..%252Fadmin/x", "/admin/x"},
      {"/public/x%2Fy/../..%2Fadmin/x", "/admin/x"},
      {"/public/x%5Cy/../..%5Cadmin/x", "/admin/x"},
      {"/public/a;%5Cz/..%5C../admin", "/admin"},
      {"/public/a%3b%252fz/..%252f..%252fadmin", "/admin"},  // one decoded, cut, the other
      {"/public/x%252Fy/%2e%2e/..%252Fadmin", "/admin"},
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

// The work of one path has an end, whoever sends it.
TEST(ReadingsOf, WhatIsLongerThanAnybodyMeansHasNone) {
  const auto of_size = [](size_t size) { return std::string(size, 'x').replace(0, 1, "/"); };
  EXPECT_THAT(ReadingsOf(of_size(kLongestPath)), SizeIs(1));
  EXPECT_THAT(ReadingsOf(of_size(kLongestPath + 1)), IsEmpty());
  EXPECT_THAT(ReadingsOf("/%20" + of_size(kLongestOddPath - 4)), SizeIs(2));
  EXPECT_THAT(ReadingsOf("/%20" + of_size(kLongestOddPath - 3)), IsEmpty());
}

TEST(ReadingsOf, WhatCanBeReadInMoreWaysThanAnybodyMeansHasNone) {
  EXPECT_THAT(ReadingsOf("/a;b%2Fc;%2e%252e%5Cd%3Fe//f%252F..\\;g%253F/..%2F%2e./h%255C..;i/./j"),
              IsEmpty());
}

TEST(ReadingsOf, WhatIsOftenMeantHasFew) {
  EXPECT_THAT(ReadingsOf("/files/a%20b"), ElementsAre("/files/a%20b", "/files/a b"));
  EXPECT_THAT(ReadingsOf("/api/a%2Fb"), ElementsAre("/api/a%2Fb", "/api/a/b"));
  EXPECT_THAT(ReadingsOf("/a;v=1/b"), ElementsAre("/a;v=1/b", "/a/b"));
  EXPECT_THAT(ReadingsOf("/a//b"), ElementsAre("/a//b", "/a/b"));
}

TEST(ReadingsOf, APercentSignThatIsMeantIsNoFault) {
  EXPECT_THAT(ReadingsOf("/100%25"), Contains("/100%"));
  EXPECT_THAT(ReadingsOf("/caf%C3%A9"), Contains("/caf\xc3\xa9"));
}

}  // namespace
}  // namespace signet::domain
