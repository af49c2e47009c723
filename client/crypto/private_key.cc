#include "client/crypto/private_key.h"

#include <memory>
#include <utility>

#include <openssl/err.h>

#include "absl/status/status.h"
#include "client/base/status_macros.h"
#include "client/crypto/context_pool.h"
#include "client/crypto/key_context.h"
#include "client/crypto/openssl.h"
#include "client/crypto/public_key_parts.h"

// OpenSSL 3.0 calls its direct ECDSA deprecated.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace signet::crypto {
namespace {

constexpr size_t kRsaBits = 2048;

struct FreeEcKey {  // its template in openssl.h would bring the deprecation into every source
  void operator()(EC_KEY* key) const { EC_KEY_free(key); }
};
using EcKeyPtr = std::unique_ptr<EC_KEY, FreeEcKey>;

KeyPtr GenerateKey(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kPs256:
      return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kRsaBits));
    case Algorithm::kEs256:
      return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    case Algorithm::kEs384:
      return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
    case Algorithm::kEdDsa:
      return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  }
  return nullptr;
}

absl::StatusOr<VerifyingKey> PublicHalf(Algorithm algorithm, const EVP_PKEY& key) {
  SIGNET_ASSIGN_OR_RETURN(PublicParameters parameters, ExportPublicKey(algorithm, key));
  return VerifyingKey::Make(algorithm, parameters);
}

// The private half of a damaged or foreign file may not fit the public one: signatures would not
// verify, and a wrong RSA-CRT value would even give the key away.
bool HalvesFit(EVP_PKEY& key) {
  const KeyContextPtr context(EVP_PKEY_CTX_new(&key, nullptr));
  return context && EVP_PKEY_pairwise_check(context.get()) == 1;
}

}  // namespace

class SigningKey::State {
 public:
  State(VerifyingKey verifying_key, KeyPtr key)
      : verifying_key_(std::move(verifying_key)),
        algorithm_(verifying_key_.algorithm()),
        key_(std::move(key)),
        ec_key_(EcdsaWidth(algorithm_) != 0 ? EVP_PKEY_get1_EC_KEY(key_.get()) : nullptr),
        max_size_(static_cast<size_t>(EVP_PKEY_get_size(key_.get()))) {}

  const VerifyingKey& verifying_key() const { return verifying_key_; }
  EVP_PKEY* key() const { return key_.get(); }

  // The raw signature, empty where OpenSSL fails.
  std::string Sign(absl::string_view message) {
    if (algorithm_ == Algorithm::kEdDsa) return SignMessage(message);
    return EcdsaWidth(algorithm_) != 0 ? SignEcdsa(message) : SignDigest(message);
  }

 private:
  // The same ECDSA as behind EVP, which spends a twentieth of a P-256 signature on finding it and
  // on writing DER that JWS does not want.
  std::string SignEcdsa(absl::string_view message) {
    const MessageDigest digest = DigestFor(algorithm_, message);
    const EcdsaSignaturePtr made(
        ec_key_ ? ECDSA_do_sign(digest.bytes.data(), static_cast<int>(digest.size), ec_key_.get())
                : nullptr);
    const int width = static_cast<int>(EcdsaWidth(algorithm_));
    std::string signature(static_cast<size_t>(2 * width), '\0');
    auto* to = reinterpret_cast<unsigned char*>(signature.data());
    if (!made || BN_bn2binpad(ECDSA_SIG_get0_r(made.get()), to, width) != width ||
        BN_bn2binpad(ECDSA_SIG_get0_s(made.get()), to + width, width) != width) {
      return std::string();
    }
    return signature;
  }

  std::string SignDigest(absl::string_view message) {
    const MessageDigest digest = DigestFor(algorithm_, message);
    KeyContextPtr context = contexts_.Take();
    if (!context) context = MakeKeyContext(algorithm_, *key_, KeyUse::kSign);
    std::string signature(max_size_, '\0');
    size_t size = signature.size();
    if (!context || EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                                  &size, digest.bytes.data(), digest.size) != 1) {
      return std::string();
    }
    contexts_.Put(std::move(context));
    signature.resize(size);
    return signature;
  }

  std::string SignMessage(absl::string_view message) {
    DigestContextPtr context = message_contexts_.Take();
    // Without a key, OpenSSL starts a used context anew at little cost.
    EVP_PKEY* key = context ? nullptr : key_.get();
    if (!context) context.reset(EVP_MD_CTX_new());
    std::string signature(max_size_, '\0');
    size_t size = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       Bytes(message), message.size()) != 1) {
      return std::string();
    }
    message_contexts_.Put(std::move(context));
    signature.resize(size);
    return signature;
  }

  const VerifyingKey verifying_key_;
  const Algorithm algorithm_;
  const KeyPtr key_;
  const EcKeyPtr ec_key_;  // of ECDSA alone
  const size_t max_size_;
  ContextPool<KeyContextPtr> contexts_;
  ContextPool<DigestContextPtr> message_contexts_;
};

SigningKey::SigningKey(std::shared_ptr<State> state) : state_(std::move(state)) {}

absl::StatusOr<SigningKey> SigningKey::Generate(Algorithm algorithm) {
  KeyPtr key = GenerateKey(algorithm);
  if (!key) return absl::InternalError("cannot generate a key");
  SIGNET_ASSIGN_OR_RETURN(VerifyingKey half, PublicHalf(algorithm, *key));
  return SigningKey(std::make_shared<State>(std::move(half), std::move(key)));
}

absl::StatusOr<SigningKey> SigningKey::FromPkcs8(Algorithm algorithm, const base::Secret& der) {
  const absl::Status refused = absl::InvalidArgumentError("not a PKCS #8 private key");
  const unsigned char* at = Bytes(der.reveal());
  const unsigned char* const end = at + der.size();
  const Pkcs8Ptr info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  KeyPtr key(info && at == end ? EVP_PKCS82PKEY(info.get()) : nullptr);
  ERR_clear_error();
  if (!key) return refused;
  SIGNET_ASSIGN_OR_RETURN(VerifyingKey half, PublicHalf(algorithm, *key));
  if (!HalvesFit(*key)) return refused;
  return SigningKey(std::make_shared<State>(std::move(half), std::move(key)));
}

absl::StatusOr<base::Secret> SigningKey::ToPkcs8() const {
  const Pkcs8Ptr info(EVP_PKEY2PKCS8(state_->key()));
  const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr) : 0;
  if (size <= 0) return absl::InternalError("cannot export a key");
  std::string der(static_cast<size_t>(size), '\0');
  auto* to = reinterpret_cast<unsigned char*>(der.data());
  i2d_PKCS8_PRIV_KEY_INFO(info.get(), &to);
  return base::Secret(std::move(der));
}

Algorithm SigningKey::algorithm() const { return state_->verifying_key().algorithm(); }
const VerifyingKey& SigningKey::verifying_key() const { return state_->verifying_key(); }

absl::StatusOr<std::string> SigningKey::Sign(absl::string_view message) const {
  std::string signature = state_->Sign(message);
  if (signature.empty()) {
    ERR_clear_error();
    return absl::InternalError("cannot sign");
  }
  return signature;
}

}  // namespace signet::crypto
