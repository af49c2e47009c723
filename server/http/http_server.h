#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/worker_pool.h"
#include "server/http/connection.h"
#include "server/http/reply.h"
#include "server/http/tls_context.h"

namespace signet::http {

// The HTTP port: a few routes, GET and HEAD alone, one request per connection, so that there is
// nothing to smuggle and nothing to keep. Unknown paths are 404, other methods 405, a body 413, a
// head over 8 KiB 431, a request not complete in time 408.
//
// Threads are bounded; connections beyond them wait, and beyond the queue are closed at once.
// Start() and Stop() belong to the owner.
class HttpServer {
 public:
  struct Options {
    std::string host;  // a name or an IP address
    int port = 0;      // 0: the system chooses, see port()
    std::optional<TlsFiles> tls;
    size_t threads = 4;
    size_t queue = 64;
    absl::Duration request_timeout = absl::Seconds(5);  // handshake, request and reply together
  };

  // Listens and serves at once. INVALID_ARGUMENT for TLS files that cannot be used; UNAVAILABLE,
  // with the reason, when the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Options options,
                                                           std::vector<Route> routes);
  // Stop()s.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }

  // Accepts nothing more and waits for the requests under way. Idempotent.
  void Stop();

 private:
  HttpServer(Options options, std::vector<Route> routes, std::unique_ptr<TlsContext> tls,
             int listener, int port, int wake);
  void AcceptLoop();
  void Serve(int socket);
  std::string Answer(Connection& connection, absl::Time deadline) const;
  Reply Dispatch(const Request& request) const;
  Transport transport() const { return tls_ == nullptr ? Transport::kPlain : Transport::kTls; }

  const Options options_;
  const std::vector<Route> routes_;
  const std::unique_ptr<TlsContext> tls_;
  const int listener_;
  const int port_;
  const int wake_;  // an eventfd that ends the accept loop
  base::WorkerPool pool_;
  std::thread acceptor_;
};

}  // namespace signet::http
