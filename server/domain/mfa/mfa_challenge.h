#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"
#include "client/base/secret.h"
#include "server/domain/sessions/session.h"

namespace signet::domain {

// The password step of a login that waits for its second factor: everything that the session will
// be, decided before the factor is asked for.
struct MfaChallenge {
  base::UserId user_id;
  // Of the session that it may open. A session id is used once, by the table's key: that is what
  // makes a challenge single use, without a row of its own.
  base::SessionId session_id;
  int64_t password_version = 0;  // the one whose hash was checked
  absl::Time expires_at;         // whole seconds
  base::Uuid device;             // the known one that the password came from; nil: none
  std::string client_id;
  std::string audience;
  std::vector<std::string> scopes;
  std::string device_name;
  std::string new_device_address;  // where a new device is told of; empty: nowhere
  SessionKind kind = SessionKind::kTokens;
};

// Challenges as the client holds them meanwhile: `sgm_` and base64url of
//   version (1: 2, or of a session that a session token will hold 3) | user id (16) | session id
//   (16) | device (16) | password version (8) | expiry (8) | count of texts (1) | each text: length
//   (2), bytes | HMAC-SHA-256 over all before it (32)
// Nothing in it is secret from whoever knew the password; nothing in it can be changed. No token of
// another kind has this form or this key. Immutable, thread-safe.
class MfaChallenges {
 public:
  // `key`: 32 bytes that all replicas share and that serve nothing else.
  MfaChallenges(base::Secret key, absl::Duration life) : key_(std::move(key)), life_(life) {}

  absl::Duration life() const { return life_; }
  // Seals `challenge`, whose expiry becomes `now` and the life, in whole seconds.
  base::Secret Issue(MfaChallenge challenge, absl::Time now) const;
  // Nothing for what was not issued here, was changed, or has expired.
  std::optional<MfaChallenge> Open(absl::string_view text, absl::Time now) const;

 private:
  std::string Mac(absl::string_view body) const;

  const base::Secret key_;
  const absl::Duration life_;
};

}  // namespace signet::domain
