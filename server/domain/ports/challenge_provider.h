#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/call_info.h"

namespace signet::domain {

// A task that costs whoever logs in by the thousand more than whoever logs in once.
struct Challenge {
  enum class Kind { kProofOfWork, kCaptcha };
  Kind kind = Kind::kProofOfWork;
  // Of kProofOfWork: find the number, 0 to max_number, with SHA-256(salt + number) = challenge.
  std::string challenge;  // 64 hexadecimal digits
  std::string salt;
  std::string signature;  // 64 hexadecimal digits; to be sent back
  int64_t max_number = 0;
  absl::Time expires_at;
  // Of kCaptcha: what the provider's widget is started with.
  std::string site_key;
};

// Sets challenges and judges their solutions. Thread-safe.
class ChallengeProvider {
 public:
  virtual ~ChallengeProvider() = default;

  virtual Challenge Issue(absl::Time now) = 0;

  // True once for each solution that is right and in time. An error: nobody could be asked
  // (STORAGE_UNAVAILABLE, OVERLOADED).
  virtual absl::StatusOr<bool> Check(absl::string_view solution, const CallInfo& call) = 0;
};

// Remembers which solutions were used. Thread-safe.
class UsedChallenges {
 public:
  virtual ~UsedChallenges() = default;

  // True for the first call with `digest` (32 bytes) over all replicas, false from then on; one
  // guarded statement. May forget it after `expires_at`.
  virtual absl::StatusOr<bool> Use(absl::string_view digest, absl::Time expires_at) = 0;
};

}  // namespace signet::domain
