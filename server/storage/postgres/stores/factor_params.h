#pragma once

#include <optional>

#include "server/domain/mfa/factor_proof.h"
#include "server/storage/postgres/statement.h"

namespace signet::storage {

// A factor to be used up as two parameters, time step (bigint) and hash of a recovery code (bytea):
// NULL what is not shown.
inline void AddProof(const std::optional<domain::FactorProof>& proof, Params& params) {
  params.Add(proof ? proof->totp_step : std::nullopt);
  if (proof && !proof->recovery_hash.empty()) {
    params.Add(Bytea{proof->recovery_hash});
  } else {
    params.AddNull();
  }
}

}  // namespace signet::storage
