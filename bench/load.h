#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/measurement.h"
#include "bench/workload.h"
#include "grpcpp/channel.h"

namespace signet::bench {

// How a workload is put on a server.
struct LoadShape {
  int connections = 4;
  // Closed loop: calls kept in flight. Open loop: the most in flight; a call that finds no room
  // starts late, and the wait counts.
  size_t in_flight = 64;
  // Calls per second; 0: closed loop, each answer is followed by the next call at once. In the open
  // loop a call's latency runs from the moment at which it was due, not from when it was sent, so
  // that a server that stalls cannot hide the calls that it kept from being made.
  double rate = 0;
  absl::Duration warm_up = absl::Milliseconds(500);
  absl::Duration length = absl::Seconds(3);
  absl::Duration deadline = absl::Seconds(10);  // of each call
  // Open loop: sleep until a call is due, which makes it up to two milliseconds late, instead of
  // polling. For a load whose figures nobody reads, beside one that is measured on the same core.
  bool sleeps = false;
  std::optional<pid_t> server;  // whose CPU time is read
  // Stop after this many calls, however long they take; 0: stop by time.
  uint64_t calls = 0;
};

// Connections of their own (no shared subchannels) to `target`, each ready. UNAVAILABLE where one
// is not within ten seconds.
absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> Connect(const std::string& target,
                                                                    int connections);

// Puts `workload` on the server from the calling thread and waits until the last call has ended.
// Counts calls due (open loop) or ended (closed loop) between warm-up and end.
//
// UNAVAILABLE, RESOURCE_EXHAUSTED and DEADLINE_EXCEEDED count as refused: the server protected
// itself. Any other error, and any answer that the workload calls wrong, makes the run INTERNAL.
absl::StatusOr<Measurement> RunLoad(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                                    Workload& workload, const LoadShape& shape);

}  // namespace signet::bench
