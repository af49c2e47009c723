#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/base/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/completion_queue.h"

namespace signet::rpc {

// grpc.health.v1.Health over our own queues. gRPC's default service would bring polling threads of
// its own, which take connections away from ours: a third more CPU for every call of the server.
//
// Check answers at once, NOT_FOUND for a service that is not here. Watch says how a service is,
// then each change; SERVICE_UNKNOWN, and the stream stays open, for one that is not here; it ends
// with SHUTTING_DOWN when the server drains. Neither is counted or logged: probes come every
// second.
//
// Outlives the queues. Thread-safe; Open() by the thread of its queue.
class HealthService {
 public:
  // Every service of `names`, and the server as a whole (""), is NOT_SERVING. A stream costs memory
  // for as long as it is open: beyond `max_watchers` a Watch is refused with OVERLOADED.
  HealthService(const std::vector<std::string>& names, size_t max_watchers);

  // For grpc::ServerBuilder.
  grpc::Service& service() { return service_; }

  // Begins to take calls from `queue`, until the server shuts down.
  void Open(grpc::ServerCompletionQueue& queue);

  // Does nothing for a service that was not named, and once TakeDown() was called.
  void Set(absl::string_view name, bool serving);

  // Everything is NOT_SERVING from now on, and watchers hear of it.
  void TakeDown();

  // Ends every Watch that is open and every one that comes, each after its last word.
  void EndWatches();

 private:
  class CheckCall;
  class WatchCall;
  using Service = grpc::health::v1::Health::WithRawMethod_Check<
      grpc::health::v1::Health::WithRawMethod_Watch<grpc::health::v1::Health::Service>>;
  using Response = grpc::health::v1::HealthCheckResponse;

  // Null for a service that is not here.
  const bool* Find(const std::string& name) const;
  static Response::ServingStatus StatusOf(const bool* serving);
  void TellAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Service service_;
  const size_t max_watchers_;
  mutable base::Mutex mutex_;
  std::set<WatchCall*> watches_ ABSL_GUARDED_BY(mutex_);
  bool down_ ABSL_GUARDED_BY(mutex_) = false;
  // Calls look at these two under the mutex, too.
  std::map<std::string, bool> serving_;  // its keys never change
  bool ended_ = false;
};

}  // namespace signet::rpc
