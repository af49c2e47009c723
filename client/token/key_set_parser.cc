#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/crypto/algorithm.h"
#include "client/crypto/public_key.h"
#include "client/token/json.h"
#include "client/token/key_set.h"

namespace signet::token {
namespace {

using crypto::Algorithm;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr size_t kMaxDocumentSize = size_t{1} << 20;
constexpr size_t kMaxKeys = 256;

// Thrown away at once and never named in a message: what stands there may be the secret itself.
constexpr const char* kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

// Whether a well-formed key is one that can verify our tokens, or is meant for something else.
enum class Purpose { kOurs, kOther };

bool Has(const object& jwk, const char* name) {
  element ignored;
  return !jwk.at_key(name).get(ignored);
}

// A string member: absent is nothing, another type is an error.
absl::StatusOr<std::optional<std::string>> Text(const object& jwk, const char* name) {
  element value;
  if (jwk.at_key(name).get(value)) return std::optional<std::string>();
  const auto text = JsonString(value);
  if (!text) return base::FieldError(name, "is not a string");
  return std::optional<std::string>(std::string(*text));
}

absl::StatusOr<std::string> Parameter(const object& jwk, const char* name) {
  SIGNET_ASSIGN_OR_RETURN(const auto text, Text(jwk, name));
  if (!text) return base::FieldError(name, "is missing");
  std::optional<std::string> bytes = base::Base64UrlDecode(*text);
  if (!bytes || bytes->empty()) return base::FieldError(name, "is not canonical base64url");
  return *std::move(bytes);
}

// RFC 7517 section 4.3: no value twice; a public key of ours is there to "verify".
absl::StatusOr<Purpose> PurposeOfOperations(const object& jwk) {
  element value;
  if (jwk.at_key("key_ops").get(value)) return Purpose::kOurs;
  simdjson::dom::array operations;
  if (value.get(operations)) return base::FieldError("key_ops", "is not an array");
  std::vector<absl::string_view> seen;
  Purpose purpose = Purpose::kOther;
  for (const element operation : operations) {
    const auto name = JsonString(operation);
    if (!name) return base::FieldError("key_ops", "holds something other than strings");
    for (const absl::string_view other : seen) {
      if (other == *name) return base::FieldError("key_ops", "holds a value twice");
    }
    seen.push_back(*name);
    if (*name == "verify") purpose = Purpose::kOurs;
  }
  return purpose;
}

absl::StatusOr<Purpose> PurposeOf(const object& jwk) {
  SIGNET_ASSIGN_OR_RETURN(const Purpose operations, PurposeOfOperations(jwk));
  SIGNET_ASSIGN_OR_RETURN(const auto use, Text(jwk, "use"));
  return use.value_or("sig") == "sig" ? operations : Purpose::kOther;
}

absl::Status RefuseSecrets(const object& jwk, absl::string_view kty) {
  if (kty == "oct") return base::FieldError("kty", "is symmetric, which no published set may hold");
  for (const char* name : kPrivateMembers) {
    if (Has(jwk, name)) return base::FieldError(name, "is a private member");
  }
  return absl::OkStatus();
}

std::optional<Algorithm> AlgorithmOfCurve(absl::string_view kty, absl::string_view curve) {
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEdDsa}) {
    if (crypto::KeyTypeName(algorithm) == kty && crypto::CurveName(algorithm) == curve) {
      return algorithm;
    }
  }
  return std::nullopt;
}

// The key's one algorithm; nothing for one that we do not know (skipped).
absl::StatusOr<std::optional<Algorithm>> AlgorithmOf(const object& jwk, absl::string_view kty) {
  SIGNET_ASSIGN_OR_RETURN(const auto alg, Text(jwk, "alg"));
  SIGNET_ASSIGN_OR_RETURN(const auto crv, Text(jwk, "crv"));
  if (kty != "RSA" && kty != "EC" && kty != "OKP") return std::optional<Algorithm>();
  if (kty == "RSA" && !alg) return base::FieldError("alg", "is missing from an RSA key");
  const std::string curve = crv.value_or("");
  if (!alg) return AlgorithmOfCurve(kty, curve);
  const std::optional<Algorithm> algorithm = crypto::ParseAlgorithm(*alg);
  if (!algorithm) return algorithm;
  if (crypto::KeyTypeName(*algorithm) != kty) return base::FieldError("alg", "contradicts kty");
  if (crypto::CurveName(*algorithm) != curve) return base::FieldError("alg", "contradicts crv");
  return algorithm;
}

absl::StatusOr<crypto::VerifyingKey> ReadKey(const object& jwk, Algorithm algorithm) {
  const absl::string_view kty = crypto::KeyTypeName(algorithm);
  crypto::PublicParameters parameters;
  if (kty == "RSA") {
    SIGNET_ASSIGN_OR_RETURN(parameters.n, Parameter(jwk, "n"));
    SIGNET_ASSIGN_OR_RETURN(parameters.e, Parameter(jwk, "e"));
  } else {
    SIGNET_ASSIGN_OR_RETURN(parameters.x, Parameter(jwk, "x"));
  }
  if (kty == "EC") {
    SIGNET_ASSIGN_OR_RETURN(parameters.y, Parameter(jwk, "y"));
  }
  return crypto::VerifyingKey::Make(algorithm, parameters);
}

absl::Status AddKey(const object& jwk, KeySet::Builder& builder) {
  SIGNET_ASSIGN_OR_RETURN(const auto kty, Text(jwk, "kty"));
  if (!kty) return base::FieldError("kty", "is missing");
  SIGNET_RETURN_IF_ERROR(RefuseSecrets(jwk, *kty));
  SIGNET_ASSIGN_OR_RETURN(const Purpose purpose, PurposeOf(jwk));
  if (purpose == Purpose::kOther) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const auto algorithm, AlgorithmOf(jwk, *kty));
  if (!algorithm) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const auto kid, Text(jwk, "kid"));
  if (!kid) return base::FieldError("kid", "is missing");
  SIGNET_ASSIGN_OR_RETURN(crypto::VerifyingKey key, ReadKey(jwk, *algorithm));
  return builder.Add(*kid, std::move(key));
}

// The same refusal, told of the place in the document.
absl::Status AtKey(size_t index, const absl::Status& status) {
  const auto violations = base::FieldViolations(status);
  if (violations.empty()) return status;
  return base::FieldError(absl::StrCat("keys[", index, "].", violations[0].field),
                          violations[0].description);
}

}  // namespace

absl::StatusOr<KeySet> ParseKeySet(absl::string_view json) {
  if (json.size() > kMaxDocumentSize) return base::FieldError("jwks", "is larger than 1 MiB");
  JsonReader reader;
  const std::optional<object> document = reader.ReadObject(json);
  if (!document) return base::FieldError("jwks", "is not a strict JSON object");
  simdjson::dom::array keys;
  if (document->at_key("keys").get(keys)) return base::FieldError("keys", "is not an array");
  if (keys.size() > kMaxKeys) return base::FieldError("keys", "has over 256 elements");
  KeySet::Builder builder;
  size_t index = 0;
  for (const element member : keys) {
    object jwk;
    if (member.get(jwk)) return base::FieldError(absl::StrCat("keys[", index, "]"), "is no object");
    if (absl::Status added = AddKey(jwk, builder); !added.ok()) return AtKey(index, added);
    ++index;
  }
  return builder.Build(/*version=*/0);
}

}  // namespace signet::token
