#pragma once

#include <memory>

#include <openssl/ssl.h>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::http {

// One accepted socket, plain or TLS, on which every operation ends by a deadline, so that a client
// that stops in the middle costs its thread a bounded time. Used by one thread.
class Connection {
 public:
  // Owns `socket` (non-blocking). `tls` null: plain.
  Connection(int socket, const std::shared_ptr<SSL_CTX>& tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The TLS handshake, where there is one. False: failed, or not done by `deadline`.
  bool Handshake(absl::Time deadline);

  enum class Outcome { kData, kEnd, kTimeout };
  // At least one byte into `buffer`, and how many in `size`.
  Outcome Read(char* buffer, size_t capacity, size_t& size, absl::Time deadline);

  bool Write(absl::string_view bytes, absl::Time deadline);

  // Says goodbye and waits until the client has, for at most `patience`: closing a socket with
  // unread bytes would make the kernel send a reset, which takes the reply from the client.
  void Close(absl::Duration patience);

 private:
  // Waits for what OpenSSL or the kernel asked for; false at the deadline.
  bool Wait(short events, absl::Time deadline) const;
  // What to poll for after `result` of an SSL call; 0: the connection is over.
  short WantedBy(int result) const;

  const int socket_;
  SSL* tls_ = nullptr;
};

}  // namespace signet::http
