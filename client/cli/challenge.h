#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/base/error.h"
#include "client/cli/rpc_channel.h"

namespace signet::cli {

// Fetches a challenge and solves it, which takes a moment of this machine's work.
// FAILED_PRECONDITION (CHALLENGE_REQUIRED) where it is one for a person in a browser.
absl::StatusOr<std::string> SolveChallenge(const RpcChannel& rpc);

// `call(solution)`, and once more with a solution where the server asks for one. `call` returns a
// StatusOr.
template <typename Call>
auto WithChallenge(const RpcChannel& rpc, const Call& call) -> decltype(call(std::string())) {
  auto answer = call(std::string());
  if (base::ErrorReason(answer.status()) != "CHALLENGE_REQUIRED") return answer;
  const auto solution = SolveChallenge(rpc);
  if (!solution.ok()) return solution.status();
  return call(*solution);
}

}  // namespace signet::cli
