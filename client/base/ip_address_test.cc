#include "client/base/ip_address.h"

#include <gtest/gtest.h>

namespace signet::base {
namespace {

std::string Canonical(absl::string_view text) {
  const auto address = IpAddress::Parse(text);
  return address ? address->ToString() : "none";
}

TEST(IpAddressTest, HasOneCanonicalForm) {
  EXPECT_EQ(Canonical("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(Canonical("2001:DB8:0:0::1"), "2001:db8::1");
  EXPECT_EQ(Canonical("::ffff:192.0.2.1"), "192.0.2.1");
}

TEST(IpAddressTest, NothingElseIsAnAddress) {
  for (const char* text : {"", "192.0.2", "192.0.2.01", "192.0.2.1:80", "[::1]", "fe80::1%eth0",
                           "1.2.3.4 ", "localhost", "::ffff:1.2.3.4.5"}) {
    EXPECT_EQ(Canonical(text), "none") << text;
  }
  EXPECT_EQ(Canonical(absl::string_view("192.0.2.1\0evil", 14)), "none");
}

// an IPv6 subscriber has 2^64 addresses at least.
TEST(IpAddressTest, ASubscriberIsAnAddressOrASlash64) {
  EXPECT_EQ(IpAddress::Parse("192.0.2.1")->Subscriber(), "192.0.2.1");
  EXPECT_EQ(IpAddress::Parse("2001:db8:0:1:a:b:c:d")->Subscriber(), "2001:db8:0:1::/64");
  EXPECT_EQ(IpAddress::Parse("2001:db8:0:1::9")->Subscriber(), "2001:db8:0:1::/64");
  EXPECT_NE(IpAddress::Parse("2001:db8:0:2::9")->Subscriber(), "2001:db8:0:1::/64");
}

TEST(IpNetworkTest, HoldsWhatSharesItsPrefix) {
  const auto ten = IpNetwork::Parse("10.0.0.0/8");
  ASSERT_TRUE(ten);
  EXPECT_TRUE(ten->Contains(*IpAddress::Parse("10.255.0.1")));
  EXPECT_TRUE(ten->Contains(*IpAddress::Parse("::ffff:10.1.2.3")));
  EXPECT_FALSE(ten->Contains(*IpAddress::Parse("11.0.0.1")));
  EXPECT_FALSE(ten->Contains(*IpAddress::Parse("a00::1")));
  EXPECT_TRUE(IpNetwork::Parse("::/0")->Contains(*IpAddress::Parse("2001:db8::1")));
  EXPECT_TRUE(IpNetwork::Parse("2001:db8::/33")->Contains(*IpAddress::Parse("2001:db8:7fff::1")));
  EXPECT_FALSE(IpNetwork::Parse("2001:db8::/33")->Contains(*IpAddress::Parse("2001:db8:8000::1")));
  EXPECT_FALSE(IpNetwork::Parse("192.0.2.1")->Contains(*IpAddress::Parse("192.0.2.2")));
}

TEST(IpNetworkTest, ATypoIsNoNetwork) {
  for (const char* text :
       {"10.1.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "/8", "::1/127", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(IpNetwork::Parse(text)) << text;
  }
}

TEST(LocalTargetTest, OnlyWhatCannotLeaveTheMachineIsSpokenToInPlainText) {
  for (const char* local : {"127.0.0.1:7420", "127.9.9.9:1", "localhost:1", "[::1]:1", "unix:/x"}) {
    EXPECT_TRUE(IsLocalTarget(local)) << local;
  }
  for (const char* remote : {"127.evil.example:1", "localhost.evil.example:1", "10.0.0.1:1",
                             "auth.example.com:443", "127.0.0.1.evil.example:7420"}) {
    EXPECT_FALSE(IsLocalTarget(remote)) << remote;
  }
}

}  // namespace
}  // namespace signet::base
