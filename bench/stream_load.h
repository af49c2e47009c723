#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/load.h"
#include "bench/measurement.h"
#include "bench/workload.h"
#include "grpcpp/channel.h"

namespace signet::bench {

// As RunLoad(), over one long-lived stream to a channel: `shape.in_flight` messages in all are on
// their way, and each answer is followed by the next message. Closed loop alone. Answers come in
// the order of their questions; a lane of the workload is the place in that order.
//
// A stream that ends makes the run INTERNAL, whatever the reason.
absl::StatusOr<Measurement> RunStreams(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                                       Workload& workload, const LoadShape& shape);

}  // namespace signet::bench
