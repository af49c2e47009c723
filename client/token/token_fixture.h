#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/base64url.h"
#include "client/base/snapshot.h"
#include "client/crypto/private_key.h"
#include "client/token/claims.h"
#include "client/token/claims_writer.h"
#include "client/token/jws.h"
#include "client/token/key_set.h"
#include "client/token/revocation_set.h"

// For tests alone: tokens of every shape, good and bad.
namespace signet::token {

inline absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

// Valid from 1000 to 1900.
inline AccessTokenClaims SomeClaims() {
  AccessTokenClaims claims;
  claims.issuer = "https://id.example.com";
  claims.subject = "user-1";
  claims.audiences = {"api"};
  claims.client_id = "web";
  claims.token_id = "jti-1";
  claims.issued_at = At(1000);
  claims.expires_at = At(1900);
  claims.session_id = "session-1";
  claims.scopes = {"openid", "email"};
  claims.roles = {"admin"};
  claims.permissions = {"users.read"};
  return claims;
}

inline std::string ClaimsJson(const AccessTokenClaims& claims) {
  std::string json;
  WriteClaims(claims, json);
  return json;
}

// header.payload.signature over any two texts.
inline std::string SignParts(const crypto::SigningKey& key, absl::string_view header,
                             absl::string_view payload) {
  std::string token = base::Base64UrlEncode(header) + "." + base::Base64UrlEncode(payload);
  const std::string signature = *key.Sign(token);
  return token + "." + base::Base64UrlEncode(signature);
}

inline std::string HeaderJson(absl::string_view alg, absl::string_view kid,
                              absl::string_view more = R"(,"typ":"at+jwt")") {
  return R"({"alg":")" + std::string(alg) + R"(","kid":")" + std::string(kid) + "\"" +
         std::string(more) + "}";
}

inline std::string SignClaims(const crypto::SigningKey& key, absl::string_view kid,
                              const AccessTokenClaims& claims) {
  return SignParts(key, HeaderJson(crypto::AlgorithmName(key.algorithm()), kid),
                   ClaimsJson(claims));
}

// One ES256 key, made once.
inline const crypto::SigningKey& TestKey() {
  static const auto* const key =
      new crypto::SigningKey(*crypto::SigningKey::Generate(crypto::Algorithm::kEs256));
  return *key;
}

inline KeySet SetOf(absl::string_view kid, const crypto::SigningKey& key, int64_t version = 1) {
  KeySet::Builder builder;
  builder.Add(kid, key.verifying_key()).IgnoreError();
  return builder.Build(version);
}

}  // namespace signet::token
