#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"
#include "client/token/verifier.h"

namespace signet::domain {

// Whoever sent a call with a valid access token of a session: proof that somebody verified it.
// Immutable.
class Caller {
 public:
  // UNAUTHENTICATED (TOKEN_INVALID) for a token that names no session or whose subject is not a
  // user id, such as one of another issuer's making.
  static absl::StatusOr<Caller> From(token::VerifiedAccessToken token);

  base::UserId user_id() const { return user_id_; }
  base::SessionId session_id() const { return session_id_; }
  // When, and how well, the person proved who they are (auth_time, acr); a token that does not say
  // has no time that is recent enough for anything.
  absl::Time authenticated_at() const;
  const std::string& acr() const { return acr_; }
  // When the token was issued; whole seconds.
  absl::Time issued_at() const { return token_.claims().issued_at; }
  std::vector<std::string> permissions() const { return token_.claims().permissions.ToVector(); }
  bool Has(absl::string_view permission) const;
  // OK, or PERMISSION_DENIED (PERMISSION_MISSING) naming the permission.
  absl::Status Require(absl::string_view permission) const;

 private:
  Caller(token::VerifiedAccessToken token, base::UserId user, base::SessionId session)
      : token_(std::move(token)),
        user_id_(user),
        session_id_(session),
        acr_(token_.claims().acr.value_or("")) {}
  token::VerifiedAccessToken token_;
  base::UserId user_id_;
  base::SessionId session_id_;
  std::string acr_;
};

}  // namespace signet::domain
