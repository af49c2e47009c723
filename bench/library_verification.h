#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/crypto/public_key.h"
#include "client/token/revocation_set.h"
#include "client/verifier/judge.h"
#include "client/verifier/knowledge.h"

namespace signet::bench {

// The verifier library's whole path: the clock, the policy and the StatusOr that a service sees,
// over live tokens in random order. All of them are in the cache, where there is one. Ends the
// process where a live token is refused: there is nothing to measure then. Not thread-safe.
class LibraryVerification final : verifier::KeyHints {
 public:
  struct Rules {
    std::string issuer;
    std::string audience;
    std::string key_id;  // the `kid` of the one key
  };

  // A cache of 0 bytes makes every call cold.
  LibraryVerification(Rules rules, const crypto::VerifyingKey& key, std::vector<std::string> tokens,
                      size_t cache_bytes);

  // So many revocations, of other tokens, sessions and users, are in force from now on: 0, as at
  // the start, or as many as this.
  static constexpr size_t kMostRevocations = 100'000;
  void Revoke(size_t revocations);

  // Verifies the next token.
  void operator()();

  // Whether the library takes `token`, and what it says where it does not.
  absl::Status Verify(absl::string_view token) const { return judge_.Verify(token).status(); }

 private:
  bool KnowsAllKeys(absl::Time) override { return true; }
  std::vector<token::RevocationRecord> Revocations(size_t count) const;

  std::vector<std::string> tokens_;
  const base::SystemClock clock_;
  std::map<size_t, std::shared_ptr<const token::RevocationSet>> revocations_;  // by their number
  verifier::Knowledge knowledge_{verifier::Knowledge::Needs::kKeysAndRevocations};
  const verifier::Judge judge_;
  size_t next_ = 0;
};

}  // namespace signet::bench
