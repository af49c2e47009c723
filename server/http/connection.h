#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <openssl/ssl.h>

#include "absl/time/time.h"
#include "server/http/site.h"
#include "server/http/wire.h"

namespace signet::http {

// One accepted socket, plain or TLS, and the requests that come over it, one after the other:
// handshake, head, body, answer, next head. Every step ends by a deadline, so that a client that
// stops in the middle costs a bounded time and no thread.
//
// Keeps itself alive while a step is under way. All steps run on the socket's own strand;
// what is public may be called on any thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Limits {
    absl::Duration request = absl::Seconds(5);  // the handshake; a request from its first byte;
                                                // the writing of an answer
    absl::Duration idle = absl::Seconds(60);    // from an answer to the next request
  };

  // `socket` has a strand of its own; `peer` is the IP address at its other end. `tls` null: plain.
  // `site` and `waits_since` outlive the connection; `on_end` is called once, when it is gone.
  // `waits_since` tells since when it has waited for its client, on the steady clock: since its
  // start, the first byte of a request, or the writing of an answer. kBusy where it does not.
  Connection(boost::asio::ip::tcp::socket socket, std::string peer,
             const std::shared_ptr<SSL_CTX>& tls, Site& site, const Limits& limits,
             std::atomic<int64_t>& waits_since, std::function<void()> on_end);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Start();
  // Ends it when it waits for a request, else after the answer to the one under way.
  void Finish();
  // Ends it without a goodbye when it waits for its client, else after the answer to the request
  // under way.
  void GiveUp();
  // Closes the socket, whatever is under way. What a route still does for it is waited for.
  void Abort();

  static constexpr int64_t kBusy = std::numeric_limits<int64_t>::max();

 private:
  using Error = boost::system::error_code;

  void Arm(absl::Duration patience);
  void AwaitDeadline(absl::Duration patience, int tries);
  void NoteWaits(int64_t since) { waits_since_.store(since, std::memory_order_relaxed); }
  void AwaitRequest(absl::Duration patience);
  void BeginHead();
  void OnHead(const Error& error);
  void BeginBody();
  void OnBody(const Error& error);
  void Fail(const Error& error);
  void Answer(Persistence persistence);
  void Write(const Reply& reply);
  void Goodbye();
  void Discard(size_t so_far);
  void Close();
  template <typename Operation>
  void WithStream(Operation operation);

  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::context> tls_context_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  boost::asio::steady_timer timer_;
  Site& site_;
  const Limits limits_;
  std::atomic<int64_t>& waits_since_;
  const std::function<void()> on_end_;
  std::string peer_;

  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<Site::Visit> visit_;
  std::string out_;
  uint64_t armed_ = 0;      // which deadline counts
  bool timed_out_ = false;  // it passed, and what was under way was cancelled
  bool waiting_ = false;    // for the first byte of a request
  bool finishing_ = false;
  Persistence persistence_ = Persistence::kClose;
};

}  // namespace signet::http
