#include "client/crypto/public_key.h"

#include <atomic>
#include <mutex>
#include <utility>

#include <openssl/err.h>

#include "client/base/status_macros.h"
#include "client/crypto/context_pool.h"
#include "client/crypto/ecdsa_encoding.h"
#include "client/crypto/es256_verifier.h"
#include "client/crypto/key_context.h"
#include "client/crypto/openssl.h"
#include "client/crypto/public_key_parts.h"
#include "client/crypto/rs256_verifier.h"

namespace signet::crypto {
namespace {

// A table costs what it saves in this many verifications, so that a key that is not used often does
// not pay for one, and a key that is never pays more than twice.
constexpr int kUsesWorthATable = 500;

// Length-prefixed, so that no two keys have one fingerprint by shifting bytes between members.
Sha256Digest Fingerprint(Algorithm algorithm, const PublicParameters& p) {
  std::string text(AlgorithmName(algorithm));
  for (const std::string* member : {&p.x, &p.y, &p.n, &p.e}) {
    text += ':' + std::to_string(member->size()) + ':' + *member;
  }
  return Sha256(text);
}

}  // namespace

class VerifyingKey::State {
 public:
  State(Algorithm algorithm, PublicParameters parameters, KeyPtr key)
      : algorithm_(algorithm),
        parameters_(std::move(parameters)),
        fingerprint_(Fingerprint(algorithm, parameters_)),
        key_(std::move(key)),
        signature_size_(static_cast<size_t>(EVP_PKEY_get_size(key_.get()))),
        rs256_(algorithm == Algorithm::kRs256 ? Rs256Verifier::Make(parameters_) : nullptr) {}

  Algorithm algorithm() const { return algorithm_; }
  const PublicParameters& parameters() const { return parameters_; }
  const Sha256Digest& fingerprint() const { return fingerprint_; }

  bool Verify(absl::string_view message, absl::string_view signature) {
    const bool good = algorithm_ == Algorithm::kEdDsa ? VerifyMessage(message, signature)
                                                      : VerifyDigest(message, signature);
    if (!good) ERR_clear_error();  // OpenSSL's queue belongs to the thread, and to no one here
    return good;
  }

  void Precompute() {
    if (algorithm_ != Algorithm::kEs256) return;
    std::call_once(precompute_once_, [this] {
      es256_ = Es256Verifier::Make(parameters_);
      es256_ready_.store(es256_.get(), std::memory_order_release);
    });
  }

  bool precomputed() const { return es256_ready_.load(std::memory_order_acquire) != nullptr; }

 private:
  // Null while there is no table, and for ever where OpenSSL cannot make one.
  const Es256Verifier* Es256() {
    const Es256Verifier* ready = es256_ready_.load(std::memory_order_acquire);
    // The counter is left alone as soon as it has done its work: every thread would write to it.
    if (ready != nullptr || uses_.load(std::memory_order_relaxed) >= kUsesWorthATable) return ready;
    // One thread makes it; the others go on without.
    if (uses_.fetch_add(1, std::memory_order_relaxed) + 1 == kUsesWorthATable) Precompute();
    return es256_ready_.load(std::memory_order_acquire);
  }

  bool VerifyDigest(absl::string_view message, absl::string_view signature) {
    const size_t width = EcdsaWidth(algorithm_);
    // OpenSSL takes shorter and longer r and s, once they are in DER: a second spelling of one
    // signature. The exact length is ours to ask for.
    if (signature.size() != (width != 0 ? 2 * width : signature_size_)) return false;
    if (algorithm_ == Algorithm::kEs256) {
      if (const auto* es256 = Es256()) return es256->Verify(Sha256(message), signature);
    }
    if (rs256_) return rs256_->Verify(Sha256(message), signature);
    const MessageDigest digest = DigestFor(algorithm_, message);
    if (width == 0) return VerifyRaw(digest, Bytes(signature), signature.size());
    const DerSignature der = EcdsaRawToDer(signature, width);
    return VerifyRaw(digest, der.bytes.data(), der.size);
  }

  bool VerifyRaw(const MessageDigest& digest, const unsigned char* signature, size_t size) {
    KeyContextPtr context = contexts_.Take();
    if (!context) context = MakeKeyContext(algorithm_, *key_, KeyUse::kVerify);
    if (!context) return false;
    const bool good =
        EVP_PKEY_verify(context.get(), signature, size, digest.bytes.data(), digest.size) == 1;
    contexts_.Put(std::move(context));
    return good;
  }

  // EdDSA hashes the message twice with different prefixes: there is no digest to hand over.
  bool VerifyMessage(absl::string_view message, absl::string_view signature) {
    if (signature.size() != signature_size_) return false;
    DigestContextPtr context = message_contexts_.Take();
    // Without a key, OpenSSL starts a used context anew at little cost.
    EVP_PKEY* key = context ? nullptr : key_.get();
    if (!context) context.reset(EVP_MD_CTX_new());
    if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) != 1) {
      return false;
    }
    const bool good = EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                                       Bytes(message), message.size()) == 1;
    message_contexts_.Put(std::move(context));
    return good;
  }

  const Algorithm algorithm_;
  const PublicParameters parameters_;
  const Sha256Digest fingerprint_;
  const KeyPtr key_;
  const size_t signature_size_;  // the modulus' length, or 64 for Ed25519; of no use for ECDSA
  const std::unique_ptr<const Rs256Verifier> rs256_;
  std::atomic<int> uses_{0};
  std::once_flag precompute_once_;
  std::unique_ptr<const Es256Verifier> es256_;
  std::atomic<const Es256Verifier*> es256_ready_{nullptr};
  ContextPool<KeyContextPtr> contexts_;
  ContextPool<DigestContextPtr> message_contexts_;
};

VerifyingKey::VerifyingKey(std::shared_ptr<State> state) : state_(std::move(state)) {}

absl::StatusOr<VerifyingKey> VerifyingKey::Make(Algorithm algorithm,
                                                const PublicParameters& parameters) {
  SIGNET_ASSIGN_OR_RETURN(KeyPtr key, ImportPublicKey(algorithm, parameters));
  return VerifyingKey(std::make_shared<State>(algorithm, parameters, std::move(key)));
}

Algorithm VerifyingKey::algorithm() const { return state_->algorithm(); }
const PublicParameters& VerifyingKey::parameters() const { return state_->parameters(); }
const Sha256Digest& VerifyingKey::fingerprint() const { return state_->fingerprint(); }

void VerifyingKey::Precompute() const { state_->Precompute(); }
bool VerifyingKey::precomputed() const { return state_->precomputed(); }

bool VerifyingKey::Verify(absl::string_view message, absl::string_view signature) const {
  return state_->Verify(message, signature);
}

}  // namespace signet::crypto
