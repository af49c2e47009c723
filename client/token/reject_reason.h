#pragma once

#include "absl/strings/string_view.h"

namespace signet::token {

// Why a token was not accepted: a closed set, in the order of the checks (docs/errors.md). For
// metrics, logs and administrators; a stranger sees one public answer.
enum class RejectReason {
  kTooLarge,             // over 8 KiB
  kMalformed,            // not three canonical base64url parts, or a part is not strict JSON
  kHeaderInvalid,        // a header member has the wrong type
  kAlgorithmNotAllowed,  // `alg` not on the allow-list, or not the key's one algorithm
  kKeyUnknown,           // no `kid`, or none of that name in the key set
  kTypeInvalid,          // `typ` is not at+jwt
  kCriticalHeader,       // `crit`, which we refuse, or a header that tries to name a key or form
  kSignatureInvalid,     // wrong length or wrong signature
  kClaimsInvalid,        // a required claim is missing or has the wrong type
  kIssuerMismatch,
  kAudienceMismatch,
  kExpired,
  kNotYetValid,  // `nbf` or `iat` lies in the future beyond the leeway
  kRevokedToken,
  kRevokedSession,
  kRevokedUser,  // issued before the user's not-before
  kRevokedKey,
};
constexpr int kRejectReasonCount = 17;

// "too_large", "malformed", … : the metric label and the JSON value.
absl::string_view RejectReasonName(RejectReason reason);

}  // namespace signet::token
