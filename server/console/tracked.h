#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "prometheus/client_metric.h"

namespace signet::console {

// A metric whose last 15 minutes are kept, and the labels by which it is kept apart; samples that
// differ in other labels are added up.
struct Tracked {
  absl::string_view family;
  std::vector<absl::string_view> labels = {};
};

// Nothing: the console does not show it.
const Tracked* FindTracked(absl::string_view family);

// The values of those labels, as charts name them: of grpc_service without its package, of
// grpc_code what it means for operation: "served", "refused" (the caller's doing: among these what
// a limit refused), "failed" (the service level counts these, deploy/observability/rules/slo.yaml).
// Nothing for the latency of a stream, which is how long it was open.
std::optional<std::vector<std::string>> KeptLabels(
    const Tracked& tracked, const std::vector<prometheus::ClientMetric::Label>& labels);

}  // namespace signet::console
