#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "client/crypto/algorithm.h"
#include "client/token/key_set.h"
#include "client/token/reject_reason.h"

namespace signet::token {

// The longest token that is looked at, in bytes.
constexpr size_t kMaxTokenSize = 8 * 1024;

// What the `typ` header (RFC 7515 section 4.1.9) has to say.
enum class TypeRule {
  kAny,          // nothing: only the signature is asked for
  kAccessToken,  // "at+jwt" or "application/at+jwt", in any ASCII case (RFC 9068 section 4)
};

// A payload whose signature was verified, and the key that did.
struct VerifiedJws {
  std::string payload;
  const KeySet::Key* key;  // in the key set that was given
};

// Judges a compact JWS (RFC 7515 section 5.2), in this order: kTooLarge; kMalformed (not three
// canonical base64url parts, header no strict JSON object); kHeaderInvalid (`alg` missing, a member
// of the wrong type, more than 32 members); kAlgorithmNotAllowed; kKeyUnknown; kAlgorithmNotAllowed
// again where the key has another one; kTypeInvalid; kCriticalHeader (`crit`, `jku`, `x5u`, `jwk`,
// `x5c`, `b64` or `zip` is present: none of them is honoured, so none may seem to be);
// kSignatureInvalid. The payload may be anything, also empty. Thread-safe.
std::variant<VerifiedJws, RejectReason> VerifyJws(absl::string_view compact, const KeySet& keys,
                                                  TypeRule type = TypeRule::kAny);

// The header of an access token, as the issuer writes it: alg, typ "at+jwt", kid; base64url.
std::string EncodeAccessTokenHeader(crypto::Algorithm algorithm, absl::string_view kid);

}  // namespace signet::token
