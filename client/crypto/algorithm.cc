#include "client/crypto/algorithm.h"

#include <array>

namespace signet::crypto {
namespace {

struct Row {
  Algorithm algorithm;
  absl::string_view name;
  absl::string_view key_type;
  absl::string_view curve;
};

constexpr std::array<Row, kAlgorithmCount> kRows = {{
    {Algorithm::kRs256, "RS256", "RSA", ""},
    {Algorithm::kPs256, "PS256", "RSA", ""},
    {Algorithm::kEs256, "ES256", "EC", "P-256"},
    {Algorithm::kEs384, "ES384", "EC", "P-384"},
    {Algorithm::kEdDsa, "EdDSA", "OKP", "Ed25519"},
}};

constexpr const Row& RowOf(Algorithm algorithm) { return kRows[static_cast<size_t>(algorithm)]; }

constexpr bool RowsStandInOrder() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<size_t>(kRows[i].algorithm) != i) return false;
  }
  return true;
}
static_assert(RowsStandInOrder());

}  // namespace

absl::string_view AlgorithmName(Algorithm algorithm) { return RowOf(algorithm).name; }

std::optional<Algorithm> ParseAlgorithm(absl::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.algorithm;
  }
  return std::nullopt;
}

absl::string_view KeyTypeName(Algorithm algorithm) { return RowOf(algorithm).key_type; }

absl::string_view CurveName(Algorithm algorithm) { return RowOf(algorithm).curve; }

}  // namespace signet::crypto
