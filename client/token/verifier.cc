#include "client/token/verifier.h"

#include <algorithm>
#include <array>
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
  if (entry.key_set_identity() == keys.identity()) return true;
  const KeySet::Key* key = keys.Find(entry.key_id());
  if (key == nullptr || key->key.fingerprint() != entry.key_fingerprint()) return false;
  entry.KeyIsIn(keys.identity());
  return true;
}

bool HasAudience(const VerifiedEntry& entry, absl::string_view audience) {
  if (audience.empty()) return false;
  const TextList audiences = entry.audiences();
  return std::find(audiences.begin(), audiences.end(), audience) != audiences.end();
}

}  // namespace

AccessTokenVerifier::AccessTokenVerifier(Options options, const base::Snapshot<KeySet>& keys,
                                         const base::Snapshot<RevocationSet>& revocations)
    : options_(Bounded(std::move(options))),
      keys_(keys),
      revocations_(revocations),
      cache_(std::make_unique<VerifiedTokenCache>(options_.cache_bytes)) {}

AccessTokenVerifier::~AccessTokenVerifier() = default;

// What is asked of each token, the same for all of a batch. Claims have whole seconds, so that a
// time compares with them as its whole seconds do.
struct AccessTokenVerifier::Question {
  const absl::string_view* audience;  // null: not asked for
  absl::Time now;
  int64_t now_seconds;
  int64_t alive_after;    // tokens that end here or before have expired
  int64_t started_until;  // tokens that begin after it are not valid yet
};

AccessTokenVerifier::Question AccessTokenVerifier::Ask(const absl::string_view* audience,
                                                       absl::Time now) const {
  return {.audience = audience,
          .now = now,
          .now_seconds = absl::ToUnixSeconds(now),
          .alive_after = absl::ToUnixSeconds(now - options_.leeway),
          .started_until = absl::ToUnixSeconds(now + options_.leeway)};
}

Verdict AccessTokenVerifier::Verify(absl::string_view token, absl::string_view audience,
                                    absl::Time now) const {
  return Judge(token, cache_->AskForSlot(token), Ask(&audience, now));
}

Verdict AccessTokenVerifier::VerifyForIssuer(absl::string_view token, absl::Time now) const {
  return Judge(token, cache_->AskForSlot(token), Ask(nullptr, now));
}

void AccessTokenVerifier::VerifyBatch(absl::Span<const absl::string_view> tokens,
                                      absl::string_view audience, absl::Time now, Reads reads,
                                      absl::FunctionRef<void(Verdict)> use) const {
  const Question question = Ask(&audience, now);
  // Two steps ahead of the judge, each by as many tokens as a core can wait for lines of at once.
  constexpr size_t kAhead = 4;
  std::array<uint64_t, 4 * kAhead> hashes;  // a ring, with room for 2 * kAhead + 1
  const auto hash = [&hashes](size_t i) -> uint64_t& { return hashes[i % hashes.size()]; };
  for (size_t i = 0; i < tokens.size() + 2 * kAhead; ++i) {
    if (i < tokens.size()) hash(i) = cache_->AskForSlot(tokens[i]);
    const size_t second = i - kAhead;  // wraps around, and is then no token's number
    if (second < tokens.size()) {
      cache_->AskForEntry(tokens[second], hash(second), reads == Reads::kAnnotation);
    }
    const size_t judged = i - 2 * kAhead;
    if (judged < tokens.size()) use(Judge(tokens[judged], hash(judged), question));
  }
}

VerifiedTokenCache::Stats AccessTokenVerifier::cache_stats() const { return cache_->stats(); }

Verdict AccessTokenVerifier::Judge(absl::string_view token, uint64_t hash,
                                   const Question& question) const {
  if (token.size() > kMaxTokenSize) return Verdict{RejectReason::kTooLarge};
  const KeySet& keys = keys_.Read();
  DecisionSource source = DecisionSource::kCache;
  VerifiedEntryRef entry = cache_->Find(token, hash, question.now_seconds);
  if (!entry || !KeyStillTrusted(*entry, keys)) {
    source = DecisionSource::kSignature;
    auto read = VerifySignature(token, keys);
    if (const auto* reason = std::get_if<RejectReason>(&read)) return Verdict{*reason, source};
    entry = std::get<VerifiedEntryRef>(std::move(read));
    cache_->Insert(entry, question.now);
  }
  // What a cached token is asked again each time, because time and revocations go on.
  if (question.audience != nullptr && !HasAudience(*entry, *question.audience)) {
    return Verdict{RejectReason::kAudienceMismatch, source};
  }
  if (entry->expires_at() <= question.alive_after) return Verdict{RejectReason::kExpired, source};
  if (std::max(entry->not_before(), entry->issued_at()) > question.started_until) {
    return Verdict{RejectReason::kNotYetValid, source};
  }
  const auto revoked = revocations_.Read().FindAgain({.token_id = entry->token_id(),
                                                      .session_id = entry->session_id(),
                                                      .subject = entry->subject(),
                                                      .key_id = entry->key_id(),
                                                      .issued_at = entry->issued_at()},
                                                     entry->cleared());
  if (revoked) return Verdict{*revoked, source};
  return Verdict{VerifiedAccessToken(std::move(entry)), source};
}

std::variant<VerifiedEntryRef, RejectReason> AccessTokenVerifier::VerifySignature(
    absl::string_view token, const KeySet& keys) const {
  const auto jws = VerifyJws(token, keys, TypeRule::kAccessToken);
  if (const auto* reason = std::get_if<RejectReason>(&jws)) return *reason;
  const auto& verified = std::get<VerifiedJws>(jws);
  const auto parsed = ParseClaims(verified.payload);
  if (const auto* reason = std::get_if<RejectReason>(&parsed)) return *reason;
  const auto& claims = std::get<AccessTokenClaims>(parsed);
  if (claims.issuer != options_.issuer) return RejectReason::kIssuerMismatch;
  const std::string annotation = options_.annotate ? options_.annotate(claims) : "";
  return VerifiedEntry::Make({.token = token,
                              .claims = claims,
                              .key_id = verified.key->kid,
                              .key_fingerprint = verified.key->key.fingerprint(),
                              .key_set_identity = keys.identity(),
                              .annotation = annotation});
}

}  // namespace signet::token
