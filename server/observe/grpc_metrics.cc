#include "server/observe/grpc_metrics.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/observe/metric_catalog.h"

namespace signet::observe {
namespace {

constexpr std::array<absl::string_view, 17> kCodeNames = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};
constexpr int kUnknown = 2;

int KnownCode(int code) {
  return code >= 0 && code < static_cast<int>(kCodeNames.size()) ? code : kUnknown;
}

}  // namespace

absl::string_view GrpcCodeName(int code) {
  return kCodeNames[static_cast<size_t>(KnownCode(code))];
}

void GrpcMethodMetrics::Handled(int code, int64_t nanos) {
  cells_.Add(1 + static_cast<size_t>(KnownCode(code)));
  latency_.ObserveNanos(nanos);
}

LabelList GrpcMethodMetrics::Labels() const {
  return {{"grpc_type", "unary"}, {"grpc_service", service_}, {"grpc_method", method_}};
}

GrpcMetrics::GrpcMetrics(const std::vector<Method>& methods) {
  for (const Method& method : methods) methods_.emplace_back(method.service, method.method);
}

std::vector<prometheus::MetricFamily> GrpcMetrics::Collect() const {
  auto started = NewFamily("grpc_server_started_total");
  auto handled = NewFamily("grpc_server_handled_total");
  auto handling = NewFamily("grpc_server_handling_seconds");
  for (const GrpcMethodMetrics& method : methods_) {
    const LabelList labels = method.Labels();
    AddSample(started, labels, static_cast<double>(method.started()));
    for (int code = 0; code < static_cast<int>(kCodeNames.size()); ++code) {
      LabelList with_code = labels;
      with_code.push_back({"grpc_code", std::string(GrpcCodeName(code))});
      AddSample(handled, std::move(with_code), static_cast<double>(method.handled(code)));
    }
    method.latency_.CollectInto(handling, labels);
  }
  return {std::move(started), std::move(handled), std::move(handling)};
}

}  // namespace signet::observe
