#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/base/snapshot.h"
#include "server/domain/ports/session_token_store.h"
#include "server/domain/ports/token_issuer.h"
#include "server/domain/sessions/held_sessions.h"
#include "server/domain/sessions/session_activity.h"
#include "server/domain/sessions/session_policy.h"
#include "server/domain/tokens/token_pair.h"
#include "server/domain/tokens/validate_token.h"

namespace signet::domain {

// A decision, and the session where it is known.
struct SessionJudgement {
  ValidateDecision decision;
  std::shared_ptr<const HeldSession>
      session;  // null where the refusal came before it was looked at

  // When the session will have been idle for too long, as of now. Of a session that is there.
  absl::Time IdleAt(absl::Duration idle) const;
};

// Judges session tokens, so that whoever asks hears what it would hear of an access token.
//
// A session token is looked up, and what is judged is an access token of its session that this
// process signed for itself: signature, audience, revocation, claims and their words come from the
// one code that judges access tokens, and whatever ends a session or cuts off a user is heard of by
// the revocation log, within its second. The process keeps both for as long as that access token
// lives. So a session costs a query per access token's life and replica, and while the database is
// gone those go on that were asked about lately.
//
// How long a session lives is decided here, to the second: until TokenLifetimes::session_idle after
// its last use, on whichever replica that was, and until its absolute end. Every decision that
// accepts it is a use. Where this process would call it idle, the database is asked first: another
// replica may know of a later use.
//
// Two steps, because those who judge access tokens must not wait: AtHand() never does; where it has
// nothing to say, Ask() may wait for the database, and Decide() says what came of it. Thread-safe.
class ValidateSession {
 public:
  struct Uses {  // all outlive it
    SessionTokenStore& store;
    TokenIssuer& issuer;
    const ValidateToken& validate;
    const base::Snapshot<SessionPolicy>& policy;
    HeldSessions& held;
    SessionActivity& activity;
  };
  ValidateSession(const Uses& uses, const TokenLifetimes& lifetimes)
      : uses_(uses), lifetimes_(lifetimes) {}

  // Who asks: an audience, or nothing where it does not matter (ValidateToken::RunForIssuer).
  using Audience = std::optional<absl::string_view>;

  // No I/O. Nothing: the database has to be asked.
  std::optional<SessionJudgement> AtHand(absl::string_view token, Audience audience,
                                         absl::Time now);

  // What the database says of some tokens, good for one Decide() each.
  class Answers;
  Answers Ask(absl::Span<const absl::string_view> tokens, absl::Time now);

  // kUnavailable where the database could not be asked, or was not.
  SessionJudgement Decide(absl::string_view token, Audience audience, absl::Time now,
                          const Answers& answers);

  // All three: for whoever may wait.
  SessionJudgement Run(absl::string_view token, Audience audience, absl::Time now);
  // The same, never by what is at hand: what the session says of its user is as new as can be.
  SessionJudgement RunAnew(absl::string_view token, Audience audience, absl::Time now);

  absl::Duration idle() const { return lifetimes_.session_idle; }

 private:
  struct Answer;
  enum class Freshness { kAtHand, kJustRead };

  Answer Admit(const std::string& key, const PresentedSession& presented,
               const std::optional<SessionTokenView>& view, absl::Time now);
  std::optional<SessionJudgement> Judge(const std::shared_ptr<HeldSession>& held, Audience audience,
                                        Freshness freshness, absl::Time now);
  ValidateDecision Reject(token::RejectReason reason, absl::Time now) const;
  ValidateDecision Refuse(SessionRefusal refusal, absl::Time now) const;

  const Uses uses_;
  const TokenLifetimes lifetimes_;
};

// Either a session that lives, or why there is none.
struct ValidateSession::Answer {
  std::shared_ptr<HeldSession> held;
  std::optional<token::RejectReason> rejected;
  std::optional<SessionRefusal> refused;
};

class ValidateSession::Answers {
 private:
  friend class ValidateSession;
  absl::flat_hash_map<std::string, Answer> by_key_;
};

}  // namespace signet::domain
