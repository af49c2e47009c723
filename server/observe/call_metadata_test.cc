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

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kSpanId[] = "00f067aa0ba902b7";

std::string Parent(const std::string& trace_id, const std::string& span_id,
                   const std::string& flags) {
  return "00-" + trace_id + "-" + span_id + "-" + flags;
}

TEST(TraceParent, NamesTraceAndSpanAndWhetherTheyAreRecorded) {
  const std::string sent = Parent(kTraceId, kSpanId, "01");
  const auto parsed = ParseTraceParent(sent);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->trace_id, kTraceId);
  EXPECT_EQ(parsed->span_id, kSpanId);
  EXPECT_TRUE(parsed->sampled);
  // The other bits are of later versions (Trace Context, section 3.2.2.5).
  for (const char* flags : {"03", "0b", "ff"}) {
    EXPECT_TRUE(ParseTraceParent(Parent(kTraceId, kSpanId, flags))->sampled) << flags;
  }
  for (const char* flags : {"00", "02", "fe"}) {
    EXPECT_FALSE(ParseTraceParent(Parent(kTraceId, kSpanId, flags))->sampled) << flags;
  }
}

TEST(TraceParent, IsNothingWhereAnyPartIsNotValid) {
  const std::string zeros(32, '0');
  for (const std::string& sent :
       {Parent(zeros, kSpanId, "01"), Parent(kTraceId, zeros.substr(16), "01"),
        Parent(kTraceId, "00F067AA0BA902B7", "01"), Parent(kTraceId, kSpanId, "0g"),
        Parent(kTraceId, kSpanId, "g1"), Parent(kTraceId, kSpanId, "1"),
        Parent(kTraceId, kSpanId, "01-x"), Parent(kTraceId, "00f067aa0ba902\"}", "01"),
        Parent("4bf92f3577b34da6a3ce929d0e0e47\"\n", kSpanId, "01"),
        Parent(kTraceId, kSpanId, "01").replace(0, 2, "ff"),
        Parent(kTraceId, kSpanId, "01").replace(35, 1, "_"),
        Parent(kTraceId, kSpanId, "01").replace(52, 1, "_")}) {
    EXPECT_FALSE(ParseTraceParent(sent)) << sent;
    EXPECT_EQ(TraceId(sent), "") << sent;
  }
}

TEST(UserAgent, IsCutAt256BytesAndDroppedWhereItIsNotVisible) {
  EXPECT_EQ(UserAgent("signet/1 (x)"), "signet/1 (x)");
  EXPECT_EQ(UserAgent(std::string(257, 'a')), std::string(256, 'a'));
  EXPECT_EQ(UserAgent("a\x1b[31m"), "");
}

}  // namespace
}  // namespace signet::observe
