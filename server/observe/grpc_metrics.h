#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "server/observe/exemplar.h"
#include "server/observe/latency_histogram.h"
#include "server/observe/sharded_cells.h"

namespace signet::observe {

// The name of a canonical gRPC status code (0..16) as the ecosystem's dashboards spell it in
// `grpc_code`: "OK", "InvalidArgument", … Anything else is "Unknown".
absl::string_view GrpcCodeName(int code);

// How many messages of a method pass: `grpc_type`.
enum class GrpcForm { kUnary, kServerStream, kBidiStream };

// grpc_server_started_total, _handled_total and _handling_seconds of one method. Every series is
// there from the start, so that nothing a caller sends makes a new one. Of a stream the messages
// are counted too (grpc_server_msg_received_total, _sent_total), and those that are open
// (signet_grpc_streams_open). Thread-safe, lock-free.
class GrpcMethodMetrics {
 public:
  GrpcMethodMetrics(std::string service, std::string method, GrpcForm form)
      : service_(std::move(service)),
        method_(std::move(method)),
        form_(form),
        cells_(kMessageCells + kCodes) {}

  void Started() { cells_.Add(0); }
  void Handled(int code, int64_t nanos, const TracedCall& call = {});
  // Messages of a stream.
  void Received() { cells_.Add(1); }
  void Sent() { cells_.Add(2); }

  uint64_t started() const { return cells_.Sum(0); }
  uint64_t handled(int code) const { return cells_.Sum(kMessageCells + static_cast<size_t>(code)); }
  uint64_t received() const { return cells_.Sum(1); }
  uint64_t sent() const { return cells_.Sum(2); }
  // Started and not handled.
  uint64_t open() const;

 private:
  friend class GrpcMetrics;
  static constexpr size_t kCodes = 17;
  static constexpr size_t kMessageCells = 3;  // started, received, sent
  LabelList Labels() const;

  const std::string service_;  // "signet.v1.TokenService"
  const std::string method_;   // "Validate"
  const GrpcForm form_;
  ShardedCells cells_;
  LatencyHistogram latency_;
};

// The methods of one server. Build it with every method, then count. Thread-safe.
class GrpcMetrics final : public prometheus::Collectable, public ExemplarSource {
 public:
  struct Method {
    std::string service;
    std::string method;
    GrpcForm form = GrpcForm::kUnary;
  };
  explicit GrpcMetrics(const std::vector<Method>& methods);

  // Of the method at `index` of the constructor's list. Lives as long as this object.
  GrpcMethodMetrics& method(size_t index) { return methods_[index]; }

  std::vector<prometheus::MetricFamily> Collect() const override;
  FamilyExemplars CollectExemplars() const override;

 private:
  std::deque<GrpcMethodMetrics> methods_;
};

}  // namespace signet::observe
