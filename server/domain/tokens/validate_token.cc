#include "server/domain/tokens/validate_token.h"

#include <algorithm>
#include <utility>

namespace signet::domain {

ValidateDecision ValidateToken::Run(absl::string_view token, absl::string_view audience,
                                    absl::Time now) const {
  // Read before judging: the answer never claims fresher knowledge than it was made with.
  const absl::Time as_of = revocations_.Read().as_of();
  const int64_t key_set_version = keys_.Read().version();
  token::Verdict verdict = verifier_.Verify(token, audience, now);
  const bool stale = verdict.accepted() && now - as_of > options_.max_revocation_staleness;
  absl::Duration cacheable = absl::ZeroDuration();
  if (verdict.accepted() && !stale) {
    const absl::Duration left = verdict.token().claims().expires_at - now;
    cacheable = std::max(absl::ZeroDuration(), std::min(options_.cacheable_for, left));
  }
  return ValidateDecision{std::move(verdict), stale, as_of, key_set_version, cacheable};
}

}  // namespace signet::domain
