#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server_builder.h"
#include "server/observe/connection_metrics.h"

namespace signet::rpc {

// Accepts the connections of every port and hands them to gRPC, at most so many at once: gRPC 1.51
// accepts without limit, so that strangers could take every descriptor of the process. What is
// refused is closed at once.
//
// gRPC does not say when a connection ends. So the gate remembers which socket (by inode) stood
// behind each descriptor that it handed over, and counts those that still do: at the limit, and
// each second for the metric.
//
// Used by one thread, beside its own.
class ConnectionGate {
 public:
  ConnectionGate(size_t max_connections, observe::ConnectionMetrics& metrics);
  // Stops.
  ~ConnectionGate();
  ConnectionGate(const ConnectionGate&) = delete;
  ConnectionGate& operator=(const ConnectionGate&) = delete;

  // Listens on every address of "host:port" or on "unix:path", for gRPC to serve with the
  // credentials of `acceptor`. Returns the bound port, 0 for a path. UNAVAILABLE with the reason.
  absl::StatusOr<int> Listen(
      const std::string& address, absl::Duration user_timeout,
      std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor);

  // Begins to accept. Once gRPC has started: before, it would close what it is given.
  void Start();

  // Accepts nothing more and closes the ports. Connections stay. Idempotent.
  void Stop();

 private:
  struct Port {
    int listener = -1;
    grpc::experimental::ExternalConnectionAcceptor* acceptor = nullptr;
    std::string path;  // of a Unix socket
  };
  struct Connection {
    int descriptor = -1;
    ino_t inode = 0;
  };

  void Run();
  void AcceptFrom(const Port& port);
  bool Admit();
  void ForgetClosed();

  const size_t max_connections_;
  observe::ConnectionMetrics& metrics_;
  std::vector<std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>> acceptors_;
  std::vector<Port> ports_;
  std::vector<Connection> connections_;  // touched by the thread alone
  absl::Time counted_ = absl::InfinitePast();
  int wake_ = -1;
  std::thread thread_;
};

}  // namespace signet::rpc
