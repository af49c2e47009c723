#include "client/cli/challenge.h"

#include <cstdint>

#include <signet/v1/auth_service.grpc.pb.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/crypto/digest.h"
#include "client/token/json.h"

namespace signet::cli {
namespace {

// A server that asks for more than this (about a minute's work) asks too much.
constexpr int64_t kMostNumbers = 100'000'000;

// ALTCHA's form of a solution.
std::string Encode(const signet::v1::ProofOfWork& work, int64_t number) {
  std::string json = "{\"algorithm\":\"SHA-256\",\"challenge\":";
  token::AppendJsonString(work.challenge(), json);
  absl::StrAppend(&json, ",\"number\":", number, ",\"salt\":");
  token::AppendJsonString(work.salt(), json);
  json += ",\"signature\":";
  token::AppendJsonString(work.signature(), json);
  return absl::Base64Escape(json + "}");
}

}  // namespace

absl::StatusOr<std::string> SolveChallenge(const RpcChannel& rpc) {
  SIGNET_ASSIGN_OR_RETURN(
      const auto response,
      rpc.Call(&signet::v1::AuthService::Stub::GetChallenge, signet::v1::GetChallengeRequest()));
  const signet::v1::ProofOfWork& work = response.proof_of_work();
  const std::string wanted = absl::HexStringToBytes(work.challenge());
  if (response.has_proof_of_work() && work.max_number() <= kMostNumbers) {
    for (int64_t number = 0; number <= work.max_number(); ++number) {
      const auto hash = crypto::Sha256(absl::StrCat(work.salt(), number));
      if (crypto::DigestView(hash) == wanted) return Encode(work, number);
    }
  }
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "CHALLENGE_REQUIRED",
                         "the server asks for a challenge that has to be solved in a browser");
}

}  // namespace signet::cli
