#include "client/verifier/judge.h"

#include <utility>
#include <variant>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"

namespace signet::verifier {
namespace {

using token::RejectReason;
using token::Verdict;

constexpr absl::string_view kRejectionPayload = "signet.verifier.reject_reason";

// One answer for every token that is no good: which check failed would tell a stranger how near a
// forgery came.
absl::Status Rejected(std::optional<RejectReason> reason) {
  absl::Status status = base::MakeError(absl::StatusCode::kUnauthenticated, kTokenInvalid,
                                        "the access token is not accepted");
  if (reason) {
    status.SetPayload(kRejectionPayload, absl::Cord(absl::StrCat(static_cast<int>(*reason))));
  }
  return status;
}

// Not UNAUTHENTICATED: a client would throw away a token that is good, and log its user out.
absl::Status Unavailable(absl::string_view reason, absl::string_view message) {
  return base::WithRetryAfter(base::MakeError(absl::StatusCode::kUnavailable, reason, message),
                              absl::Seconds(1));
}

absl::Status StatusOf(Decision decision, std::optional<RejectReason> reason) {
  switch (decision) {
    case Decision::kAccepted:
    case Decision::kAcceptedStale:
    case Decision::kAcceptedByServer:
      return absl::OkStatus();
    case Decision::kRejected:
    case Decision::kRejectedByServer:
      return Rejected(reason);
    case Decision::kUnavailableStale:
      return Unavailable(kRevocationStale, "revocations have not been heard of for too long");
    case Decision::kUnavailableKeys:
      return Unavailable(kKeySetStale, "the token's key may be too new to be known here");
    case Decision::kNotReady:
      return Unavailable(kVerifierNotReady, "tokens cannot be judged yet");
  }
  return absl::InternalError("no such decision");
}

token::AccessTokenVerifier::Options RulesOf(const Judge::Options& options) {
  token::AccessTokenVerifier::Options rules;
  rules.issuer = options.issuer;
  rules.leeway = options.leeway;
  rules.cache_bytes = options.cache_bytes;
  return rules;
}

}  // namespace

std::optional<RejectReason> RejectionOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kRejectionPayload);
  int number = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &number)) return std::nullopt;
  return static_cast<RejectReason>(number);
}

Judge::Judge(Options options, const Knowledge& knowledge, const base::Clock& clock, KeyHints& hints,
             SecondOpinion* opinion, VerifierObserver* observer)
    : options_(std::move(options)),
      knowledge_(knowledge),
      clock_(clock),
      hints_(hints),
      opinion_(opinion),
      observer_(observer),
      verifier_(RulesOf(options_), knowledge.keys(), knowledge.revocations()) {}

absl::StatusOr<VerifiedAccessToken> Judge::Verify(absl::string_view token) const {
  const absl::Time now = clock_.Now();
  Verdict verdict{RejectReason::kKeyUnknown};
  Decision decision = Decision::kNotReady;
  if (knowledge_.ready()) {
    // Read before judging: what comes in between makes the knowledge fresher, and not this verdict.
    const absl::Time known_as_of = knowledge_.revocations().Read().as_of();
    verdict = verifier_.Verify(token, options_.audience, now);
    decision = Decide(token, verdict, now, now - known_as_of);
  }
  std::optional<RejectReason> reason;
  if (decision == Decision::kRejected) reason = verdict.reason();
  if (observer_ != nullptr) {
    observer_->OnJudged({.decision = decision, .reason = reason, .source = verdict.source});
  }
  if (absl::Status refusal = StatusOf(decision, reason); !refusal.ok()) return refusal;
  return std::get<VerifiedAccessToken>(std::move(verdict.outcome));
}

Decision Judge::Decide(absl::string_view token, const Verdict& verdict, absl::Time now,
                       absl::Duration staleness) const {
  if (!verdict.accepted()) {
    // What is refused for any other reason stays refused, however old the knowledge.
    const bool may_be_new =
        verdict.reason() == RejectReason::kKeyUnknown && !hints_.KnowsAllKeys(now);
    return may_be_new ? Decision::kUnavailableKeys : Decision::kRejected;
  }
  return staleness <= options_.max_staleness ? Decision::kAccepted : DecideStale(token);
}

Decision Judge::DecideStale(absl::string_view token) const {
  if (options_.when_stale == WhenStale::kAccept) return Decision::kAcceptedStale;
  if (options_.when_stale == WhenStale::kRefuse || opinion_ == nullptr) {
    return Decision::kUnavailableStale;
  }
  switch (opinion_->Ask(token, options_.audience)) {
    case SecondOpinion::Answer::kActive:
      return Decision::kAcceptedByServer;
    case SecondOpinion::Answer::kInactive:
      return Decision::kRejectedByServer;
    case SecondOpinion::Answer::kNone:
      break;
  }
  return Decision::kUnavailableStale;
}

}  // namespace signet::verifier
