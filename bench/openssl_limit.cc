#include "bench/openssl_limit.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "client/crypto/openssl.h"

namespace signet::bench {
namespace {

using crypto::Algorithm;

void Need(bool good) {
  if (good) return;
  std::fputs("OpenSSL failed under measurement\n", stderr);
  std::abort();
}

crypto::KeyPtr NewKey(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kPs256:
      return crypto::KeyPtr(EVP_RSA_gen(2048));
    case Algorithm::kEs256:
      return crypto::KeyPtr(EVP_EC_gen("P-256"));
    case Algorithm::kEs384:
      return crypto::KeyPtr(EVP_EC_gen("P-384"));
    case Algorithm::kEdDsa:
      return crypto::KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  }
  std::abort();
}

void SetPadding(EVP_PKEY_CTX* context, Algorithm algorithm, const EVP_MD* digest) {
  Need(EVP_PKEY_CTX_set_signature_md(context, digest) == 1);
  if (algorithm != Algorithm::kPs256) return;
  Need(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1);
  Need(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

}  // namespace

struct OpensslLimit::Contexts {
  std::string input;  // the digest; for Ed25519 the message
  std::string signature;
  crypto::KeyPtr key;
  crypto::KeyContextPtr sign;
  crypto::KeyContextPtr verify;
  crypto::DigestContextPtr sign_message;  // Ed25519
  crypto::DigestContextPtr verify_message;
};

OpensslLimit::OpensslLimit(Algorithm algorithm, absl::string_view message)
    : contexts_(std::make_unique<Contexts>()) {
  Contexts& c = *contexts_;
  c.key = NewKey(algorithm);
  Need(c.key != nullptr);
  c.signature.resize(static_cast<size_t>(EVP_PKEY_get_size(c.key.get())));
  if (algorithm == Algorithm::kEdDsa) {
    c.input = std::string(message);
    c.sign_message.reset(EVP_MD_CTX_new());
    c.verify_message.reset(EVP_MD_CTX_new());
    EVP_PKEY* key = c.key.get();
    Need(EVP_DigestSignInit(c.sign_message.get(), nullptr, nullptr, nullptr, key) == 1);
    Need(EVP_DigestVerifyInit(c.verify_message.get(), nullptr, nullptr, nullptr, key) == 1);
  } else {
    const EVP_MD* digest = algorithm == Algorithm::kEs384 ? EVP_sha384() : EVP_sha256();
    c.input.resize(static_cast<size_t>(EVP_MD_get_size(digest)));
    Need(EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(&c.input[0]),
                    nullptr, digest, nullptr) == 1);
    c.sign.reset(EVP_PKEY_CTX_new(c.key.get(), nullptr));
    c.verify.reset(EVP_PKEY_CTX_new(c.key.get(), nullptr));
    Need(EVP_PKEY_sign_init(c.sign.get()) == 1 && EVP_PKEY_verify_init(c.verify.get()) == 1);
    SetPadding(c.sign.get(), algorithm, digest);
    SetPadding(c.verify.get(), algorithm, digest);
  }
  Sign();
}

OpensslLimit::~OpensslLimit() = default;

void OpensslLimit::Sign() {
  Contexts& c = *contexts_;
  c.signature.resize(c.signature.capacity());
  size_t size = c.signature.size();
  auto* out = reinterpret_cast<unsigned char*>(&c.signature[0]);
  const unsigned char* in = crypto::Bytes(c.input);
  Need((c.sign ? EVP_PKEY_sign(c.sign.get(), out, &size, in, c.input.size())
               : EVP_DigestSign(c.sign_message.get(), out, &size, in, c.input.size())) == 1);
  c.signature.resize(size);
}

void OpensslLimit::Verify() {
  Contexts& c = *contexts_;
  const unsigned char* in = crypto::Bytes(c.input);
  const unsigned char* signature = crypto::Bytes(c.signature);
  const size_t size = c.signature.size();
  Need((c.verify
            ? EVP_PKEY_verify(c.verify.get(), signature, size, in, c.input.size())
            : EVP_DigestVerify(c.verify_message.get(), signature, size, in, c.input.size())) == 1);
}

}  // namespace signet::bench
