#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/base/mutex.h"
#include "prometheus/client_metric.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"
#include "server/observe/exemplar.h"

namespace signet::observe {

// Everything that a scrape shows. prometheus::Registry takes its own families only; ours count in
// sharded cells, which needs a list of plain Collectables. Thread-safe.
class MetricSources final : public prometheus::Collectable {
 public:
  // `source` outlives every later scrape.
  void Add(const prometheus::Collectable& source);
  // The exemplars of one that was added.
  void AddExemplars(const ExemplarSource& source);

  std::vector<prometheus::MetricFamily> Collect() const override;

  // The body of GET /metrics: the text exposition format, version 0.0.4.
  std::string RenderText() const;
  // The same in OpenMetrics 1.0 (openmetrics.h), with exemplars.
  std::string RenderOpenMetrics() const;

 private:
  mutable base::Mutex mutex_;
  std::vector<const prometheus::Collectable*> sources_ ABSL_GUARDED_BY(mutex_);
  std::vector<const ExemplarSource*> exemplar_sources_ ABSL_GUARDED_BY(mutex_);
};

// Content-Type of RenderText().
inline constexpr absl::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

using LabelList = std::vector<prometheus::ClientMetric::Label>;

// Appends one sample of a counter or gauge to `family`.
void AddSample(prometheus::MetricFamily& family, LabelList labels, double value);

// The family `name` of the catalog with one sample, which has no label.
prometheus::MetricFamily OneSample(absl::string_view name, double value);

}  // namespace signet::observe
