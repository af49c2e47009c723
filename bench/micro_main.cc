// bench_micro: the library beside OpenSSL, in one process and one thread.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bench/library_verification.h"
#include "bench/openssl_limit.h"
#include "bench/sample_tokens.h"
#include "bench/timing.h"
#include "client/base/snapshot.h"
#include "client/token/claims_parser.h"
#include "client/token/claims_writer.h"
#include "client/token/jws.h"
#include "client/token/key_set.h"
#include "client/token/verifier.h"
#include "server/signing/key_ring.h"
#include "server/signing/token_signer.h"

namespace signet::bench {
namespace {

using crypto::Algorithm;

void Need(bool good, absl::string_view what) {
  if (good) return;
  std::cerr << "bench_micro: " << what << "\n";
  std::exit(1);
}

// A verifier with one key, and live tokens of that key, which come in random order, as they come to
// a server. A cache of 0 bytes makes every call cold.
class Verification {
 public:
  Verification(const crypto::SigningKey& key, std::vector<std::string> tokens, size_t cache_bytes,
               absl::Time now)
      : now_(now),
        tokens_(std::move(tokens)),
        order_(tokens_.size() + 256),
        keys_(Keys(key)),
        revocations_(token::RevocationSet().With({}, now, now)),
        verifier_({.issuer = kIssuer, .cache_bytes = cache_bytes}, keys_, revocations_) {
    std::iota(order_.begin(), order_.begin() + static_cast<int64_t>(tokens_.size()), 0);
    Continue();
  }

  void operator()() {
    // A request has just been received: its bytes are near, whatever the cache has to be asked for.
    const std::string& soon = Token(kSoon);
    for (size_t i = 0; i < soon.size(); i += 64) __builtin_prefetch(soon.data() + i);
    Need(verifier_.Verify(Token(0), kSampleAudience, now_).accepted(), "a live token was refused");
    Advance(1);
  }

  // A batch in place of a token; returns its size.
  size_t Batch() {
    std::array<absl::string_view, 256> batch;
    for (size_t i = 0; i < batch.size(); ++i) batch[i] = Token(i);
    size_t accepted = 0;
    verifier_.VerifyBatch(
        batch, kSampleAudience, now_, token::AccessTokenVerifier::Reads::kDecision,
        [&](const token::Verdict& verdict) { accepted += verdict.accepted() ? 1 : 0; });
    Need(accepted == batch.size(), "a live token was refused");
    Advance(batch.size());
    return batch.size();
  }

  // So that every token is in the cache; a cache that drops some would be measured half cold.
  void Fill() {
    for (size_t i = 0; i < tokens_.size(); ++i) (*this)();
    std::shuffle(order_.begin(), order_.end() - 256, std::minstd_rand());
    Continue();
    for (size_t i = 0; i < tokens_.size(); ++i) (*this)();
    Need(verifier_.cache_stats().hits >= tokens_.size(), "tokens were dropped from the cache");
  }

 private:
  static constexpr size_t kSoon = 2;

  // Up to 256 ahead: the order is continued that far beyond its end.
  const std::string& Token(size_t ahead) const { return tokens_[order_[next_ + ahead]]; }
  void Advance(size_t by) {
    next_ += by;
    if (next_ >= tokens_.size()) next_ -= tokens_.size();
  }
  void Continue() {
    for (size_t i = tokens_.size(); i < order_.size(); ++i) order_[i] = order_[i - tokens_.size()];
  }

  static std::shared_ptr<const token::KeySet> Keys(const crypto::SigningKey& key) {
    key.verifying_key().Precompute();  // as the server does when it loads a key
    token::KeySet::Builder builder;
    Need(builder.Add(kSampleKeyId, key.verifying_key()).ok(), "the key was refused");
    return std::make_shared<const token::KeySet>(builder.Build(1));
  }

  const absl::Time now_;
  const std::vector<std::string> tokens_;
  std::vector<uint32_t> order_;
  base::Snapshot<token::KeySet> keys_;
  base::Snapshot<token::RevocationSet> revocations_;
  token::AccessTokenVerifier verifier_;
  size_t next_ = 0;
};

// The cases keep what they work on alive.
Timed TimeVerification(std::string name, std::shared_ptr<Verification> verification) {
  return Time(std::move(name), [verification] { (*verification)(); });
}

// Tokens per second, not batches.
Timed TimeBatches(std::string name, std::shared_ptr<Verification> verification) {
  return {std::move(name), [verification](double seconds) {
            size_t size = 0;
            const auto batch = [&] { size = verification->Batch(); };
            const double batches = RateOf(batch, seconds);
            return batches * static_cast<double>(size);
          }};
}

const LibraryVerification::Rules kSampleRules{
    .issuer = kIssuer, .audience = kSampleAudience, .key_id = kSampleKeyId};

Timed TimeLibrary(std::string name, std::shared_ptr<LibraryVerification> library,
                  size_t revocations) {
  return {std::move(name), [library, revocations](double seconds) {
            library->Revoke(revocations);
            const auto verify = [&library] { (*library)(); };
            return RateOf(verify, seconds);
          }};
}

// The server's own signer, with one active key.
class Issuing {
 public:
  Issuing(const crypto::SigningKey& key, absl::Time now)
      : claims_(SampleClaims(7, now)),
        active_(std::make_shared<const std::optional<signing::ActiveKey>>(signing::ActiveKey{
            .kid = kSampleKeyId,
            .encoded_header = token::EncodeAccessTokenHeader(key.algorithm(), kSampleKeyId),
            .key = key,
            .activated_at = now})),
        signer_(kIssuer, active_, revocations_) {}

