#include "server/observe/vault_metrics.h"

#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"

namespace signet::observe {

VaultMetrics::VaultMetrics(const base::Clock& clock)
    : questions("signet_vault_questions_total", "result", {"done", "refused", "unavailable"}),
      grants("signet_vault_grants_total", "grant", {"login", "token", "credentials", "lease"}),
      clock_(clock) {}

void VaultMetrics::SetWorking(bool working) {
  if (working) {
    failing_since_ = 0;
    return;
  }
  int64_t works = 0;
  failing_since_.compare_exchange_strong(works, absl::ToUnixMicros(clock_.Now()));
}

void VaultMetrics::SetLease(absl::Time issued_at, absl::Time ends_at) {
  issued_at_ = absl::ToUnixMicros(issued_at);
  ends_at_ = absl::ToUnixMicros(ends_at);
}

std::vector<prometheus::MetricFamily> VaultMetrics::Collect() const {
  const int64_t now = absl::ToUnixMicros(clock_.Now());
  const int64_t since = failing_since_;
  const int64_t issued = issued_at_;
  const int64_t ends = ends_at_;
  double failing = 0;
  double used = 0;
  if (since != 0) failing = static_cast<double>(now - since) / 1e6;
  if (issued != 0 && ends > issued) {
    used = static_cast<double>(now - issued) / static_cast<double>(ends - issued);
  }
  return {questions.Collect(), grants.Collect(), OneSample("signet_vault_failing_seconds", failing),
          OneSample("signet_vault_credentials_used_ratio", used)};
}

}  // namespace signet::observe
