#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/token/reject_reason.h"
#include "client/token/verifier.h"

namespace signet::verifier {

// How a token was decided: a closed set, for the label of a counter.
enum class Decision {
  kAccepted,          // by keys and revocations of now
  kAcceptedStale,     // by the policy, although revocations had not been heard of for too long
  kAcceptedByServer,  // stale here, and a server said yes
  kRejected,          // the token is no good; the reason says why
  kRejectedByServer,  // stale here, and a server said no
  kUnavailableStale,  // nothing wrong with the token, but revocations were not heard of
  kUnavailableKeys,   // of a key that this verifier may not have heard of yet
  kNotReady,          // no key set or no revocations have arrived since the start
};
constexpr int kDecisionCount = 8;
// "accepted", "accepted_stale", … : the value of the label.
absl::string_view DecisionName(Decision decision);

// What a verifier keeps up by a connection.
enum class Feed { kRevocations, kKeySet };

// Why a connection of a feed ended, or did not come about.
enum class FeedEnd {
  kUnreachable,  // no server answered
  kClosed,       // the server ended it: it is shutting down, or we were too slow
  kSilent,       // not a word for Options::silence
  kLagging,      // its knowledge was too old, and there are other addresses
  kMalformed,    // what it sent breaks the contract
  kStopped,      // the verifier is being destroyed
};
constexpr int kFeedEndCount = 6;
absl::string_view FeedEndName(FeedEnd end);

// What a verifier tells of itself as it happens, for a program's own metrics; Verifier::state() has
// what is read instead of told. Everything may be called from any thread at any time, and while it
// runs somebody waits: count, and return. Override what is wanted.
class VerifierObserver {
 public:
  struct Judged {
    Decision decision;
    std::optional<token::RejectReason> reason;  // of kRejected
    token::DecisionSource source;               // kCache: the signature was known good
  };

  virtual ~VerifierObserver() = default;

  // On the thread that called Verify(), once per call.
  virtual void OnJudged(const Judged&) {}
  // The first message of a connection arrived from `address`.
  virtual void OnFeedUp(Feed, absl::string_view /*address*/) {}
  virtual void OnFeedDown(Feed, absl::string_view /*address*/, FeedEnd) {}
  // A revocation is in force here; `lag` after it was recorded, by the two machines' clocks.
  virtual void OnRevocationApplied(absl::Duration /*lag*/) {}
  virtual void OnKeySet(int64_t /*version*/) {}
};

}  // namespace signet::verifier
