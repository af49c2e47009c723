#include "server/rpc/listening_socket.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/base/status_macros.h"

namespace signet::rpc {
namespace {

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

absl::Status CannotListen(const std::string& address, absl::string_view reason) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", reason));
}

absl::StatusOr<int> Bound(const std::string& name, const sockaddr* address, socklen_t size,
                          absl::Duration user_timeout) {
  const int listener = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) return CannotListen(name, std::strerror(errno));
  const int on = 1;
  const int off = 0;
  if (address->sa_family != AF_UNIX) {
    // Of connections that a process before us left behind; never SO_REUSEPORT, with which a second
    // process would silently take half of the callers.
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const auto millis = static_cast<unsigned>(absl::ToInt64Milliseconds(user_timeout));
    setsockopt(listener, IPPROTO_TCP, TCP_USER_TIMEOUT, &millis, sizeof(millis));
  }
  if (address->sa_family == AF_INET6) {
    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  }
  if (bind(listener, address, size) == 0 && listen(listener, kBacklog) == 0) return listener;
  const absl::Status status = CannotListen(name, std::strerror(errno));
  close(listener);
  return status;
}

// Whether a process still listens there.
bool Answers(const sockaddr_un& address) {
  const int caller = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const bool refused =
      connect(caller, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
      errno == ECONNREFUSED;
  close(caller);
  return !refused;
}

// What an ended process left behind: a socket that nobody listens on. A living one's callers must
// not be taken away silently, and a mistyped path must not cost a file: those fail to bind.
void RemoveLeftover(const sockaddr_un& address) {
  struct stat status {};
  if (lstat(address.sun_path, &status) == 0 && S_ISSOCK(status.st_mode) && !Answers(address)) {
    unlink(address.sun_path);
  }
}

absl::StatusOr<ListeningSockets> ListenOnPath(const std::string& name, absl::string_view path,
                                              absl::Duration user_timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return CannotListen(name, "the path is empty or too long");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  RemoveLeftover(address);
  SIGNET_ASSIGN_OR_RETURN(const int listener, Bound(name, reinterpret_cast<sockaddr*>(&address),
                                                    sizeof(address), user_timeout));
  return ListeningSockets{{listener}, 0};
}

// Of either family: their ports stand in the same place.
in_port_t& PortIn(sockaddr* address) { return reinterpret_cast<sockaddr_in*>(address)->sin_port; }

int PortOf(int listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(PortIn(reinterpret_cast<sockaddr*>(&address)));
}

}  // namespace

absl::StatusOr<ListeningSockets> ListenOn(const std::string& address, absl::Duration user_timeout) {
  absl::string_view rest = address;
  if (absl::ConsumePrefix(&rest, "unix:")) return ListenOnPath(address, rest, user_timeout);
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return CannotListen(address, "no port");
  std::string host = address.substr(0, colon);
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int error = getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &raw);
  if (error != 0) return CannotListen(address, gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(raw, freeaddrinfo);

  ListeningSockets sockets;
  auto close_all = absl::MakeCleanup([&] {
    for (const int open : sockets.descriptors) close(open);
  });
  for (addrinfo* each = raw; each != nullptr; each = each->ai_next) {
    if (sockets.port != 0) PortIn(each->ai_addr) = htons(static_cast<in_port_t>(sockets.port));
    auto listener = Bound(address, each->ai_addr, each->ai_addrlen, user_timeout);
    if (!listener.ok()) return listener.status();
    sockets.descriptors.push_back(*listener);
    sockets.port = PortOf(*listener);
  }
  std::move(close_all).Cancel();
  return sockets;
}

}  // namespace signet::rpc
