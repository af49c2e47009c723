#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/key_set_verifier_store.h"

namespace signet::domain {

// The verifiers in memory; behaves as the port says. Thread-safe.
class FakeKeySetVerifierStore final : public KeySetVerifierStore {
 public:
  // `database` must outlive the store.
  explicit FakeKeySetVerifierStore(FakeDatabase& database) : database_(database) {}

  absl::Status Report(absl::string_view replica, const std::vector<KeySetVerifier>& seen,
                      const std::vector<std::string>& left, absl::Time now) override;
  absl::StatusOr<KeySetStanding> List(absl::Time since) override;
  absl::Status Forget(absl::Time before) override;

 private:
  FakeDatabase& database_;
};

}  // namespace signet::domain
