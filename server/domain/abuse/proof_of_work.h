#pragma once

#include <utility>

#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/domain/ports/challenge_provider.h"

namespace signet::domain {

// Proof of work in ALTCHA's format, so that its widgets work as they are: challenge =
// SHA-256(salt + number), signature = HMAC-SHA-256 of the challenge. Nothing is stored of a
// challenge until it is solved; then its signature is, so that it is good once. Thread-safe.
//
// A solution is base64 of {"algorithm":"SHA-256","challenge":…,"number":…,"salt":…,"signature":…}.
// The salt carries its expiry and ends in '&': without an end, digits could be moved from the
// number to the expiry ("…expires=17" + "95" is "…expires=179" + "5"), and the hash would be the
// same.
class ProofOfWork final : public ChallengeProvider {
 public:
  struct Options {
    int64_t max_number = 100'000;  // half as many hashes are what a solution takes
    absl::Duration life = absl::Minutes(5);
  };

  // `key`: 32 bytes that all replicas share. `used` outlives it.
  ProofOfWork(const Options& options, base::Secret key, UsedChallenges& used)
      : options_(options), key_(std::move(key)), used_(used) {}

  Challenge Issue(absl::Time now) override;
  absl::StatusOr<bool> Check(absl::string_view solution, const CallInfo& call) override;

 private:
  std::string Sign(absl::string_view challenge) const;

  const Options options_;
  const base::Secret key_;
  UsedChallenges& used_;
};

}  // namespace signet::domain
