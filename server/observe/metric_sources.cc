#include "server/observe/metric_sources.h"

#include <iterator>
#include <sstream>
#include <utility>

#include "prometheus/text_serializer.h"
#include "server/observe/metric_catalog.h"
#include "server/observe/openmetrics.h"

namespace signet::observe {

void MetricSources::Add(const prometheus::Collectable& source) {
  base::MutexLock lock(mutex_);
  sources_.push_back(&source);
}

void MetricSources::AddExemplars(const ExemplarSource& source) {
  base::MutexLock lock(mutex_);
  exemplar_sources_.push_back(&source);
}

std::vector<prometheus::MetricFamily> MetricSources::Collect() const {
  std::vector<const prometheus::Collectable*> sources;
  {
    base::MutexLock lock(mutex_);
    sources = sources_;
  }
  std::vector<prometheus::MetricFamily> all;
  for (const prometheus::Collectable* source : sources) {
    auto families = source->Collect();
    std::move(families.begin(), families.end(), std::back_inserter(all));
  }
  return all;
}

std::string MetricSources::RenderText() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, Collect());
  return std::move(out).str();
}

std::string MetricSources::RenderOpenMetrics() const {
  std::vector<const ExemplarSource*> sources;
  {
    base::MutexLock lock(mutex_);
    sources = exemplar_sources_;
  }
  // Before the samples: a bucket that has one has counted it.
  std::vector<FamilyExemplars> exemplars;
  for (const ExemplarSource* source : sources) exemplars.push_back(source->CollectExemplars());
  return OpenMetricsText(Collect(), exemplars);
}

void AddSample(prometheus::MetricFamily& family, LabelList labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
}

prometheus::MetricFamily OneSample(absl::string_view name, double value) {
  prometheus::MetricFamily family = NewFamily(name);
  AddSample(family, {}, value);
  return family;
}

}  // namespace signet::observe
