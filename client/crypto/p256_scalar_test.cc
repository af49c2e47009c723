#include "client/crypto/p256_scalar.h"

#include <vector>

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include "client/crypto/openssl.h"

namespace signet::crypto {
namespace {

BignumPtr ToBignum(const Scalar256& words) {
  return BignumPtr(BN_lebin2bn(reinterpret_cast<const unsigned char*>(words.data()), 32, nullptr));
}

Scalar256 FromBignum(const BIGNUM& number) {
  Scalar256 words;
  BN_bn2lebinpad(&number, reinterpret_cast<unsigned char*>(words.data()), 32);
  return words;
}

void ExpectInverse(const BIGNUM& number) {
  const BignumPtr order = ToBignum(kP256Order);
  const BignumPtr expected(BN_mod_inverse(nullptr, &number, order.get(), nullptr));
  EXPECT_EQ(InverseModP256Order(FromBignum(number)), FromBignum(*expected));
}

TEST(InverseModP256Order, OfTheEndsOfTheRangeAndThePowersOfTwoIsOpenssls) {
  const BignumPtr order = ToBignum(kP256Order);
  for (int bit = 0; bit < 256; ++bit) {
    const BignumPtr power(BN_new());
    BN_set_bit(power.get(), bit);
    for (int off = -2; off <= 2; ++off) {
      const BignumPtr number(BN_dup(power.get()));
      off < 0 ? BN_sub_word(number.get(), -off) : BN_add_word(number.get(), off);
      if (BN_is_zero(number.get()) || BN_is_negative(number.get())) continue;
      ASSERT_LT(BN_cmp(number.get(), order.get()), 0);
      ExpectInverse(*number);
      BN_sub(number.get(), order.get(), number.get());
      ExpectInverse(*number);
    }
  }
}

TEST(InverseModP256Order, OfAnyNumberIsOpenssls) {
  const BignumPtr order = ToBignum(kP256Order);
  const BignumPtr number(BN_new());
  for (int i = 0; i < 5000; ++i) {
    BN_rand_range(number.get(), order.get());
    if (!BN_is_zero(number.get())) ExpectInverse(*number);
  }
}

}  // namespace
}  // namespace signet::crypto
