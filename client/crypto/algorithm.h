#pragma once

#include <optional>

#include "absl/strings/string_view.h"

namespace signet::crypto {

// The signature algorithms of JWS (RFC 7518 section 3, RFC 8037) that Signet knows: the allow-list
// itself. There is no value for `none` or for HS256, so that no rule can forget to refuse them.
enum class Algorithm { kRs256, kPs256, kEs256, kEs384, kEdDsa };
constexpr int kAlgorithmCount = 5;

// "RS256", "PS256", "ES256", "ES384", "EdDSA": the `alg` of JWS and JWK.
absl::string_view AlgorithmName(Algorithm algorithm);

// The algorithm of exactly that name (case-sensitive, RFC 7515 section 4.1.1); nothing otherwise.
std::optional<Algorithm> ParseAlgorithm(absl::string_view name);

// The `kty` (RFC 7518 section 6.1, RFC 8037 section 2) of the algorithm's keys: "RSA", "EC", "OKP".
absl::string_view KeyTypeName(Algorithm algorithm);

// The `crv` of the algorithm's keys: "P-256", "P-384", "Ed25519"; empty for RSA.
absl::string_view CurveName(Algorithm algorithm);

}  // namespace signet::crypto
