#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/snapshot.h"
#include "client/token/verifier.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/session_store.h"
#include "server/domain/ports/session_token_store.h"
#include "server/domain/sessions/session_policy.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

struct TokenExplanation {
  enum class Kind { kUnrecognised, kAccessToken, kRefreshToken, kSessionToken };
  Kind kind = Kind::kUnrecognised;
  bool active = false;
  std::optional<token::RejectReason> reason;  // access tokens: the first check that failed
  std::vector<std::string> steps;             // for people, in the order of the checks
  std::string header_json;                    // as they stand in the token, verified or not
  std::string claims_json;
  std::string session_id;
};

// Tells support why a token is accepted or not. Looks and changes nothing: explaining a rotated
// refresh token does not end its session, and explaining a session token is no use of it. Who
// looked, and at which session, is in the audit log. Thread-safe.
class ExplainToken {
 public:
  ExplainToken(const token::AccessTokenVerifier& verifier, SessionStore& sessions,
               SessionTokenStore& session_tokens, const base::Snapshot<SessionPolicy>& policy,
               AuditTrail& audit, const TokenLifetimes& lifetimes)
      : verifier_(verifier),
        sessions_(sessions),
        session_tokens_(session_tokens),
        policy_(policy),
        audit_(audit),
        lifetimes_(lifetimes) {}

  // `audience` empty: not judged, and the steps say so.
  absl::StatusOr<TokenExplanation> Run(const Caller& caller, absl::string_view token,
                                       absl::string_view audience, const CallInfo& call);

 private:
  TokenExplanation ExplainAccessToken(absl::string_view token, absl::string_view audience,
                                      absl::Time now) const;
  absl::StatusOr<TokenExplanation> ExplainRefreshToken(absl::string_view token, absl::Time now);
  absl::StatusOr<TokenExplanation> ExplainSessionToken(absl::string_view token, absl::Time now);

  const token::AccessTokenVerifier& verifier_;
  SessionStore& sessions_;
  SessionTokenStore& session_tokens_;
  const base::Snapshot<SessionPolicy>& policy_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain
