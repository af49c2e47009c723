#include "client/token/verifier.h"

#include <algorithm>
#include <utility>

#include "client/token/claims_parser.h"
#include "client/token/jws.h"

namespace signet::token {
namespace {

constexpr absl::Duration kMaxLeeway = absl::Seconds(30);

AccessTokenVerifier::Options Bounded(AccessTokenVerifier::Options options) {
  options.leeway = std::clamp(options.leeway, absl::ZeroDuration(), kMaxLeeway);
  return options;
}

// Whether the key that verified `entry` is still in `keys`: retired and replaced ones are not.
bool KeyStillTrusted(const VerifiedEntry& entry, const KeySet& keys) {
  if (entry.key_set_identity == keys.identity()) return true;
  const KeySet::Key* key = keys.Find(entry.key_id);
  return key != nullptr && key->key.fingerprint() == entry.key_fingerprint;
}

bool HasAudience(const AccessTokenClaims& claims, absl::string_view audience) {
  if (audience.empty()) return false;
  return std::find(claims.audiences.begin(), claims.audiences.end(), audience) !=
         claims.audiences.end();
}

std::optional<RejectReason> CheckTime(const AccessTokenClaims& claims, absl::Duration leeway,
                                      absl::Time now) {
  if (now - leeway >= claims.expires_at) return RejectReason::kExpired;
  const absl::Time latest_start = now + leeway;
  if (claims.not_before && latest_start < *claims.not_before) return RejectReason::kNotYetValid;
  if (latest_start < claims.issued_at) return RejectReason::kNotYetValid;
  return std::nullopt;
}

}  // namespace

AccessTokenVerifier::AccessTokenVerifier(Options options, const base::Snapshot<KeySet>& keys,
                                         const base::Snapshot<RevocationSet>& revocations)
    : options_(Bounded(std::move(options))),
      keys_(keys),
      revocations_(revocations),
      cache_(std::make_unique<VerifiedTokenCache>(options_.cache_bytes)) {}

AccessTokenVerifier::~AccessTokenVerifier() = default;

Verdict AccessTokenVerifier::Verify(absl::string_view token, absl::string_view audience,
                                    absl::Time now) const {
  return Judge(token, &audience, now);
}

Verdict AccessTokenVerifier::VerifyForIssuer(absl::string_view token, absl::Time now) const {
  return Judge(token, nullptr, now);
}

VerifiedTokenCache::Stats AccessTokenVerifier::cache_stats() const { return cache_->stats(); }

Verdict AccessTokenVerifier::Judge(absl::string_view token, const absl::string_view* audience,
                                   absl::Time now) const {
  if (token.size() > kMaxTokenSize) return Verdict{RejectReason::kTooLarge};
  const KeySet& keys = keys_.Read();
  DecisionSource source = DecisionSource::kCache;
  std::shared_ptr<const VerifiedEntry> entry = cache_->Find(token, now);
  if (entry == nullptr || !KeyStillTrusted(*entry, keys)) {
    source = DecisionSource::kSignature;
    auto read = VerifySignature(token, keys);
    if (const auto* reason = std::get_if<RejectReason>(&read)) return Verdict{*reason, source};
    entry = std::get<std::shared_ptr<const VerifiedEntry>>(std::move(read));
    cache_->Insert(entry, now);
  }
  if (const auto reason = CheckNow(*entry, audience, now)) return Verdict{*reason, source};
  return Verdict{VerifiedAccessToken(std::move(entry)), source};
}

std::variant<std::shared_ptr<const VerifiedEntry>, RejectReason>
AccessTokenVerifier::VerifySignature(absl::string_view token, const KeySet& keys) const {
  const auto jws = VerifyJws(token, keys, TypeRule::kAccessToken);
  if (const auto* reason = std::get_if<RejectReason>(&jws)) return *reason;
  const auto& verified = std::get<VerifiedJws>(jws);
  auto parsed = ParseClaims(verified.payload);
  if (const auto* reason = std::get_if<RejectReason>(&parsed)) return *reason;
  auto& claims = std::get<AccessTokenClaims>(parsed);
  if (claims.issuer != options_.issuer) return RejectReason::kIssuerMismatch;
  auto entry = std::make_shared<VerifiedEntry>();
  entry->token.assign(token.data(), token.size());
  entry->claims = std::move(claims);
  if (options_.annotate) entry->annotation = options_.annotate(entry->claims);
  entry->key_id = verified.key->kid;
  entry->key_fingerprint = verified.key->key.fingerprint();
  entry->key_set_identity = keys.identity();
  return entry;
}

// What a cached token is asked again each time, because time and revocations go on.
std::optional<RejectReason> AccessTokenVerifier::CheckNow(const VerifiedEntry& entry,
                                                          const absl::string_view* audience,
                                                          absl::Time now) const {
  if (audience != nullptr && !HasAudience(entry.claims, *audience)) {
    return RejectReason::kAudienceMismatch;
  }
  if (const auto reason = CheckTime(entry.claims, options_.leeway, now)) return reason;
  return revocations_.Read().Find(entry.claims, entry.key_id);
}

}  // namespace signet::token
