#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/base/snapshot.h"
#include "client/token/claims.h"
#include "client/token/claims_view.h"
#include "client/token/key_set.h"
#include "client/token/reject_reason.h"
#include "client/token/revocation_set.h"
#include "client/token/verified_entry.h"
#include "client/token/verified_token_cache.h"

namespace signet::token {

// Proof that a token was accepted: signature, rules and revocation at the moment of Verify().
// Only AccessTokenVerifier makes one. Cheap to copy (one reference). Immutable, thread-safe.
class VerifiedAccessToken {
 public:
  // Its texts are views, valid as long as this object or a copy of it.
  ClaimsView claims() const { return entry_->claims(); }
  absl::string_view key_id() const { return entry_->key_id(); }
  absl::Time expires_at() const { return absl::FromUnixSeconds(entry_->expires_at()); }
  // What Options::annotate made of the claims; empty where there is none.
  absl::string_view annotation() const { return entry_->annotation(); }

 private:
  friend class AccessTokenVerifier;
  explicit VerifiedAccessToken(VerifiedEntryRef entry) : entry_(std::move(entry)) {}
  VerifiedEntryRef entry_;
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
// linked service run this same code. No network, no query; no allocation on a cache hit.
// Thread-safe.
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

  // Judges many tokens as Verify() does and gives each verdict to `use`, in order. While one is
  // judged, the memory of the next ones is already on its way: with more live tokens than the
  // processor's caches hold, most of a hit is waiting for memory. `reads` says what `use` will
  // read.
  enum class Reads { kDecision, kAnnotation };
  void VerifyBatch(absl::Span<const absl::string_view> tokens, absl::string_view audience,
                   absl::Time now, Reads reads, absl::FunctionRef<void(Verdict)> use) const;

  // For callers to whom the audience does not matter because they are the issuer itself: the
  // server checking its own caller's credential, ExplainToken. Every other rule holds.
  Verdict VerifyForIssuer(absl::string_view token, absl::Time now) const;

  // Size and hit counts of the cache, for metrics.
  VerifiedTokenCache::Stats cache_stats() const;

 private:
  struct Question;

  Verdict Judge(absl::string_view token, uint64_t hash, const Question& question) const;
  Question Ask(const absl::string_view* audience, absl::Time now) const;
  std::variant<VerifiedEntryRef, RejectReason> VerifySignature(absl::string_view token,
                                                               const KeySet& keys) const;

  const Options options_;
  const base::Snapshot<KeySet>& keys_;
  const base::Snapshot<RevocationSet>& revocations_;
  const std::unique_ptr<VerifiedTokenCache> cache_;
};

}  // namespace signet::token
