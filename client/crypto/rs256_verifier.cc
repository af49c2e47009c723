#include "client/crypto/rs256_verifier.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <openssl/err.h>

#include "client/base/big_endian.h"

namespace signet::crypto {
namespace {

// DigestInfo of SHA-256 up to the digest (RFC 8017 section 9.2, note 1).
constexpr absl::string_view kDigestInfo(
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", 19);

constexpr size_t kMaxModulusSize = 1024;

// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2) without the digest at its end: 00 01 ff … ff 00
// DigestInfo.
std::string EncodingPrefix(size_t modulus_size) {
  std::string prefix(modulus_size - sizeof(Sha256Digest), '\xff');
  prefix[0] = '\0';
  prefix[1] = '\1';
  const size_t info = prefix.size() - kDigestInfo.size();
  prefix[info - 1] = '\0';
  prefix.replace(info, kDigestInfo.size(), kDigestInfo.data(), kDigestInfo.size());
  return prefix;
}

// What a thread keeps from call to call, so that none allocates.
struct RsaScratch {
  const BignumPtr signature{BN_new()};
  const BignumPtr message{BN_new()};
  const BignumPtr base{BN_new()};
  const BignumContextPtr context{BN_CTX_new()};

  bool complete() const { return signature && message && base && context; }
};

RsaScratch& ThisThreads() {
  thread_local RsaScratch scratch;
  return scratch;
}

}  // namespace

Rs256Verifier::Rs256Verifier(BignumPtr modulus, MontgomeryPtr montgomery, uint32_t exponent,
                             std::string prefix)
    : modulus_(std::move(modulus)),
      montgomery_(std::move(montgomery)),
      exponent_(exponent),
      prefix_(std::move(prefix)) {}

std::unique_ptr<const Rs256Verifier> Rs256Verifier::Make(const PublicParameters& parameters) {
  BignumPtr modulus(BN_bin2bn(Bytes(parameters.n), static_cast<int>(parameters.n.size()), nullptr));
  MontgomeryPtr montgomery(BN_MONT_CTX_new());
  const BignumContextPtr context(BN_CTX_new());
  if (!modulus || !montgomery || !context ||
      BN_MONT_CTX_set(montgomery.get(), modulus.get(), context.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  const auto exponent = static_cast<uint32_t>(base::ReadBigEndian(parameters.e));
  return std::unique_ptr<const Rs256Verifier>(new Rs256Verifier(
      std::move(modulus), std::move(montgomery), exponent, EncodingPrefix(parameters.n.size())));
}

bool Rs256Verifier::Verify(const Sha256Digest& digest, absl::string_view signature) const {
  const size_t size = prefix_.size() + digest.size();
  if (signature.size() != size) return false;
  RsaScratch& scratch = ThisThreads();
  std::array<unsigned char, kMaxModulusSize> message;
  const bool computed =
      scratch.complete() &&
      BN_bin2bn(Bytes(signature), static_cast<int>(size), scratch.signature.get()) != nullptr &&
      BN_cmp(scratch.signature.get(), modulus_.get()) < 0 &&
      Power(*scratch.signature, *scratch.message) &&
      BN_bn2binpad(scratch.message.get(), message.data(), static_cast<int>(size)) ==
          static_cast<int>(size);
  if (!computed) {
    ERR_clear_error();
    return false;
  }
  // Everything compared here is public: no constant time is needed.
  return std::memcmp(message.data(), prefix_.data(), prefix_.size()) == 0 &&
         std::memcmp(message.data() + prefix_.size(), digest.data(), digest.size()) == 0;
}

// out = base^exponent modulo the modulus, from the exponent's highest bit down. Montgomery's
// product of a and b is a b / R: with a factor R in all but the last multiplication, which belongs
// to the lowest bit (exponents are odd), the result is free of it.
bool Rs256Verifier::Power(const BIGNUM& base, BIGNUM& out) const {
  RsaScratch& scratch = ThisThreads();
  BIGNUM* const raised = scratch.base.get();
  BN_CTX* const context = scratch.context.get();
  if (BN_to_montgomery(raised, &base, montgomery_.get(), context) != 1 ||
      BN_copy(&out, raised) == nullptr) {
    return false;
  }
  const auto multiply = [&](const BIGNUM* factor) {
    return BN_mod_mul_montgomery(&out, &out, factor, montgomery_.get(), context) == 1;
  };
  for (int bit = std::bit_width(exponent_) - 2; bit > 0; --bit) {
    if (!multiply(&out)) return false;
    if ((exponent_ >> bit & 1) != 0 && !multiply(raised)) return false;
  }
  return multiply(&out) && multiply(&base);
}

}  // namespace signet::crypto
