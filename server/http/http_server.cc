#include "server/http/http_server.h"

#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/memory/memory.h"
#include "absl/time/clock.h"
#include "client/base/status_macros.h"
#include "server/http/listener.h"

namespace signet::http {
namespace {

constexpr absl::Duration kGoodbye = absl::Milliseconds(250);
constexpr int kPauseMilliseconds = 50;  // when no descriptor is left to accept with

// The bytes up to the empty line; `refused` is the status to answer with when that never came, and
// 0 when the client went away.
std::string ReadHead(Connection& connection, absl::Time deadline, int& refused) {
  std::string head;
  std::array<char, 2048> buffer;
  while (true) {
    size_t size = 0;
    const auto outcome = connection.Read(buffer.data(), buffer.size(), size, deadline);
    if (outcome != Connection::Outcome::kData) {
      refused = outcome == Connection::Outcome::kTimeout && !head.empty() ? 408 : 0;
      return "";
    }
    const size_t searched = head.size() < 3 ? 0 : head.size() - 3;
    head.append(buffer.data(), size);
    if (const size_t end = head.find("\r\n\r\n", searched); end != head.npos) {
      head.resize(end + 4);
      return head;
    }
    if (head.size() > kMaxHead) {
      refused = 431;
      return "";
    }
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Options options,
                                                              std::vector<Route> routes) {
  std::unique_ptr<TlsContext> tls;
  if (options.tls) {
    SIGNET_ASSIGN_OR_RETURN(tls, TlsContext::Make(*options.tls));
  }
  SIGNET_ASSIGN_OR_RETURN(const Listener listener, Listen(options.host, options.port));
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  auto server = absl::WrapUnique(new HttpServer(
      std::move(options), std::move(routes), std::move(tls), listener.socket, listener.port, wake));
  server->acceptor_ = std::thread([raw = server.get()] { raw->AcceptLoop(); });
  return server;
}

HttpServer::HttpServer(Options options, std::vector<Route> routes, std::unique_ptr<TlsContext> tls,
                       int listener, int port, int wake)
    : options_(std::move(options)),
      routes_(std::move(routes)),
      tls_(std::move(tls)),
      listener_(listener),
      port_(port),
      wake_(wake),
      pool_({.name = "http", .threads = options_.threads, .queue_limit = options_.queue}) {}

HttpServer::~HttpServer() {
  Stop();
  close(listener_);
  close(wake_);
}

void HttpServer::Stop() {
  eventfd_write(wake_, 1);
  if (acceptor_.joinable()) acceptor_.join();
  pool_.Drain();
}

void HttpServer::AcceptLoop() {
  std::array<pollfd, 2> descriptors = {pollfd{listener_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
  while (true) {
    poll(descriptors.data(), descriptors.size(), -1);
    if ((descriptors[1].revents & POLLIN) != 0) return;
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      // Without a free descriptor the listener stays readable: do not spin over it.
      const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS;
      if (exhausted) poll(&descriptors[1], 1, kPauseMilliseconds);
      continue;
    }
    if (!pool_.TrySubmit([this, socket] { Serve(socket); })) close(socket);
  }
}

void HttpServer::Serve(int socket) {
  const absl::Time deadline = absl::Now() + options_.request_timeout;
  Connection connection(socket, tls_ == nullptr ? nullptr : tls_->Current());
  if (!connection.Handshake(deadline)) return;
  const std::string reply = Answer(connection, deadline);
  if (reply.empty()) return;
  // A timed-out request still gets to know why.
  connection.Write(reply, std::max(deadline, absl::Now() + kGoodbye));
  connection.Close(kGoodbye);
}

std::string HttpServer::Answer(Connection& connection, absl::Time deadline) const {
  int refused = 0;
  const std::string head = ReadHead(connection, deadline, refused);
  if (head.empty()) {
    return refused == 0 ? "" : Serialize(ErrorReply(refused), Method::kGet, transport());
  }
  const auto parsed = ParseHead(head);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
    return Serialize(ErrorReply(refusal->status), Method::kGet, transport());
  }
  const Request& request = std::get<Request>(parsed);
  return Serialize(Dispatch(request), request.method, transport());
}

Reply HttpServer::Dispatch(const Request& request) const {
  for (const Route& route : routes_) {
    if (route.path != request.path) continue;
    return request.method == Method::kOther ? ErrorReply(405) : route.answer(request);
  }
  return ErrorReply(404);
}

}  // namespace signet::http
