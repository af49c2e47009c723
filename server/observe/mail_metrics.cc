#include "server/observe/mail_metrics.h"

#include <utility>

#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"

namespace signet::observe {

MailMetrics::MailMetrics(const base::Clock& clock)
    : outcomes("signet_mails_total", "outcome", {"sent", "failed", "given_up"}), clock_(clock) {}

void MailMetrics::SetOldest(std::optional<absl::Time> oldest) {
  oldest_micros_.store(oldest ? absl::ToUnixMicros(*oldest) : 0, std::memory_order_relaxed);
}

std::vector<prometheus::MetricFamily> MailMetrics::Collect() const {
  auto waits = NewFamily("signet_mail_wait_seconds");
  wait.CollectInto(waits, {});
  const int64_t oldest = oldest_micros_.load(std::memory_order_relaxed);
  const double age =
      oldest == 0 ? 0 : absl::ToDoubleSeconds(clock_.Now() - absl::FromUnixMicros(oldest));
  return {outcomes.Collect(),
          std::move(waits),
          OneSample("signet_mail_outbox_waiting", static_cast<double>(waiting)),
          OneSample("signet_mail_outbox_oldest_age_seconds", age),
          OneSample("signet_mail_outbox_given_up", static_cast<double>(given_up)),
          OneSample("signet_mail_outbox_failures_total", static_cast<double>(outbox_failures))};
}

}  // namespace signet::observe
