#include "client/crypto/rs256_verifier.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "client/base/random.h"
#include "client/crypto/key_context.h"
#include "client/crypto/public_key_parts.h"

namespace signet::crypto {
namespace {

// An RSA key whose private operation takes any bytes, so that wrong encodings can be signed.
class RawRsaKey {
 public:
  RawRsaKey(unsigned bits, unsigned exponent) {
    const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    const BignumPtr e(BN_new());
    BN_set_word(e.get(), exponent);
    EVP_PKEY* made = nullptr;
    EVP_PKEY_keygen_init(context.get());
    EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits));
    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get());
    EVP_PKEY_keygen(context.get(), &made);
    key_.reset(made);
  }

  PublicParameters parameters() const { return *ExportPublicKey(Algorithm::kRs256, *key_); }

  // encoded^d modulo n.
  std::string Raw(const std::string& encoded) const {
    const KeyContextPtr context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    EVP_PKEY_decrypt_init(context.get());
    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING);
    std::string out(encoded.size(), '\0');
    size_t size = out.size();
    EXPECT_EQ(EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                               Bytes(encoded), encoded.size()),
              1);
    return out;
  }

  bool EvpVerifies(const Sha256Digest& digest, const std::string& signature) const {
    const KeyContextPtr context = MakeKeyContext(Algorithm::kRs256, *key_, KeyUse::kVerify);
    const bool good = EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(),
                                      digest.data(), digest.size()) == 1;
    ERR_clear_error();
    return good;
  }

 private:
  KeyPtr key_;
};

const RawRsaKey& RsaKey() {
  static const auto* const key = new RawRsaKey(2048, 65537);
  return *key;
}

const std::string kInfo(
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", 19);

// EMSA-PKCS1-v1_5 with `info` in front of the digest and `trailer` behind it.
std::string Encode(const Sha256Digest& digest, size_t size, const std::string& info = kInfo,
                   const std::string& trailer = "") {
  const std::string tail = info + std::string(DigestView(digest)) + trailer;
  return std::string("\0\1", 2) + std::string(size - tail.size() - 3, '\xff') + '\0' + tail;
}

TEST(Rs256Verifier, EveryOddExponentAndAnySizeVerifies) {
  const Sha256Digest digest = Sha256("message");
  const std::pair<unsigned, unsigned> kKeys[] = {
      {2048, 3}, {2056, 5}, {2048, 17}, {3072, 65537}, {2048, 4294967295}};
  for (const auto& [bits, exponent] : kKeys) {
    const RawRsaKey key(bits, exponent);
    const auto verifier = Rs256Verifier::Make(key.parameters());
    const std::string signature = key.Raw(Encode(digest, bits / 8));
    EXPECT_TRUE(verifier->Verify(digest, signature)) << bits << " bits, e = " << exponent;
    EXPECT_FALSE(verifier->Verify(Sha256("massage"), signature)) << exponent;
  }
}

TEST(Rs256Verifier, JudgesAsOpensslDoesWhateverIsChanged) {
  const auto verifier = Rs256Verifier::Make(RsaKey().parameters());
  int accepted = 0;
  for (int i = 0; i < 100; ++i) {
    Sha256Digest digest = Sha256(base::RandomBytes(8));
    std::string signature = RsaKey().Raw(Encode(digest, 256));
    const std::string noise = base::RandomBytes(3);
    const auto at = static_cast<uint8_t>(noise[0]);
    if (noise[2] & 1) signature[at] = static_cast<char>(signature[at] ^ noise[1]);
    const bool ours = verifier->Verify(digest, signature);
    ASSERT_EQ(ours, RsaKey().EvpVerifies(digest, signature));
    accepted += ours ? 1 : 0;
  }
  EXPECT_GT(accepted, 20);
  EXPECT_LT(accepted, 80);
}

// A parser that skips what it does not know lets an attacker choose those bytes, and with e = 3 a
// cube root is a signature (CVE-2006-4339 and its heirs).
TEST(Rs256Verifier, AnEncodingThatDiffersAnywhereIsRefused) {
  const auto verifier = Rs256Verifier::Make(RsaKey().parameters());
  const Sha256Digest digest = Sha256("message");
  const std::string good = Encode(digest, 256);
  ASSERT_TRUE(verifier->Verify(digest, RsaKey().Raw(good)));
  for (size_t at = 1; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_FALSE(verifier->Verify(digest, RsaKey().Raw(bad))) << at;
  }
  EXPECT_FALSE(verifier->Verify(digest, RsaKey().Raw(Encode(digest, 256, kInfo, "garbage"))));
  const std::string no_null("\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20",
                            17);
  EXPECT_FALSE(verifier->Verify(digest, RsaKey().Raw(Encode(digest, 256, no_null))));
  EXPECT_FALSE(verifier->Verify(digest, RsaKey().Raw(Encode(digest, 256, ""))));
}

TEST(Rs256Verifier, SignaturesOfAnotherLengthOrNotBelowTheModulusAreRefused) {
  const PublicParameters key = RsaKey().parameters();
  const auto verifier = Rs256Verifier::Make(key);
  const Sha256Digest digest = Sha256("message");
  const std::string good = RsaKey().Raw(Encode(digest, 256));
  for (const std::string& bad : {std::string(), good.substr(1), good + '\0', '\0' + good,
                                 std::string(256, '\0'), std::string(256, '\xff'), key.n}) {
    EXPECT_FALSE(verifier->Verify(digest, bad));
  }
  // The same signature, once more around the modulus.
  const BignumPtr n(BN_bin2bn(Bytes(key.n), 256, nullptr));
  const BignumPtr more(BN_bin2bn(Bytes(good), 256, nullptr));
  BN_add(more.get(), more.get(), n.get());
  if (BN_num_bytes(more.get()) == 256) {
    std::string around(256, '\0');
    BN_bn2binpad(more.get(), reinterpret_cast<unsigned char*>(around.data()), 256);
    EXPECT_FALSE(verifier->Verify(digest, around));
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace signet::crypto
