#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/token/verifier.h"
#include "client/verifier/knowledge.h"
#include "client/verifier/observer.h"

namespace signet::verifier {

using token::VerifiedAccessToken;

// What to do with a token that is good by all that is known, when nothing has been heard of
// revocations for longer than allowed.
enum class WhenStale {
  kRefuse,     // UNAVAILABLE: rather nobody than somebody who was thrown out
  kAccept,     // rather somebody who was thrown out than nobody; the token's life bounds it
  kAskServer,  // one Validate per token and call, which blocks the caller; no answer: refuse
};

// Where the key set comes from, asked when a token names a key that is not in it.
class KeyHints {
 public:
  virtual ~KeyHints() = default;
  // Whether the set in force is known to be of now, so that a key that is missing does not exist.
  // False: there may be newer keys; looking for them has begun, without waiting. Thread-safe.
  virtual bool KnowsAllKeys(absl::Time now) = 0;
};

// Somebody who knows revocations better.
class SecondOpinion {
 public:
  enum class Answer { kActive, kInactive, kNone };
  virtual ~SecondOpinion() = default;
  // Blocks for a short, bounded time. Thread-safe.
  virtual Answer Ask(absl::string_view token, absl::string_view audience) = 0;
};

// The reasons (base::ErrorReason) of what Judge::Verify() answers instead of a token.
inline constexpr absl::string_view kTokenInvalid = "TOKEN_INVALID";           // UNAUTHENTICATED
inline constexpr absl::string_view kRevocationStale = "REVOCATION_STALE";     // UNAVAILABLE
inline constexpr absl::string_view kKeySetStale = "KEY_SET_STALE";            // UNAVAILABLE
inline constexpr absl::string_view kVerifierNotReady = "VERIFIER_NOT_READY";  // UNAVAILABLE

// The check that a TOKEN_INVALID failed, for the service's own log: a stranger is not told. Nothing
// for any other status, and where a server said no.
std::optional<token::RejectReason> RejectionOf(const absl::Status& status);

// The path of every token: the verdict of token::AccessTokenVerifier, then how old the knowledge is
// that it was made with, and what the policy says of that. On a hit no network, no allocation, no
// clock but the one read, and no lock. Thread-safe.
class Judge {
 public:
  struct Options {
    std::string issuer;
    std::string audience;
    absl::Duration leeway = absl::Seconds(30);
    size_t cache_bytes = size_t{64} << 20;
    absl::Duration max_staleness = absl::Seconds(10);
    WhenStale when_stale = WhenStale::kRefuse;
  };

  // What is passed stays the caller's and outlives the judge; `opinion` and `observer` may be null.
  Judge(Options options, const Knowledge& knowledge, const base::Clock& clock, KeyHints& hints,
        SecondOpinion* opinion, VerifierObserver* observer);

  // As Verifier::Verify().
  absl::StatusOr<VerifiedAccessToken> Verify(absl::string_view token) const;

  token::VerifiedTokenCache::Stats cache_stats() const { return verifier_.cache_stats(); }

 private:
  Decision Decide(absl::string_view token, const token::Verdict& verdict, absl::Time now,
                  absl::Duration staleness) const;
  Decision DecideStale(absl::string_view token) const;

  const Options options_;
  const Knowledge& knowledge_;
  const base::Clock& clock_;
  KeyHints& hints_;
  SecondOpinion* const opinion_;
  VerifierObserver* const observer_;
  const token::AccessTokenVerifier verifier_;
};

}  // namespace signet::verifier
