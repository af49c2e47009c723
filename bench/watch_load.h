#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bench/measurement.h"
#include "grpcpp/channel.h"

namespace signet::bench {

// Opens `watchers` streams of WatchRevocations over `channels`, each through its snapshot, and then
// revokes `tokens` one after the other, each when every watcher has heard of the one before. A
// latency runs from the call of Revoke until one watcher has the entry: commit, log, stream and the
// reading of all the others included. The rate is entries heard per second. One thread reads.
//
// INTERNAL: a stream ended, an entry was not heard by all within ten seconds, or Revoke failed.
absl::StatusOr<Measurement> RunWatchers(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                                        size_t watchers, absl::Span<const std::string> tokens);

}  // namespace signet::bench
