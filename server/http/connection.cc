#include "server/http/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/time/clock.h"

namespace signet::http {
namespace {

constexpr size_t kMostDiscarded = 64 * 1024;

}  // namespace

Connection::Connection(int socket, const std::shared_ptr<SSL_CTX>& tls) : socket_(socket) {
  if (tls == nullptr) return;
  tls_ = SSL_new(tls.get());  // keeps its own reference to the context
  if (tls_ != nullptr) SSL_set_fd(tls_, socket_);
}

Connection::~Connection() {
  SSL_free(tls_);
  close(socket_);
}

bool Connection::Wait(short events, absl::Time deadline) const {
  while (true) {
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) return false;
    pollfd descriptor{socket_, events, 0};
    const int ready = poll(&descriptor, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

short Connection::WantedBy(int result) const {
  const int error = SSL_get_error(tls_, result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ) return POLLIN;
  if (error == SSL_ERROR_WANT_WRITE) return POLLOUT;
  return 0;
}

bool Connection::Handshake(absl::Time deadline) {
  if (tls_ == nullptr) return true;
  while (true) {
    const int result = SSL_accept(tls_);
    if (result == 1) return true;
    const short wanted = WantedBy(result);
    if (wanted == 0 || !Wait(wanted, deadline)) return false;
  }
}

Connection::Outcome Connection::Read(char* buffer, size_t capacity, size_t& size,
                                     absl::Time deadline) {
  while (true) {
    short wanted = POLLIN;
    if (tls_ != nullptr) {
      const int result = SSL_read_ex(tls_, buffer, capacity, &size);
      if (result == 1) return Outcome::kData;
      wanted = WantedBy(result);
      if (wanted == 0) return Outcome::kEnd;
    } else {
      const ssize_t result = recv(socket_, buffer, capacity, 0);
      if (result > 0) {
        size = static_cast<size_t>(result);
        return Outcome::kData;
      }
      if (result == 0 || (errno != EAGAIN && errno != EINTR)) return Outcome::kEnd;
    }
    if (!Wait(wanted, deadline)) return Outcome::kTimeout;
  }
}

bool Connection::Write(absl::string_view bytes, absl::Time deadline) {
  while (!bytes.empty()) {
    short wanted = POLLOUT;
    size_t written = 0;
    if (tls_ != nullptr) {
      const int result = SSL_write_ex(tls_, bytes.data(), bytes.size(), &written);
      if (result != 1) wanted = WantedBy(result);
    } else {
      const ssize_t result = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (result >= 0) written = static_cast<size_t>(result);
      if (result < 0 && errno != EAGAIN && errno != EINTR) wanted = 0;
    }
    if (written == 0 && (wanted == 0 || !Wait(wanted, deadline))) return false;
    bytes.remove_prefix(written);
  }
  return true;
}

void Connection::Close(absl::Duration patience) {
  if (tls_ != nullptr && SSL_is_init_finished(tls_)) SSL_shutdown(tls_);
  ERR_clear_error();
  shutdown(socket_, SHUT_WR);
  const absl::Time deadline = absl::Now() + patience;
  std::array<char, 4096> discarded;
  for (size_t total = 0; total < kMostDiscarded;) {
    const ssize_t result = recv(socket_, discarded.data(), discarded.size(), 0);
    if (result > 0) {
      total += static_cast<size_t>(result);
    } else if (result == 0 || (errno != EAGAIN && errno != EINTR) || !Wait(POLLIN, deadline)) {
      return;
    }
  }
}

}  // namespace signet::http
