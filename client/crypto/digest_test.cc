#include "client/crypto/digest.h"

#include <string>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace signet::crypto {
namespace {

std::string HexOf(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

TEST(Digest, Sha256OfTheStandardsExample) {
  EXPECT_EQ(HexOf(DigestView(Sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, Sha384OfTheStandardsExample) {
  const Sha384Digest digest = Sha384("abc");
  EXPECT_EQ(HexOf(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
            "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
}

TEST(Digest, ContextsAreStartedAnewForEveryMessage) {
  const Sha256Digest first = Sha256("abc");
  Sha256("something else in between");
  EXPECT_EQ(Sha256("abc"), first);
}

// RFC 4231, cases 2 and 6: a short key, and one longer than a block.
TEST(Digest, HmacOfShortAndLongKeys) {
  EXPECT_EQ(HexOf(DigestView(HmacSha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexOf(DigestView(HmacSha256(std::string(131, '\xaa'),
                                        "Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace signet::crypto
