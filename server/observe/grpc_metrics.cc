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

absl::string_view FormName(GrpcForm form) {
  switch (form) {
    case GrpcForm::kUnary:
      return "unary";
    case GrpcForm::kServerStream:
      return "server_stream";
    case GrpcForm::kBidiStream:
      return "bidi_stream";
  }
  return "unary";
}

int KnownCode(int code) {
  return code >= 0 && code < static_cast<int>(kCodeNames.size()) ? code : kUnknown;
}

}  // namespace

absl::string_view GrpcCodeName(int code) {
  return kCodeNames[static_cast<size_t>(KnownCode(code))];
}

void GrpcMethodMetrics::Handled(int code, int64_t nanos, const TracedCall& call) {
  cells_.Add(kMessageCells + static_cast<size_t>(KnownCode(code)));
  latency_.ObserveNanos(nanos, call);
}

uint64_t GrpcMethodMetrics::open() const {
  // Read before what it is taken from, so that the difference is never negative.
  uint64_t over = 0;
  for (size_t code = 0; code < kCodes; ++code) over += cells_.Sum(kMessageCells + code);
  return cells_.Sum(0) - over;
}

LabelList GrpcMethodMetrics::Labels() const {
  return {{"grpc_type", std::string(FormName(form_))},
          {"grpc_service", service_},
          {"grpc_method", method_}};
}

GrpcMetrics::GrpcMetrics(const std::vector<Method>& methods) {
  for (const Method& method : methods) {
    methods_.emplace_back(method.service, method.method, method.form);
  }
}

std::vector<prometheus::MetricFamily> GrpcMetrics::Collect() const {
  auto started = NewFamily("grpc_server_started_total");
  auto handled = NewFamily("grpc_server_handled_total");
  auto handling = NewFamily("grpc_server_handling_seconds");
  auto received = NewFamily("grpc_server_msg_received_total");
  auto sent = NewFamily("grpc_server_msg_sent_total");
  auto open = NewFamily("signet_grpc_streams_open");
  for (const GrpcMethodMetrics& method : methods_) {
    const LabelList labels = method.Labels();
    if (method.form_ != GrpcForm::kUnary) {
      AddSample(received, labels, static_cast<double>(method.received()));
      AddSample(sent, labels, static_cast<double>(method.sent()));
      AddSample(open, {{"grpc_method", method.method_}}, static_cast<double>(method.open()));
    }
    AddSample(started, labels, static_cast<double>(method.started()));
    for (int code = 0; code < static_cast<int>(kCodeNames.size()); ++code) {
      LabelList with_code = labels;
      with_code.push_back({"grpc_code", std::string(GrpcCodeName(code))});
      AddSample(handled, std::move(with_code), static_cast<double>(method.handled(code)));
    }
    method.latency_.CollectInto(handling, labels);
  }
  return {std::move(started),  std::move(handled), std::move(handling),
          std::move(received), std::move(sent),    std::move(open)};
}

FamilyExemplars GrpcMetrics::CollectExemplars() const {
  FamilyExemplars exemplars{"grpc_server_handling_seconds", {}};
  for (const GrpcMethodMetrics& method : methods_) {
    exemplars.metrics.push_back(method.latency_.CollectExemplars());
  }
  return exemplars;
}

}  // namespace signet::observe
