#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "client/base/clock.h"
#include "prometheus/collectable.h"
#include "server/observe/counter_set.h"

namespace signet::observe {

enum class VaultQuestion { kDone, kRefused, kUnavailable };
enum class VaultGrant { kLogin, kToken, kCredentials, kLease };

// How it stands with Vault. Where none is configured nothing is late. Thread-safe.
class VaultMetrics final : public prometheus::Collectable {
 public:
  explicit VaultMetrics(const base::Clock& clock);

  CounterSet<VaultQuestion, 3> questions;
  CounterSet<VaultGrant, 4> grants;
  // What it is needed for succeeds, or no longer does.
  void SetWorking(bool working);
  // The lease of the database credentials in use.
  void SetLease(absl::Time issued_at, absl::Time ends_at);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const base::Clock& clock_;
  std::atomic<int64_t> failing_since_{0};  // Unix time in microseconds; 0: it works
  std::atomic<int64_t> issued_at_{0};      // the same; 0: the credentials are not Vault's
  std::atomic<int64_t> ends_at_{0};
};

}  // namespace signet::observe
