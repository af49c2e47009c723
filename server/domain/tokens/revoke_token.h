#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/token/verifier.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/revocation_store.h"
#include "server/domain/ports/session_store.h"
#include "server/domain/ports/session_token_store.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// Ends what a token stands for (RFC 7009): an access token alone, with a refresh token or a session
// token the whole session. Holding the token is the permission. OK for whatever is dead or never
// lived. Thread-safe.
class RevokeToken {
 public:
  RevokeToken(const token::AccessTokenVerifier& verifier, RevocationStore& revocations,
              SessionStore& sessions, SessionTokenStore& session_tokens, const AuditTrail& audit,
              const TokenLifetimes& lifetimes)
      : verifier_(verifier),
        revocations_(revocations),
        sessions_(sessions),
        session_tokens_(session_tokens),
        audit_(audit),
        lifetimes_(lifetimes) {}

  absl::Status Run(absl::string_view token, const CallInfo& call);

 private:
  absl::Status RevokeSession(absl::string_view refresh_token, const CallInfo& call);
  absl::Status RevokeSessionToken(absl::string_view session_token, const CallInfo& call);
  absl::Status End(base::UserId user, base::SessionId session, const CallInfo& call);

  const token::AccessTokenVerifier& verifier_;
  RevocationStore& revocations_;
  SessionStore& sessions_;
  SessionTokenStore& session_tokens_;
  const AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain
