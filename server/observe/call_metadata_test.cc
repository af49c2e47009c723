#include "server/observe/call_metadata.h"

#include <string>

#include <gtest/gtest.h>

namespace signet::observe {
namespace {

TEST(RequestId, EchoesWhatIsShortAndVisible) {
  EXPECT_EQ(RequestId("abc-123~!"), "abc-123~!");
  EXPECT_EQ(RequestId(std::string(128, 'a')), std::string(128, 'a'));
}

TEST(RequestId, MakesANewOneWhereTheSentOneCouldBreakALine) {
  for (const std::string& sent : {std::string(), std::string(129, 'a'), std::string("a b"),
                                  std::string("a\nb"), std::string("\xc3\xa9")}) {
    EXPECT_NE(RequestId(sent), sent);
    EXPECT_EQ(RequestId(sent).size(), 25u);
  }
  EXPECT_NE(RequestId(""), RequestId(""));
}

TEST(TraceId, IsThatOfAW3cTraceparent) {
  EXPECT_EQ(TraceId("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(TraceId, IsEmptyForEveryOtherForm) {
  EXPECT_EQ(TraceId(""), "");
  EXPECT_EQ(TraceId("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), "");
  EXPECT_EQ(TraceId("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), "");
  EXPECT_EQ(TraceId("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), "");
  EXPECT_EQ(TraceId("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011"), "");
  EXPECT_EQ(TraceId("00-4bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b7-01-00"), "");
}

TEST(UserAgent, IsCutAt256BytesAndDroppedWhereItIsNotVisible) {
  EXPECT_EQ(UserAgent("signet/1 (x)"), "signet/1 (x)");
  EXPECT_EQ(UserAgent(std::string(257, 'a')), std::string(256, 'a'));
  EXPECT_EQ(UserAgent("a\x1b[31m"), "");
}

}  // namespace
}  // namespace signet::observe
