#include "server/rpc/connection_gate.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "client/base/status_macros.h"
#include "server/rpc/listening_socket.h"

namespace signet::rpc {
namespace {

constexpr absl::Duration kCountInterval = absl::Seconds(1);
// At the limit each refusal would otherwise look at every descriptor.
constexpr absl::Duration kShortestInterval = absl::Milliseconds(50);
constexpr int kPauseMillis = 50;  // where the process has no descriptor left

// 0 where there is none.
ino_t InodeOf(int descriptor) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

ConnectionGate::ConnectionGate(size_t max_connections, observe::ConnectionMetrics& metrics)
    : max_connections_(max_connections),
      metrics_(metrics),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

ConnectionGate::~ConnectionGate() {
  Stop();
  close(wake_);
}

absl::StatusOr<int> ConnectionGate::Listen(
    const std::string& address, absl::Duration user_timeout,
    std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor) {
  SIGNET_ASSIGN_OR_RETURN(const ListeningSockets sockets, ListenOn(address, user_timeout));
  for (const int listener : sockets.descriptors) {
    const bool is_path = absl::StartsWith(address, "unix:");
    ports_.push_back({listener, acceptor.get(), is_path ? address.substr(5) : std::string()});
  }
  acceptors_.push_back(std::move(acceptor));
  return sockets.port;
}

void ConnectionGate::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "grpc-accept");
    Run();
  });
}

void ConnectionGate::Stop() {
  if (thread_.joinable()) {
    eventfd_write(wake_, 1);
    thread_.join();
  }
  for (const Port& port : std::exchange(ports_, {})) {
    close(port.listener);
    if (!port.path.empty()) unlink(port.path.c_str());
  }
}

void ConnectionGate::Run() {
  std::vector<pollfd> waiting;
  for (const Port& port : ports_) waiting.push_back({port.listener, POLLIN, 0});
  waiting.push_back({wake_, POLLIN, 0});
  while (true) {
    const bool any = !connections_.empty();
    const int timeout = any ? static_cast<int>(absl::ToInt64Milliseconds(kCountInterval)) : -1;
    poll(waiting.data(), waiting.size(), timeout);
    if (waiting.back().revents != 0) return;
    if (any && absl::Now() - counted_ >= kCountInterval) ForgetClosed();
    for (size_t i = 0; i < ports_.size(); ++i) {
      if (waiting[i].revents != 0) AcceptFrom(ports_[i]);
    }
  }
}

void ConnectionGate::AcceptFrom(const Port& port) {
  const int accepted = accept4(port.listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (accepted < 0) {
    const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
    if (exhausted) poll(nullptr, 0, kPauseMillis);  // the connection goes on waiting, and so do we
    return;
  }
  if (!Admit()) {
    metrics_.refused.fetch_add(1, std::memory_order_relaxed);
    close(accepted);
    return;
  }
  connections_.push_back({accepted, InodeOf(accepted)});
  metrics_.open.store(static_cast<int64_t>(connections_.size()), std::memory_order_relaxed);
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.listener_fd = port.listener;
  parameters.fd = accepted;
  port.acceptor->HandleNewConnection(&parameters);
}

bool ConnectionGate::Admit() {
  if (connections_.size() < max_connections_) return true;
  if (absl::Now() - counted_ < kShortestInterval) return false;
  ForgetClosed();
  return connections_.size() < max_connections_;
}

// A descriptor that is open again is another socket and has another inode.
void ConnectionGate::ForgetClosed() {
  counted_ = absl::Now();
  connections_.erase(std::remove_if(connections_.begin(), connections_.end(),
                                    [](const Connection& connection) {
                                      return InodeOf(connection.descriptor) != connection.inode;
                                    }),
                     connections_.end());
  metrics_.open.store(static_cast<int64_t>(connections_.size()), std::memory_order_relaxed);
}

}  // namespace signet::rpc
