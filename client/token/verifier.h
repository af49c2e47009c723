#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/snapshot.h"
#include "client/token/claims.h"
#include "client/token/key_set.h"
#include "client/token/reject_reason.h"
#include "client/token/revocation_set.h"
#include "client/token/verified_token_cache.h"

namespace signet::token {

// Proof that a token was accepted: signature, rules and revocation at the moment of Verify().
// Only AccessTokenVerifier makes one. Cheap to copy (one reference). Immutable, thread-safe.
class VerifiedAccessToken {
 public:
  const AccessTokenClaims& claims() const { return entry_->claims; }
  const std::string& key_id() const { return entry_->key_id; }
  // What Options::annotate made of the claims; empty where there is none.
  absl::string_view annotation() const { return entry_->annotation; }

 private:
  friend class AccessTokenVerifier;
  explicit VerifiedAccessToken(std::shared_ptr<const VerifiedEntry> entry)
      : entry_(std::move(entry)) {}
  std::shared_ptr<const VerifiedEntry> entry_;
};

// Where a decision came from.
enum class DecisionSource { kCache, kSignature };

// The outcome of judging one token.
struct Verdict {
  std::variant<VerifiedAccessToken, RejectReason> outcome;
  DecisionSource source = DecisionSource::kSignature;

  bool accepted() const { return std::holds_alternative<VerifiedAccessToken>(outcome); }
  const VerifiedAccessToken& token() const { return std::get<VerifiedAccessToken>(outcome); }
  RejectReason reason() const { return std::get<RejectReason>(outcome); }
};

// Judges access tokens by the rules of docs/tokens.md: the server, the command line and every
// linked service run this same code. No network, no query; no lock and no allocation on a cache
// hit. Thread-safe.
class AccessTokenVerifier {
 public:
  struct Options {
    std::string issuer;                         // compared to `iss`, byte by byte
    absl::Duration leeway = absl::Seconds(30);  // at most 30 s; for exp, nbf and iat
    size_t cache_bytes = size_t{64} << 20;      // of verified tokens; 0 switches it off
    // Called once for each verified token; what it returns is kept with the token in the cache, so
    // that what every answer says of a token is made once. May be empty. Thread-safe.
    std::function<std::string(const AccessTokenClaims&)> annotate;
  };

  // The snapshots stay the caller's, and outlive the verifier.
  AccessTokenVerifier(Options options, const base::Snapshot<KeySet>& keys,
                      const base::Snapshot<RevocationSet>& revocations);
  ~AccessTokenVerifier();

  // Judges `token` for a caller that is `audience` (never empty: an empty one accepts nothing).
  Verdict Verify(absl::string_view token, absl::string_view audience, absl::Time now) const;

  // For callers to whom the audience does not matter because they are the issuer itself: the
  // server checking its own caller's credential, ExplainToken. Every other rule holds.
  Verdict VerifyForIssuer(absl::string_view token, absl::Time now) const;

  // Size and hit counts of the cache, for metrics.
  VerifiedTokenCache::Stats cache_stats() const;

 private:
  // `audience` is null where it is not asked for.
  Verdict Judge(absl::string_view token, const absl::string_view* audience, absl::Time now) const;
  std::variant<std::shared_ptr<const VerifiedEntry>, RejectReason> VerifySignature(
      absl::string_view token, const KeySet& keys) const;
  std::optional<RejectReason> CheckNow(const VerifiedEntry& entry,
                                       const absl::string_view* audience, absl::Time now) const;

  const Options options_;
  const base::Snapshot<KeySet>& keys_;
  const base::Snapshot<RevocationSet>& revocations_;
  const std::unique_ptr<VerifiedTokenCache> cache_;
};

}  // namespace signet::token
