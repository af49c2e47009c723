#include "server/rpc/call_metadata.h"

#include <gtest/gtest.h>

namespace signet::rpc {
namespace {

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
