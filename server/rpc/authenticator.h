#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/token/verifier.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/service_caller.h"
#include "server/domain/sessions/validate_session.h"

namespace signet::rpc {

// Who sends a call, by its `authorization` metadata. Thread-safe, no I/O: microseconds.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // The session whose access token `authorization` carries as "Bearer <token>" (RFC 6750 section
  // 2.1; the scheme in any case, one blank). UNAUTHENTICATED (TOKEN_INVALID) with one constant
  // message for everything else: which check failed is nobody's business but the operator's.
  virtual absl::StatusOr<domain::Caller> Authenticate(absl::string_view authorization,
                                                      absl::Time now) const = 0;

  // The service account whose access token it is. The same refusal, and by default for everything.
  virtual absl::StatusOr<domain::ServiceCaller> AuthenticateService(absl::string_view authorization,
                                                                    absl::Time now) const;

  // The session that `session_token` holds. May ask the database: on a worker alone. The same
  // refusal; STORAGE_UNAVAILABLE when nothing could be decided. kAnew: whatever is at hand. Refuses
  // everything by default.
  enum class Reading { kAtHand, kAnew };
  virtual absl::StatusOr<domain::Caller> AuthenticateSession(absl::string_view session_token,
                                                             Reading reading, absl::Time now) const;

  // The service account whose API key `authorization` carries as HTTP Basic. Asks the database: on
  // a worker alone. The same refusal; UNAVAILABLE when nothing could be decided. Refuses everything
  // by default.
  virtual absl::StatusOr<domain::ServiceCaller> AuthenticateBasic(
      absl::string_view authorization, const domain::CallInfo& call) const;
};

// API keys as HTTP Basic credentials, where that is switched on.
class BasicAuthenticator {
 public:
  virtual ~BasicAuthenticator() = default;
  // As Authenticator::AuthenticateBasic.
  virtual absl::StatusOr<domain::ServiceCaller> Authenticate(absl::string_view authorization,
                                                             const domain::CallInfo& call) = 0;
};

// By the verifier that the server gives to others too. The audience is not judged: we are the
// issuer, whatever service the token is meant for.
class BearerAuthenticator final : public Authenticator {
 public:
  // `basic`: null where nobody calls by Basic; `sessions`: null where nobody does by a session
  // token. All outlive it.
  explicit BearerAuthenticator(const token::AccessTokenVerifier& verifier,
                               BasicAuthenticator* basic = nullptr,
                               domain::ValidateSession* sessions = nullptr)
      : verifier_(verifier), basic_(basic), sessions_(sessions) {}
  absl::StatusOr<domain::Caller> Authenticate(absl::string_view authorization,
                                              absl::Time now) const override;
  absl::StatusOr<domain::ServiceCaller> AuthenticateService(absl::string_view authorization,
                                                            absl::Time now) const override;
  absl::StatusOr<domain::ServiceCaller> AuthenticateBasic(
      absl::string_view authorization, const domain::CallInfo& call) const override;
  absl::StatusOr<domain::Caller> AuthenticateSession(absl::string_view session_token,
                                                     Reading reading,
                                                     absl::Time now) const override;

 private:
  const token::AccessTokenVerifier& verifier_;
  BasicAuthenticator* const basic_;
  domain::ValidateSession* const sessions_;
};

}  // namespace signet::rpc
