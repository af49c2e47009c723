#include "server/doctor/tls_probe.h"

#include <cerrno>
#include <memory>

#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace signet::doctor {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Socket(Socket&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

bool ConnectedWithin(int descriptor, const addrinfo& address, absl::Duration timeout) {
  if (connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS) return false;
  pollfd wait{descriptor, POLLOUT, 0};
  int error = 1;
  socklen_t size = sizeof error;
  return poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) == 1 &&
         getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

// Blocking, with `timeout` for each read and write; -1 where nobody takes the connection.
Socket Connect(const std::string& host, int port, absl::Duration timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), absl::StrCat(port).c_str(), &hints, &found) != 0) return Socket(-1);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, &freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    Socket made(socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (made.get() < 0 || !ConnectedWithin(made.get(), *one, timeout)) continue;
    const timeval limit = absl::ToTimeval(timeout);
    setsockopt(made.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(made.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int flags = fcntl(made.get(), F_GETFL);
    fcntl(made.get(), F_SETFL, flags & ~O_NONBLOCK);
    return made;
  }
  return Socket(-1);
}

// The wire form of ALPN: each name after its length.
std::string AlpnList(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    list += static_cast<char>(name.size());
    list += name;
  }
  return list;
}

std::vector<Certificate> ChainOf(SSL& session) {
  std::vector<Certificate> chain;
  STACK_OF(X509)* sent = SSL_get_peer_cert_chain(&session);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* one = sk_X509_value(sent, i);
    X509_up_ref(one);
    chain.emplace_back(one, &X509_free);
  }
  return chain;
}

}  // namespace

absl::StatusOr<TlsAnswer> ProbeTls(const std::string& host, int port,
                                   const std::vector<std::string>& alpn, int newest_version,
                                   absl::Duration timeout) {
  const Socket socket = Connect(host, port, timeout);
  if (socket.get() < 0) {
    return absl::UnavailableError(absl::StrCat("nobody answers at ", host, ":", port));
  }
  const Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (context == nullptr) return absl::InternalError("OpenSSL cannot make a TLS context");
  // What the other side takes is asked, not what this side would: the lowest level lets old
  // versions be offered at all.
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), 0);
  SSL_CTX_set_max_proto_version(context.get(), newest_version);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // it is looked at, not trusted
  const Session session(SSL_new(context.get()), &SSL_free);
  const std::string list = AlpnList(alpn);
  SSL_set_alpn_protos(session.get(), reinterpret_cast<const unsigned char*>(list.data()),
                      static_cast<unsigned int>(list.size()));
  // SSL_set_tlsext_host_name() is a macro with a cast that is not ours to silence.
  SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));
  SSL_set_fd(session.get(), socket.get());
  const bool shaken = SSL_connect(session.get()) == 1;
  ERR_clear_error();
  if (!shaken) return absl::FailedPreconditionError("the TLS handshake fails");

  TlsAnswer answer;
  answer.version = SSL_get_version(session.get());
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(session.get(), &name, &size);
  answer.protocol.assign(reinterpret_cast<const char*>(name), size);
  answer.chain = ChainOf(*session);
  SSL_shutdown(session.get());
  ERR_clear_error();
  return answer;
}

bool Listens(const std::string& host, int port, absl::Duration timeout) {
  return Connect(host, port, timeout).get() >= 0;
}

HostAndPort SplitAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  HostAndPort parts{address.substr(0, colon),
                    colon == std::string::npos ? "" : address.substr(colon + 1)};
  if (parts.host.size() > 2 && parts.host.front() == '[' && parts.host.back() == ']') {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  }
  return parts;
}

std::string LocalHostOf(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "::1";
  return host;
}

}  // namespace signet::doctor
