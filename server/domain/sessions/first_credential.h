#pragma once

#include "absl/time/time.h"
#include "client/base/ids.h"
#include "client/base/secret.h"
#include "server/domain/sessions/session.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// What a new session is held by: the first refresh token of its lineage, or its session token. Made
// where a login succeeds, by password alone or with a second factor.
class FirstCredential {
 public:
  // With 256 fresh random bits.
  FirstCredential(SessionKind kind, base::UserId user, base::SessionId session);

  SessionKind kind() const { return kind_; }
  base::SessionId session_id() const { return session_id_; }

  // Sets what of `session`, opened at `session.now`, follows from it: kind, ids, hash and end.
  void Describe(const TokenLifetimes& lifetimes, NewSession& session) const;

  // For its owner alone.
  base::Secret Encode() const;

 private:
  const SessionKind kind_;
  const base::UserId user_id_;
  const base::SessionId session_id_;
  const base::Secret secret_;
};

// A session token on its way to its owner.
struct OfferedSession {
  base::Secret token;         // sgs_…
  absl::Duration idle;        // from the last use
  absl::Duration expires_in;  // whatever the activity
};
// What the owner of a session that was opened just now is given.
OfferedSession OfferOf(const FirstCredential& session_token, const TokenLifetimes& lifetimes);

}  // namespace signet::domain
