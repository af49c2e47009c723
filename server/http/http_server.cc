#include "server/http/http_server.h"

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <pthread.h>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "client/base/ip_address.h"
#include "client/base/mutex.h"
#include "client/base/status_macros.h"
#include "server/http/connection.h"
#include "server/http/seats.h"

namespace signet::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr int kBacklog = 512;
constexpr absl::Duration kPause = absl::Milliseconds(50);  // when no descriptor is left
constexpr absl::Duration kAbortAgain = absl::Milliseconds(100);

}  // namespace

// The acceptor, its threads and the connections.
class HttpServer::Loop {
 public:
  Loop(const Options& options, std::vector<Route> routes, const Reporting& reporting,
       std::shared_ptr<TlsContext> tls)
      : options_(options),
        metrics_(reporting.metrics),
        tls_(std::move(tls)),
        site_(options.site, std::move(routes), reporting),
        work_(context_.get_executor()),
        acceptor_(asio::make_strand(context_)),
        pause_(acceptor_.get_executor()) {}
  ~Loop() { Stop(); }

  // On the first address of the host.
  absl::Status Listen();
  void Run();
  void Stop();
  int port() const { return port_; }

 private:
  void Accept();
  void OnSocket(const Error& error, Tcp::socket socket);
  void Serve(Tcp::socket socket);
  bool Enter(const std::string& peer, Seats::Place& place);
  void Forget(Seats::Place place);
  std::vector<std::shared_ptr<Connection>> Open();
  bool EndedWithin(absl::Duration patience);

  const Options options_;
  observe::HttpMetrics& metrics_;
  const std::shared_ptr<TlsContext> tls_;
  Site site_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  int port_ = 0;
  std::vector<std::thread> threads_;

  base::Mutex mutex_;
  base::CondVar ended_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Seats seats_ ABSL_GUARDED_BY(mutex_);
};

absl::Status HttpServer::Loop::Listen() {
  Error error;
  const auto failed = [&] {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.host, ":",
                                               options_.port, ": ", error.message()));
  };
  Tcp::resolver resolver(context_);
  const auto addresses =
      resolver.resolve(options_.host, absl::StrCat(options_.port),
                       Tcp::resolver::passive | Tcp::resolver::numeric_service, error);
  if (error) return failed();
  const Tcp::endpoint address = addresses.begin()->endpoint();
  acceptor_.open(address.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(address, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (error) return failed();
  port_ = acceptor_.local_endpoint(error).port();
  return absl::OkStatus();
}

void HttpServer::Loop::Run() {
  Accept();
  for (size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "http");
      context_.run();
    });
  }
}

void HttpServer::Loop::Accept() {
  acceptor_.async_accept(asio::make_strand(context_), [this](const Error& error, auto socket) {
    OnSocket(error, Tcp::socket(std::move(socket)));
  });
}

void HttpServer::Loop::OnSocket(const Error& error, Tcp::socket socket) {
  if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
  if (!error) {
    Serve(std::move(socket));
    return Accept();
  }
  // Without a free descriptor the listener stays readable: do not spin over it.
  pause_.expires_after(absl::ToChronoNanoseconds(kPause));
  pause_.async_wait([this](const Error& cancelled) {
    if (!cancelled && acceptor_.is_open()) Accept();
  });
}

// Takes a seat for `peer`; false where there is none.
bool HttpServer::Loop::Enter(const std::string& peer, Seats::Place& place) {
  const auto address = base::IpAddress::Parse(peer);
  const bool is_proxy = address && options_.site.proxies.Trusts(*address);
  std::shared_ptr<Connection> displaced;  // let go outside the lock, which its end takes
  {
    base::MutexLock lock(mutex_);
    if (stopping_) return false;
    if (seats_.taken() >= options_.connections) {
      displaced = seats_.Clear();
      if (displaced == nullptr) {
        metrics_.connections_refused.fetch_add(1, std::memory_order_relaxed);
        return false;
      }
    }
    place = seats_.Take(is_proxy ? Seats::Standing::kProxy : Seats::Standing::kStranger,
                        address ? address->Subscriber() : peer);
  }
  metrics_.connections.fetch_add(1, std::memory_order_relaxed);
  if (displaced == nullptr) return true;
  metrics_.connections_displaced.fetch_add(1, std::memory_order_relaxed);
  displaced->GiveUp();
  return true;
}

void HttpServer::Loop::Serve(Tcp::socket socket) {
  Error error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;  // reset already; whom it would count for can no longer be known
  const std::string address = peer.address().to_string();
  socket.set_option(Tcp::no_delay(true), error);
  Seats::Place place;
  if (!Enter(address, place)) return;
  // It may be gone at any moment, and then takes the lock: not under it.
  const auto connection = std::make_shared<Connection>(
      std::move(socket), address, tls_ == nullptr ? nullptr : tls_->Current(), site_,
      Connection::Limits{options_.request_timeout, options_.idle_timeout}, place->waits_since,
      [this, place] { Forget(place); });
  connection->Start();
  bool finish = false;
  {
    base::MutexLock lock(mutex_);
    place->connection = connection;
    finish = stopping_;
  }
  if (finish) connection->Finish();
}

void HttpServer::Loop::Forget(Seats::Place place) {
  metrics_.connections.fetch_sub(1, std::memory_order_relaxed);
  base::MutexLock lock(mutex_);
  seats_.Leave(place);
  ended_.NotifyAll();
}

std::vector<std::shared_ptr<Connection>> HttpServer::Loop::Open() {
  base::MutexLock lock(mutex_);
  return seats_.All();
}

// Whether every connection has ended by then. Not by the wall clock: one that is set back would
// hold the end for as long.
bool HttpServer::Loop::EndedWithin(absl::Duration patience) {
  const auto until = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(patience);
  base::MutexLock lock(mutex_);
  while (!seats_.empty()) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    ended_.WaitFor(mutex_, absl::FromChrono(left));
  }
  return true;
}

void HttpServer::Loop::Stop() {
  {
    base::MutexLock lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  asio::post(acceptor_.get_executor(), [this] {
    Error ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
  for (const auto& connection : Open()) connection->Finish();
  absl::Duration patience = options_.stop_timeout;
  while (!EndedWithin(patience)) {
    for (const auto& connection : Open()) connection->Abort();
    patience = kAbortAgain;
  }
  site_.Drain();
  work_.reset();
  for (std::thread& thread : threads_) thread.join();
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const Options& options,
                                                              std::vector<Route> routes,
                                                              const Reporting& reporting) {
  std::shared_ptr<TlsContext> tls;
  if (options.tls) {
    SIGNET_ASSIGN_OR_RETURN(tls, TlsContext::Make(*options.tls));
    reporting.metrics.certificate_end = [tls] { return tls->CertificateEnd(); };
  }
  auto loop = std::make_unique<Loop>(options, std::move(routes), reporting, std::move(tls));
  SIGNET_RETURN_IF_ERROR(loop->Listen());
  loop->Run();
  return absl::WrapUnique(new HttpServer(std::move(loop)));
}

HttpServer::HttpServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

HttpServer::~HttpServer() { Stop(); }

int HttpServer::port() const { return loop_->port(); }

void HttpServer::Stop() { loop_->Stop(); }

}  // namespace signet::http
