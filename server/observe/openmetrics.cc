#include "server/observe/openmetrics.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace signet::observe {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// With the digits of prometheus::TextSerializer: `le` is a label, and "1.0" would be another series
// than the "1" that is there in the format 0.0.4.
std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return absl::StrFormat("%.*g", std::numeric_limits<double>::max_digits10 - 1, value);
}

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\n", "\\n"}, {"\"", "\\\""}});
}

// Seconds since the epoch.
std::string Timestamp(int64_t millis) {
  return absl::StrFormat("%d.%03d", millis / 1000, millis % 1000);
}

std::string ExemplarText(const Exemplar& exemplar) {
  return absl::StrCat(
      " # {trace_id=\"", absl::string_view(exemplar.trace_id.data(), exemplar.trace_id.size()),
      "\",span_id=\"", absl::string_view(exemplar.span_id.data(), exemplar.span_id.size()), "\"} ",
      Number(static_cast<double>(exemplar.nanos) / 1e9), " ",
      Timestamp(absl::ToUnixMillis(exemplar.time)));
}

// The samples of one metric.
class Samples {
 public:
  Samples(const MetricFamily& family, const ClientMetric& metric, std::string& out)
      : family_(family), metric_(metric), out_(out) {
    for (const auto& [name, value] : metric.label) AddLabel(labels_, name, value);
  }

  void Write(const std::vector<std::optional<Exemplar>>& exemplars) {
    switch (family_.type) {
      case MetricType::Counter:
        return One("", labels_, Number(metric_.counter.value));
      case MetricType::Gauge:
        return One("", labels_, Number(metric_.gauge.value));
      case MetricType::Untyped:
        return One("", labels_, Number(metric_.untyped.value));
      case MetricType::Summary:
        return Summary();
      case MetricType::Histogram:
        return Histogram(exemplars);
    }
  }

 private:
  static void AddLabel(std::string& labels, absl::string_view name, absl::string_view value) {
    absl::StrAppend(&labels, labels.empty() ? "" : ",", name, "=\"", Escaped(value), "\"");
  }

  void One(absl::string_view suffix, absl::string_view labels, absl::string_view value,
           absl::string_view exemplar = "") {
    absl::StrAppend(&out_, family_.name, suffix);
    if (!labels.empty()) absl::StrAppend(&out_, "{", labels, "}");
    absl::StrAppend(&out_, " ", value);
    if (metric_.timestamp_ms != 0) absl::StrAppend(&out_, " ", Timestamp(metric_.timestamp_ms));
    absl::StrAppend(&out_, exemplar, "\n");
  }

  void Summary() {
    for (const auto& [quantile, value] : metric_.summary.quantile) {
      std::string labels = labels_;
      AddLabel(labels, "quantile", Number(quantile));
      One("", labels, Number(value));
    }
    One("_count", labels_, absl::StrCat(metric_.summary.sample_count));
    One("_sum", labels_, Number(metric_.summary.sample_sum));
  }

  void Histogram(const std::vector<std::optional<Exemplar>>& exemplars) {
    const auto& buckets = metric_.histogram.bucket;
    for (size_t i = 0; i < buckets.size(); ++i) {
      const bool has_one = i < exemplars.size() && exemplars[i].has_value();
      Bucket(buckets[i], has_one ? ExemplarText(*exemplars[i]) : "");
    }
    if (buckets.empty() || !std::isinf(buckets.back().upper_bound)) {
      Bucket({metric_.histogram.sample_count, std::numeric_limits<double>::infinity()}, "");
    }
    One("_count", labels_, absl::StrCat(metric_.histogram.sample_count));
    One("_sum", labels_, Number(metric_.histogram.sample_sum));
  }

  void Bucket(const ClientMetric::Bucket& bucket, absl::string_view exemplar) {
    std::string labels = labels_;
    AddLabel(labels, "le", Number(bucket.upper_bound));
    One("_bucket", labels, absl::StrCat(bucket.cumulative_count), exemplar);
  }

  const MetricFamily& family_;
  const ClientMetric& metric_;
  std::string& out_;
  std::string labels_;  // without the braces
};

absl::string_view TypeOf(const MetricFamily& family) {
  switch (family.type) {
    case MetricType::Counter:
      return absl::EndsWith(family.name, "_total") ? "counter" : "unknown";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Summary:
      return "summary";
    case MetricType::Untyped:
      return "unknown";
    case MetricType::Histogram:
      return "histogram";
  }
  return "unknown";
}

void Describe(const MetricFamily& family, std::string& out) {
  absl::string_view name = family.name;
  if (family.type == MetricType::Counter) name = absl::StripSuffix(name, "_total");
  absl::StrAppend(&out, "# TYPE ", name, " ", TypeOf(family), "\n");
  // Where there is a unit it is the end of the name; not every end of a name is one.
  for (const absl::string_view unit : {"seconds", "bytes", "ratio"}) {
    if (absl::EndsWith(name, absl::StrCat("_", unit))) {
      absl::StrAppend(&out, "# UNIT ", name, " ", unit, "\n");
    }
  }
  if (!family.help.empty()) {
    absl::StrAppend(&out, "# HELP ", name, " ", Escaped(family.help), "\n");
  }
}

const FamilyExemplars* Find(const std::vector<FamilyExemplars>& exemplars,
                            absl::string_view family) {
  for (const FamilyExemplars& each : exemplars) {
    if (each.family == family) return &each;
  }
  return nullptr;
}

}  // namespace

std::string OpenMetricsText(const std::vector<MetricFamily>& families,
                            const std::vector<FamilyExemplars>& exemplars) {
  std::string out;
  for (const MetricFamily& family : families) {
    Describe(family, out);
    const FamilyExemplars* own = Find(exemplars, family.name);
    for (size_t i = 0; i < family.metric.size(); ++i) {
      const bool has_some = own != nullptr && i < own->metrics.size();
      Samples(family, family.metric[i], out)
          .Write(has_some ? own->metrics[i] : std::vector<std::optional<Exemplar>>());
    }
  }
  absl::StrAppend(&out, "# EOF\n");
  return out;
}

}  // namespace signet::observe
