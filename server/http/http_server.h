#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/http/reply.h"
#include "server/http/site.h"
#include "server/http/tls_context.h"

namespace signet::http {

// The HTTP port: HTTP/1.1 with keep-alive, over TLS or not, on Boost.Beast. Unknown paths are 404,
// other methods 405, a body where none is expected or one over kMaxBody 413, a head over kMaxHead
// 431, a request not complete in time 408, work that finds no worker 503.
//
// Connections are bounded. When all are taken, the next one takes the place of one that waits for
// its client (seats.h); it is closed at once where none does. Start() and Stop() belong to the
// owner.
class HttpServer {
 public:
  struct Options {
    std::string host;  // a name or an IP address
    int port = 0;      // 0: the system chooses, see port()
    std::optional<TlsFiles> tls;
    size_t threads = 4;  // of the port: they read, answer what waits for nothing, and write
    size_t connections = 1024;
    absl::Duration request_timeout = absl::Seconds(5);  // the handshake; one request; one answer
    absl::Duration idle_timeout = absl::Seconds(60);    // from an answer to the next request
    // How long Stop() lets connections finish.
    absl::Duration stop_timeout = absl::Seconds(15);
    Site::Options site;
  };

  // Listens and serves at once. INVALID_ARGUMENT for TLS files that cannot be used; UNAVAILABLE,
  // with the reason, when the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const Options& options,
                                                           std::vector<Route> routes,
                                                           const Reporting& reporting);
  // Stop()s.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

  // Accepts nothing more, answers the requests under way and ends their connections; closes those
  // that have not ended after `stop_timeout`. Waits for what routes still do. Idempotent.
  void Stop();

 private:
  class Loop;  // keeps Boost out of this header
  explicit HttpServer(std::unique_ptr<Loop> loop);
  const std::unique_ptr<Loop> loop_;
};

}  // namespace signet::http
