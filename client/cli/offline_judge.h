#pragma once

#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/base/snapshot.h"
#include "client/token/key_set.h"
#include "client/token/reject_reason.h"
#include "client/token/revocation_set.h"
#include "client/token/verifier.h"

namespace signet::cli {

// Judges tokens against a JWK Set in a file, with the verifier that the server runs and without the
// server: no revocation is known here. Not thread-safe.
class OfflineJudge {
 public:
  enum class Scope {
    kAccessToken,    // every rule of docs/tokens.md
    kSignatureOnly,  // the JWS alone; the payload may be anything
  };
  struct Options {
    Scope scope = Scope::kAccessToken;
    std::string issuer;
    std::string audience;
    absl::Duration leeway = absl::Seconds(30);
    std::optional<absl::Time> now;  // otherwise the clock's
  };
  // `json` is one JSON object: "active", "reason" (null when active), and "claims" (null when
  // not). Of a signature alone: "active", "reason", "kid", and "payload" where it is a JSON object,
  // else "payload_base64url".
  struct Judgement {
    bool active;
    std::string json;
  };
  // What a stream held.
  struct StreamCount {
    size_t judged = 0;
    size_t malformed = 0;
  };

  OfflineJudge(Options options, token::KeySet keys, const base::Clock& clock);

  Judgement Judge(absl::string_view token) const;

  // Judges {"id":…,"token":…} line by line (`id` is a string or a number, at most 64 KiB a line)
  // and writes {"id":…,"active":…,…} for each, in order, flushed before it waits for more. A line
  // of another form is answered {"id":null,"error":…}, and the stream goes on.
  StreamCount JudgeStream(std::istream& in, std::ostream& out) const;

 private:
  std::string Members(absl::string_view token, bool& active) const;
  std::string JudgeJws(absl::string_view token, bool& active) const;
  std::string JudgeAccessToken(absl::string_view token, bool& active) const;

  Options options_;
  const base::Clock& clock_;
  base::Snapshot<token::KeySet> keys_;
  base::Snapshot<token::RevocationSet> revocations_;
  token::AccessTokenVerifier verifier_;
};

// A time as RFC 3339 or as seconds since 1970. Reason USAGE for anything else.
absl::StatusOr<absl::Time> ParseTimeArgument(absl::string_view text);

// {"verified":false,"header":…,"claims":…} of a compact JWS whose parts are JSON objects, NOT
// VERIFIED. Reason USAGE where it is none.
absl::StatusOr<std::string> DecodeUnverified(absl::string_view token);

// The first `aud` of a token, NOT VERIFIED, for asking the server about the user's own session;
// empty where there is none.
std::string UnverifiedAudience(absl::string_view token);

}  // namespace signet::cli
