#pragma once

#include "client/base/mutex.h"
#include "server/rpc/server.h"

namespace signet::app {

// What grpc.health.v1 says of each service: TokenService, Envoy's Authorization where there are
// rules for it, and the server as a whole, serve from the first key on and go on without the
// database; the others follow it. Thread-safe.
class ServiceHealth {
 public:
  // From now on `server` is told; until Detach(). `gateways`: whether there are
  // rules for them.
  void Attach(rpc::Server& server, rpc::Server::Serving gateways);
  void Detach();

  // The database began or stopped to answer. Called on threads of the pool.
  void SetDatabase(bool healthy);
  bool database() const;

 private:
  void TellDatabase() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable base::Mutex mutex_;
  rpc::Server* server_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool database_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace signet::app
