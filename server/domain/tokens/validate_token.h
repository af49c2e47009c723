#pragma once

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/base/snapshot.h"
#include "client/token/verifier.h"

namespace signet::domain {

// What was judged, by its form.
enum class CredentialKind { kAccessToken, kSessionToken };

// Why a session token is refused, where the reasons of access tokens do not say it.
enum class SessionRefusal {
  kUnknown,      // no session was ever held by it, or it is too long ago
  kIdle,         // not used for TokenLifetimes::session_idle
  kOff,          // session tokens are switched off for its user
  kUnavailable,  // the database was needed and did not answer: says nothing of the session
};

struct ValidateDecision {
  token::Verdict verdict;
  // The verdict stands, but revocations have not been heard of for longer than allowed: answer
  // inactive. Only ever true for an accepted token.
  bool revocation_stale = false;
  absl::Time revocation_as_of;
  int64_t key_set_version = 0;
  absl::Duration cacheable_for;
  CredentialKind kind = CredentialKind::kAccessToken;
  std::optional<SessionRefusal> refusal = std::nullopt;  // of a session token; then not accepted
  bool asked = false;  // of a session token: the database was asked

  bool active() const { return verdict.accepted() && !revocation_stale; }
};

// How the judgement of a session token ended: the label of its metric.
enum class SessionOutcome {
  kActive,
  kMalformed,
  kUnknown,
  kIdle,
  kExpired,
  kEnded,
  kOff,
  kUnavailable,
  kOther,  // another audience; revocations not heard of for too long
};
SessionOutcome OutcomeOf(const ValidateDecision& session_token);

// Judges an access token for a service: no query, no lock, no I/O; goes on while the
// database is down and says how old its knowledge of revocations is. Thread-safe.
class ValidateToken {
 public:
  struct Options {
    // Beyond this age of the revocation knowledge nothing is accepted. Infinite: never refuse.
    absl::Duration max_revocation_staleness = absl::InfiniteDuration();
    // How long a caller may reuse an answer: bounds how late it hears of a revocation.
    absl::Duration cacheable_for = absl::ZeroDuration();
  };

  ValidateToken(const token::AccessTokenVerifier& verifier,
                const base::Snapshot<token::KeySet>& keys,
                const base::Snapshot<token::RevocationSet>& revocations, Options options)
      : verifier_(verifier), keys_(keys), revocations_(revocations), options_(options) {}

  // `audience` is not empty.
  ValidateDecision Run(absl::string_view token, absl::string_view audience, absl::Time now) const;

  // For callers to whom the audience does not matter (AccessTokenVerifier::VerifyForIssuer).
  ValidateDecision RunForIssuer(absl::string_view token, absl::Time now) const;

  // A refusal for `reason` by the knowledge of now.
  ValidateDecision Refuse(token::RejectReason reason, absl::Time now) const;

  // Judges each of `tokens` as Run() does and gives the decisions to `use`, in order. All of them
  // state the knowledge that the first was made with, while each is made with the newest.
  void RunBatch(absl::Span<const absl::string_view> tokens, absl::string_view audience,
                absl::Time now, token::AccessTokenVerifier::Reads reads,
                absl::FunctionRef<void(const ValidateDecision&)> use) const;

 private:
  struct Knowledge;
  Knowledge Know() const;
  ValidateDecision Decide(token::Verdict verdict, const Knowledge& known, absl::Time now) const;

  const token::AccessTokenVerifier& verifier_;
  const base::Snapshot<token::KeySet>& keys_;
  const base::Snapshot<token::RevocationSet>& revocations_;
  const Options options_;
};

}  // namespace signet::domain
