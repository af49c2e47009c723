#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "server/observe/connection_metrics.h"
#include "server/observe/grpc_metrics.h"
#include "server/observe/logger.h"
#include "server/observe/work_metrics.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/call_runner.h"
#include "server/rpc/lanes.h"
#include "server/rpc/method_table.h"
#include "server/rpc/outside_call.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// Files of PEM, watched: replaced ones are used for the next handshake within `reload_interval`
// . Replace key and certificate together (rename a directory or a symbolic link).
struct TlsFiles {
  std::string private_key;
  std::string certificate_chain;
  std::string client_roots;  // of the callers' certificates; kMutualTls only
  absl::Duration reload_interval = absl::Seconds(10);
};

// One port. TLS is 1.2 or newer.
struct Listener {
  enum class Security {
    kPlaintext,  // chosen by name, never by leaving something out
    kTls,
    kMutualTls,  // callers need a certificate of `client_roots`
  };
  std::string
      address;  // "0.0.0.0:8443", "[::]:8443" (port 0: any free one), "unix:/run/signet.sock"
  Security security = Security::kMutualTls;
  TlsFiles tls;
};

struct ServerOptions {
  std::vector<Listener> listeners;
  size_t completion_queues = 0;  // each with one thread; 0: one per processor
  size_t max_posted_calls = 64;  // requests waiting to be filled, per method and queue
  Lanes::Options lanes;
  CallRunner::Options calls;

  // Limits per connection and in all; of one request, calls.max_request_bytes.
  size_t max_connections = 10'000;  // further ones are closed as they come
  size_t max_health_watchers = 4096;
  int max_metadata_bytes = 16 << 10;
  int max_concurrent_streams = 1000;
  size_t memory_quota_bytes = size_t{512} << 20;  // of gRPC's buffers
  absl::Duration connection_idle = absl::Minutes(10);
  absl::Duration connection_age = absl::Hours(1);  // then GOAWAY, so that balancers spread again
  absl::Duration handshake_timeout = absl::Seconds(10);
  absl::Duration keepalive_interval = absl::Minutes(1);
  absl::Duration keepalive_timeout = absl::Seconds(20);
  // Between saying by health that the server goes and going: for balancers, which look at times.
  absl::Duration drain_pause = absl::ZeroDuration();

  // How often streams are woken without news, to say that there is none.
  absl::Duration stream_beat = absl::Milliseconds(900);
  // How long what was written to a stream may wait to be taken.
  absl::Duration stream_patience = absl::Seconds(10);
};

// What the server uses and does not own. All outlive it.
struct ServerCollaborators {
  const base::Clock& clock;
  const Authenticator& authenticator;
  observe::Logger& logger;
  observe::GrpcMetrics& grpc_metrics;  // made with MetricMethods(MethodTable())
  observe::LaneMetrics& lane_metrics;
  observe::ConnectionMetrics& connection_metrics;
  // Where denied calls of audited methods are written; null: they are logged alone.
  domain::AuditTrail* audit = nullptr;
};

// The gRPC port: services, health (grpc.health.v1), reflection and channelz.
// Start and Drain are called by one thread; SetServing and Call by any.
class Server {
 public:
  Server(ServerOptions options, const ServerCollaborators& collaborators,
         std::vector<std::unique_ptr<Service>> services,
         absl::Span<const MethodRow> table = MethodTable());
  // Drains, without grace, if nobody did.
  ~Server();

  // Opens the ports and serves. Every service and the server as a whole ("") are NOT_SERVING until
  // SetServing(). FAILED_PRECONDITION, and nothing opened, when the method table and the services
  // do not match; INVALID_ARGUMENT for unreadable TLS files; UNAVAILABLE for an address that
  // cannot be bound.
  absl::Status Start();

  // The bound ports, in the order of the listeners (0 for Unix sockets). After Start().
  const std::vector<int>& ports() const;

  // What grpc.health.v1 says of a service, by full name; "" is the server as a whole.
  enum class Serving { kNo, kYes };
  void SetServing(absl::string_view service, Serving serving);

  // Carries a unary call that came by another port exactly as one of its own: caller, rates,
  // limits, lanes, deadline, audit, metrics, log. METHOD_UNKNOWN where no service has the method,
  // or it is a stream. After Start(); while and after Drain() the answer is SHUTTING_DOWN.
  void Call(OutsideRequest request, OutsideDone done);

  // There is news for open streams: each is asked what it has to write, soon and on another thread.
  // Thread-safe.
  void WakeStreams();

  // Ends the server without losing a call: health says NOT_SERVING; calls are served for
  // `drain_pause` more; then streams end with SHUTTING_DOWN, as does what still comes, the ports
  // close, connections are told to go away and calls in flight are finished. Those still running at
  // `deadline` are cancelled; then workers and queues stop. Blocks until all of that is done.
  // Idempotent.
  void Drain(absl::Time deadline);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace signet::rpc
