#include "client/crypto/key_context.h"

#include <algorithm>

#include <openssl/rsa.h>

#include "client/crypto/digest.h"

namespace signet::crypto {
namespace {

constexpr int kPssSaltLength = 32;  // RFC 7518 section 3.5: the size of the hash

bool SetRsaPadding(Algorithm algorithm, EVP_PKEY_CTX* context) {
  if (algorithm == Algorithm::kRs256) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  }
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, kPssSaltLength) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

}  // namespace

KeyContextPtr MakeKeyContext(Algorithm algorithm, EVP_PKEY& key, KeyUse use) {
  KeyContextPtr context(EVP_PKEY_CTX_new(&key, nullptr));
  if (!context) return nullptr;
  const int started = use == KeyUse::kSign ? EVP_PKEY_sign_init(context.get())
                                           : EVP_PKEY_verify_init(context.get());
  if (started != 1) return nullptr;
  const bool rsa = algorithm == Algorithm::kRs256 || algorithm == Algorithm::kPs256;
  if (rsa && !SetRsaPadding(algorithm, context.get())) return nullptr;
  const EVP_MD* digest = algorithm == Algorithm::kEs384 ? EVP_sha384() : EVP_sha256();
  if (EVP_PKEY_CTX_set_signature_md(context.get(), digest) != 1) return nullptr;
  return context;
}

size_t EcdsaWidth(Algorithm algorithm) {
  if (algorithm == Algorithm::kEs256) return 32;
  if (algorithm == Algorithm::kEs384) return 48;
  return 0;
}

MessageDigest DigestFor(Algorithm algorithm, absl::string_view message) {
  MessageDigest digest;
  if (algorithm == Algorithm::kEs384) {
    digest.bytes = Sha384(message);
    digest.size = digest.bytes.size();
  } else {
    const Sha256Digest sha256 = Sha256(message);
    std::copy(sha256.begin(), sha256.end(), digest.bytes.begin());
    digest.size = sha256.size();
  }
  return digest;
}

}  // namespace signet::crypto