  void operator()() { Need(signer_.Issue(claims_).ok(), "no token was issued"); }

 private:
  const token::AccessTokenClaims claims_;
  const base::Snapshot<std::optional<signing::ActiveKey>> active_;
  const base::Snapshot<token::RevocationSet> revocations_{
      std::make_shared<const token::RevocationSet>()};
  signing::TokenSigner signer_;
};

void MeasureAlgorithm(Algorithm algorithm, double seconds, absl::Time now) {
  const std::string name = absl::AsciiStrToLower(crypto::AlgorithmName(algorithm));
  auto key = crypto::SigningKey::Generate(algorithm);
  Need(key.ok(), "no key");
  constexpr size_t kCold = 256;
  // A tenth of what the cached promise is about: signing that many RSA tokens takes seconds.
  const size_t cached = algorithm == Algorithm::kEs256 ? 10'000 : 1'000;
  const auto tokens = SampleTokens(*key, cached, now);
  const std::string input = tokens[0].substr(0, tokens[0].rfind('.'));

  auto limit = std::make_shared<OpensslLimit>(algorithm, input);
  auto cold = std::make_shared<Verification>(
      *key, std::vector<std::string>(tokens.begin(), tokens.begin() + kCold), 0, now);
  auto warm = std::make_shared<Verification>(*key, tokens, size_t{256} << 20, now);
  warm->Fill();
  auto library_cold = std::make_shared<LibraryVerification>(
      kSampleRules, key->verifying_key(),
      std::vector<std::string>(tokens.begin(), tokens.begin() + kCold), 0);
  auto library = std::make_shared<LibraryVerification>(kSampleRules, key->verifying_key(), tokens,
                                                       size_t{256} << 20);
  auto issuing = std::make_shared<Issuing>(*key, now);
  Measure({Time("openssl/verify/" + name, [limit] { limit->Verify(); }),
           TimeVerification("verify/" + name + "/cold", cold),
           Time("library/verify/" + name + "/cold", [library_cold] { (*library_cold)(); })},
          seconds);
  Measure({TimeVerification("verify/" + name + "/cached", warm),
           TimeBatches("verify/" + name + "/cached_batch256", warm),
           TimeLibrary("library/verify/" + name + "/cached", library, 0),
           TimeLibrary("library/verify/" + name + "/cached_revocations", library,
                       LibraryVerification::kMostRevocations)},
          seconds);
  Measure({Time("openssl/sign/" + name, [limit] { limit->Sign(); }),
           Time("sign/" + name, [&] { Need(key->Sign(input).ok(), "no signature"); }),
           Time("issue/" + name, [issuing] { (*issuing)(); })},
          seconds);
}

void MeasureClaims(double seconds, absl::Time now) {
  std::string json;
  token::WriteClaims(SampleClaims(7, now), json);
  const auto parse = [&json] {
    Need(std::holds_alternative<token::AccessTokenClaims>(token::ParseClaims(json)), "no claims");
  };
  std::string out;
  const auto claims = SampleClaims(7, now);
  const auto write = [&] {
    out.clear();
    token::WriteClaims(claims, out);
  };
  Measure({Time("claims/parse", parse), Time("claims/write", write)}, seconds);
}

// A million live tokens: gigabytes and a minute, therefore only on request.
void MeasureMillion(double seconds, absl::Time now) {
  constexpr size_t kMillion = 1'000'000;
  const auto key = crypto::SigningKey::Generate(Algorithm::kEs256);
  Need(key.ok(), "no key");
  const auto tokens = SampleTokens(*key, kMillion, now);
  auto warm = std::make_shared<Verification>(*key, tokens, size_t{4} << 30, now);
  warm->Fill();
  auto library = std::make_shared<LibraryVerification>(kSampleRules, key->verifying_key(), tokens,
                                                       size_t{4} << 30);
  Measure({TimeVerification("verify/es256/cached_1m", warm),
           TimeBatches("verify/es256/cached_1m_batch256", warm),
           Time("library/verify/es256/cached_1m", [library] { (*library)(); })},
          seconds);
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  using signet::crypto::Algorithm;
  double seconds = 1;
  bool million = false;
  CLI::App app{"Signing, verifying and reading tokens, beside OpenSSL's own rates."};
  app.add_option("--seconds", seconds, "for each case");
  app.add_flag("--million", million, "also a cache of a million tokens (needs 10 GiB)");
  std::string only;
  app.add_option("--algorithm", only, "this one alone, as in ES256");
  CLI11_PARSE(app, argc, argv);
  const absl::Time now = absl::Now();
  for (const auto algorithm : {Algorithm::kEs256, Algorithm::kRs256, Algorithm::kPs256,
                               Algorithm::kEs384, Algorithm::kEdDsa}) {
    if (!only.empty() && only != signet::crypto::AlgorithmName(algorithm)) continue;
    signet::bench::MeasureAlgorithm(algorithm, seconds, now);
  }
  signet::bench::MeasureClaims(seconds, now);
  if (million) signet::bench::MeasureMillion(seconds, now);
  return 0;
}
