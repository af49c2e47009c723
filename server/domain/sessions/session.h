#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/abuse/guard_key.h"
#include "server/domain/access/held_role.h"
#include "server/domain/mail/outgoing_mail.h"
#include "server/domain/mfa/factor_proof.h"

namespace signet::domain {

// Why a session and its lineage ended; stored, shown by GetLineage. Values are in the database.
enum class EndReason {
  kLogout = 1,
  kLogoutAll = 2,
  kTerminated = 3,  // by its owner or an administrator
  kReuse = 4,       // a rotated refresh token was presented
  kPasswordChanged = 5,
  kRevoked = 6,  // TokenService.Revoke with a refresh token
  kAccountDisabled = 7,
  kAccountDeleted = 8,
  kEmailChanged = 9,
  kFactorChanged = 10,  // a second factor was set up in another session
};

// By what a session is held; stored. Values are in the database.
enum class SessionKind {
  kTokens = 1,        // refresh tokens, and the access tokens that they bring
  kSessionToken = 2,  // one opaque token, for clients that know no other
};

// Who is at the other end, as far as we may keep it.
struct Peer {
  std::string address;     // textual IP address, empty when unknown (Unix socket)
  std::string user_agent;  // at most 256 bytes
};

struct NewSession {
  SessionKind kind = SessionKind::kTokens;
  base::SessionId session_id;
  base::UserId user_id;
  int64_t password_version = 0;  // the one whose hash was checked
  std::string client_id;
  std::string audience;  // `aud` of the session's access tokens
  std::vector<std::string> scopes;
  std::string device_name;  // at most 128 bytes
  Peer peer;
  std::string acr;
  std::vector<std::string> amr;
  absl::Time now;
  absl::Time lineage_expires_at;  // no refresh beyond it, whatever the activity
  std::string leaf_hash;  // of the first refresh token's secret, or the session token's: 32 bytes
  std::optional<GuardKey> door;  // whose failures the session makes forgotten
  int attempts_settled = 0;      // of those under way through it: 1 where a password was checked
  // Tells of a device not seen before; not written for the first session of an account that is less
  // than a day old. May be empty.
  MailRow new_device;
  // Used up by the statement that opens the session; needed where the account has a second factor.
  std::optional<FactorProof> factor;
};

// How well the person of a session proved who they are: the `acr` of its tokens.
inline constexpr char kAcrPassword[] = "1";
inline constexpr char kAcrSecondFactor[] = "2";  // the password and a second factor

// The `amr` of a password and a time code or a recovery code (RFC 8176: "otp" is a one-time
// password, whether counted by a clock or taken from a list).
inline std::vector<std::string> AmrOfSecondFactor() { return {"pwd", "otp", "mfa"}; }

// A fresh proof within a session that is already open.
struct Reauthentication {
  base::UserId user_id;
  base::SessionId session_id;
  int64_t password_version = 0;  // the one whose hash was checked
  std::string acr;
  std::vector<std::string> amr;
  absl::Time now;
  // Used up by the same statement; needed where the account has a second factor.
  std::optional<FactorProof> factor;
};

// What an access token of a session says; comes back from the statement that opened or rotated.
struct SessionGrant {
  base::SessionId session_id;
  base::UserId user_id;
  std::string email;
  std::vector<HeldRole> roles;
  std::string client_id;
  std::string audience;
  std::vector<std::string> scopes;
  std::string acr;
  std::vector<std::string> amr;
  absl::Time authenticated_at;
  absl::Time lineage_expires_at;
  // No token of this user with an earlier `iat` is valid: issue with iat >= this (whole seconds).
  absl::Time user_not_before = absl::InfinitePast();
};

// A session that was last used then or before has been idle for too long.
struct IdleSessions {
  absl::Time refreshed;
  absl::Time session_token;  // of a session that a session token holds
};

struct SessionSummary {
  base::SessionId session_id;
  std::string client_id;
  std::string device_name;
  Peer peer;  // of the last refresh, else of the login
  absl::Time created_at;
  absl::Time last_used_at;
  absl::Time expires_at;
  std::optional<EndReason> end_reason;
  std::optional<absl::Time> ended_at;
  SessionKind kind = SessionKind::kTokens;
};

}  // namespace signet::domain
