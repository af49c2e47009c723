#include "server/rpc/call_metadata.h"

#include <gtest/gtest.h>

namespace signet::rpc {
namespace {

using Sent = std::multimap<grpc::string_ref, grpc::string_ref>;

TEST(CallMarks, AreFoundWhateverElseIsSent) {
  const Sent others = {{"authorization", "a"},   {"traceparen", "b"}, {"traceparent2", "c"},
                       {"tracestate", "d"},      {"user-agent", "e"}, {"x-request-i", "f"},
                       {"x-request-id-of", "g"}, {"z", "h"}};
  for (const Sent& sent : {Sent(), others}) {
    for (const char* traceparent : {"", "t"}) {
      for (const char* request_id : {"", "r"}) {
        Sent fields = sent;
        if (*traceparent != 0) fields.emplace("traceparent", traceparent);
        if (*request_id != 0) fields.emplace("x-request-id", request_id);
        const CallMarks marks = MarksOf(fields);
        EXPECT_EQ(marks.traceparent, traceparent);
        EXPECT_EQ(marks.request_id, request_id);
      }
    }
  }
}

TEST(CallMarks, AreTheFirstOfEach) {
  const CallMarks marks = MarksOf(
      {{"x-request-id", "1"}, {"traceparent", "2"}, {"traceparent", "3"}, {"x-request-id", "4"}});
  EXPECT_EQ(marks.traceparent, "2");
  EXPECT_EQ(marks.request_id, "1");
}

TEST(PeerAddress, IsTheAddressWithoutItsPort) {
  EXPECT_EQ(PeerAddress("ipv4:192.0.2.7:50312"), "192.0.2.7");
  EXPECT_EQ(PeerAddress("ipv6:%5B2001:db8::1%5D:50312"), "2001:db8::1");
  EXPECT_EQ(PeerAddress("ipv6:[::1]:50312"), "::1");
  EXPECT_EQ(PeerAddress("ipv6:%5Bfe80::1%25eth0%5D:1"), "fe80::1");
}

TEST(PeerAddress, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(PeerAddress("unix:/run/signet.sock"), "");
  EXPECT_EQ(PeerAddress("unix:"), "");
  EXPECT_EQ(PeerAddress("ipv6:"), "");
  EXPECT_EQ(PeerAddress(""), "");
}

}  // namespace
}  // namespace signet::rpc
