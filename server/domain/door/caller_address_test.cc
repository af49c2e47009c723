#include "server/domain/door/caller_address.h"

#include <gtest/gtest.h>

namespace signet::domain {
namespace {

using Header = TrustedProxies::Header;

TrustedProxies Proxies(absl::string_view networks, Header header = Header::kXForwardedFor) {
  auto proxies = TrustedProxies::Parse(networks, header);
  EXPECT_TRUE(proxies.ok()) << proxies.status();
  return *proxies;
}

constexpr char kTen[] = "10.0.0.0/8, 2001:db8:ffff::/48";

TEST(CallerAddressTest, AStrangersHeaderIsNotBelieved) {
  EXPECT_EQ(Proxies(kTen).CallerOf("192.0.2.9", {"198.51.100.7"}), "192.0.2.9");
  EXPECT_EQ(TrustedProxies().CallerOf("10.0.0.1", {"198.51.100.7"}), "10.0.0.1");
  EXPECT_EQ(Proxies(kTen).CallerOf("", {"198.51.100.7"}), "");
}

// left of what our proxy saw stands whatever the caller wrote.
TEST(CallerAddressTest, TheRightMostUntrustedAddressIsTheCaller) {
  const TrustedProxies proxies = Proxies(kTen);
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"1.1.1.1, 198.51.100.7, 10.0.0.2"}), "198.51.100.7");
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"1.1.1.1", "198.51.100.7", "10.0.0.2"}), "198.51.100.7");
  EXPECT_EQ(proxies.CallerOf("::ffff:10.0.0.1", {"2001:db8::1"}), "2001:db8::1");
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"10.0.0.3, 10.0.0.2"}), "10.0.0.3");
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {}), "10.0.0.1");
}

TEST(CallerAddressTest, WhatCannotBeReadEndsTheChainAtTheLastProxy) {
  const TrustedProxies proxies = Proxies(kTen);
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"198.51.100.7, unknown, 10.0.0.2"}), "10.0.0.2");
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"garbage"}), "10.0.0.1");
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"198.51.100.7, "}), "10.0.0.1");
  std::string chain = "198.51.100.7";
  for (int i = 0; i < 1000; ++i) chain += ",10.0.0.2";
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {chain}), "10.0.0.2");
}

TEST(CallerAddressTest, PortsAndBracketsAreNotPartOfTheAddress) {
  const TrustedProxies proxies = Proxies(kTen);
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"198.51.100.7:4711"}), "198.51.100.7");
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"[2001:db8::1]:4711"}), "2001:db8::1");
}

// RFC 7239 section 4.
TEST(CallerAddressTest, ForwardedIsReadWhereThatIsWhatTheProxyWrites) {
  const TrustedProxies proxies = Proxies(kTen, Header::kForwarded);
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"for=1.1.1.1, For=\"[2001:db8::1]:80\";proto=https"}),
            "2001:db8::1");
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"by=10.0.0.2;for=198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(proxies.CallerOf("10.0.0.1", {"for=_hidden"}), "10.0.0.1");
}

TEST(CallerAddressTest, AProxyOnAUnixSocketIsTrustedByName) {
  EXPECT_EQ(Proxies("unix").CallerOf("", {"198.51.100.7"}), "198.51.100.7");
}

TEST(CallerAddressTest, ATypoInTheListIsNamed) {
  const auto refused = TrustedProxies::Parse("10.0.0.0/8, 10.1.0.0/8", Header::kForwarded);
  EXPECT_EQ(refused.status().message(), "no network: 10.1.0.0/8");
}

}  // namespace
}  // namespace signet::domain
