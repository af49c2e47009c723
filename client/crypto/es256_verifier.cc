#include "client/crypto/es256_verifier.h"

#include <bit>
#include <cstdint>
#include <utility>

#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "client/crypto/p256_scalar.h"

// OpenSSL 3.0 calls its tables and Jacobian coordinates deprecated, without anything in their
// place.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace signet::crypto {
namespace {

constexpr size_t kWidth = 32;
constexpr size_t kSignatureSize = 2 * kWidth;

// P-256 as it is, with OpenSSL's built-in table of G. Never freed: other threads may verify while
// the process ends.
const EC_GROUP* P256() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  return group;
}

PointPtr NewPoint() { return PointPtr(EC_POINT_new(P256())); }

BignumPtr NewBignum() { return BignumPtr(BN_new()); }

MontgomeryPtr MontgomeryOf(const BIGNUM* modulus, BN_CTX* context) {
  MontgomeryPtr made(BN_MONT_CTX_new());
  if (!made || !context || BN_MONT_CTX_set(made.get(), modulus, context) != 1) made.reset();
  return made;
}

bool Read(absl::string_view bytes, BIGNUM& out) {
  return BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), &out) != nullptr;
}

// What a thread keeps from call to call, so that none allocates.
class EcScratch {
 public:
  // The signature's numbers; false where r or s is not from 1 to n - 1.
  bool ReadSignature(absl::string_view signature) {
    return Read(signature.substr(0, kWidth), *r_) && Read(signature.substr(kWidth), *s_) &&
           IsInRange(*r_) && IsInRange(*s_);
  }

  // u1 = digest / s and u2 = r / s, modulo n.
  bool Divide(const Sha256Digest& digest) {
    if (!Read(DigestView(digest), *u1_)) return false;
    if (BN_cmp(u1_.get(), order()) >= 0 && BN_sub(u1_.get(), u1_.get(), order()) != 1) return false;
    return Invert(*s_, *inverse_) &&
           BN_to_montgomery(inverse_.get(), inverse_.get(), mod_order_.get(), context()) == 1 &&
           BN_mod_mul_montgomery(u1_.get(), u1_.get(), inverse_.get(), mod_order_.get(),
                                 context()) == 1 &&
           BN_mod_mul_montgomery(u2_.get(), r_.get(), inverse_.get(), mod_order_.get(),
                                 context()) == 1;
  }

  // sum = u1 * G + u2 * Q. EC_POINT_add knows equal points, opposite ones and infinity.
  bool Multiply(const EC_GROUP& multiples) {
    return EC_POINT_mul(P256(), of_g_.get(), u1_.get(), nullptr, nullptr, context()) == 1 &&
           EC_POINT_mul(&multiples, of_q_.get(), u2_.get(), nullptr, nullptr, context()) == 1 &&
           EC_POINT_add(P256(), sum_.get(), of_g_.get(), of_q_.get(), context()) == 1;
  }

  // Whether the x coordinate of the sum is r modulo n. The point is (X : Y : Z) with x = X / Z^2:
  // comparing X with r * Z^2 saves the division, a seventh of the whole.
  bool SumHasR() {
    if (EC_POINT_is_at_infinity(P256(), sum_.get()) == 1 ||
        EC_POINT_get_Jprojective_coordinates_GFp(P256(), sum_.get(), x_.get(), nullptr, z_.get(),
                                                 context()) != 1 ||
        BN_mod_sqr(z_.get(), z_.get(), field(), context()) != 1) {
      return false;
    }
    if (IsX(*r_)) return true;
    // x may lie from n to p - 1, where r is x - n: once in 2^128 times, unless someone made it so.
    return BN_add(r_.get(), r_.get(), order()) == 1 && BN_cmp(r_.get(), field()) < 0 && IsX(*r_);
  }

  bool complete() const {
    return r_ && s_ && u1_ && u2_ && inverse_ && x_ && z_ && product_ && of_g_ && of_q_ && sum_ &&
           mod_order_ && context_;
  }

 private:
  static const BIGNUM* order() { return EC_GROUP_get0_order(P256()); }
  static const BIGNUM* field() { return EC_GROUP_get0_field(P256()); }
  BN_CTX* context() { return context_.get(); }

  static bool IsInRange(const BIGNUM& number) {
    return !BN_is_zero(&number) && BN_cmp(&number, order()) < 0;
  }

  static bool Invert(const BIGNUM& number, BIGNUM& out) {
    static_assert(std::endian::native == std::endian::little, "words are read as bytes");
    Scalar256 words;
    auto* bytes = reinterpret_cast<unsigned char*>(words.data());
    if (BN_bn2lebinpad(&number, bytes, kWidth) != kWidth) return false;
    words = InverseModP256Order(words);
    return BN_lebin2bn(bytes, kWidth, &out) != nullptr;
  }

  // Whether `x` * Z^2 = X.
  bool IsX(const BIGNUM& x) {
    return BN_mod_mul(product_.get(), &x, z_.get(), field(), context()) == 1 &&
           BN_cmp(product_.get(), x_.get()) == 0;
  }

  const BignumPtr r_ = NewBignum(), s_ = NewBignum(), inverse_ = NewBignum();
  const BignumPtr u1_ = NewBignum(), u2_ = NewBignum();
  const BignumPtr x_ = NewBignum(), z_ = NewBignum(), product_ = NewBignum();
  const PointPtr of_g_ = NewPoint(), of_q_ = NewPoint(), sum_ = NewPoint();
  const BignumContextPtr context_{BN_CTX_new()};
  const MontgomeryPtr mod_order_ = MontgomeryOf(order(), context_.get());
};

}  // namespace

Es256Verifier::Es256Verifier(GroupPtr multiples) : multiples_(std::move(multiples)) {}

std::unique_ptr<const Es256Verifier> Es256Verifier::Make(const PublicParameters& parameters) {
  if (P256() == nullptr) return nullptr;
  GroupPtr group(EC_GROUP_dup(P256()));
  const PointPtr point = NewPoint();
  const BignumPtr x = NewBignum(), y = NewBignum();
  // EC_POINT_set_affine_coordinates refuses a point that is not on the curve.
  const bool made =
      group && point && x && y && Read(parameters.x, *x) && Read(parameters.y, *y) &&
      EC_POINT_set_affine_coordinates(P256(), point.get(), x.get(), y.get(), nullptr) == 1 &&
      EC_GROUP_set_generator(group.get(), point.get(), EC_GROUP_get0_order(P256()),
                             EC_GROUP_get0_cofactor(P256())) == 1 &&
      EC_GROUP_precompute_mult(group.get(), nullptr) == 1 &&
      EC_GROUP_have_precompute_mult(group.get()) == 1;
  if (!made) {
    ERR_clear_error();
    return nullptr;
  }
  return std::unique_ptr<const Es256Verifier>(new Es256Verifier(std::move(group)));
}

bool Es256Verifier::Verify(const Sha256Digest& digest, absl::string_view signature) const {
  if (signature.size() != kSignatureSize) return false;
  thread_local EcScratch scratch;
  const bool good = scratch.complete() && scratch.ReadSignature(signature) &&
                    scratch.Divide(digest) && scratch.Multiply(*multiples_) && scratch.SumHasR();
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace signet::crypto
