#include "server/domain/sessions/first_credential.h"

#include "client/base/random.h"
#include "server/domain/sessions/refresh_token.h"
#include "server/domain/sessions/session_token.h"

namespace signet::domain {
namespace {

RefreshToken RefreshTokenOf(base::UserId user, base::SessionId session,
                            const base::Secret& secret) {
  RefreshToken token;
  token.user_id = user;
  token.session_id = session;
  token.secret = secret.Clone();
  return token;
}

}  // namespace

FirstCredential::FirstCredential(SessionKind kind, base::UserId user, base::SessionId session)
    : kind_(kind), user_id_(user), session_id_(session), secret_(base::RandomBytes(32)) {}

void FirstCredential::Describe(const TokenLifetimes& lifetimes, NewSession& session) const {
  session.kind = kind_;
  session.user_id = user_id_;
  session.session_id = session_id_;
  if (kind_ == SessionKind::kSessionToken) {
    session.leaf_hash = SessionToken{user_id_, session_id_, secret_.Clone()}.SecretHash();
    session.lineage_expires_at = session.now + lifetimes.session_life;
  } else {
    session.leaf_hash = RefreshTokenOf(user_id_, session_id_, secret_).SecretHash();
    session.lineage_expires_at = session.now + lifetimes.lineage;
  }
}

base::Secret FirstCredential::Encode() const {
  if (kind_ == SessionKind::kSessionToken) {
    return SessionToken{user_id_, session_id_, secret_.Clone()}.Encode();
  }
  return RefreshTokenOf(user_id_, session_id_, secret_).Encode();
}

OfferedSession OfferOf(const FirstCredential& session_token, const TokenLifetimes& lifetimes) {
  return OfferedSession{session_token.Encode(), lifetimes.session_idle, lifetimes.session_life};
}

}  // namespace signet::domain
