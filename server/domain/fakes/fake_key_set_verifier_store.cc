#include "server/domain/fakes/fake_key_set_verifier_store.h"

#include <algorithm>
#include <tuple>

#include "client/base/status_macros.h"

namespace signet::domain {

absl::Status FakeKeySetVerifierStore::Report(absl::string_view replica,
                                             const std::vector<KeySetVerifier>& seen,
                                             const std::vector<std::string>& left, absl::Time now) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  for (const std::string& id : left) {
    const auto found = database_.verifiers_.find(id);
    if (found == database_.verifiers_.end() || found->second.replica != replica) continue;
    database_.verifiers_.erase(found);
  }
  for (KeySetVerifier verifier : seen) {
    KeySetVerifier& kept = database_.verifiers_[verifier.id];
    verifier.version = std::max(verifier.version, kept.version);
    verifier.replica = std::string(replica);
    verifier.seen_at = now;
    kept = verifier;
  }
  return absl::OkStatus();
}

absl::StatusOr<KeySetStanding> FakeKeySetVerifierStore::List(absl::Time since) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  KeySetStanding standing;
  standing.version = database_.key_version_;
  for (const auto& [id, verifier] : database_.verifiers_) {
    if (verifier.seen_at >= since) standing.verifiers.push_back(verifier);
  }
  std::sort(standing.verifiers.begin(), standing.verifiers.end(),
            [](const KeySetVerifier& left, const KeySetVerifier& right) {
              return std::tie(left.version, left.name, left.id) <
                     std::tie(right.version, right.name, right.id);
            });
  return standing;
}

absl::Status FakeKeySetVerifierStore::Forget(absl::Time before) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  for (auto it = database_.verifiers_.begin(); it != database_.verifiers_.end();) {
    it = it->second.seen_at < before ? database_.verifiers_.erase(it) : std::next(it);
  }
  return absl::OkStatus();
}

}  // namespace signet::domain
