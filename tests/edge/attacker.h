#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::tests {

// A stranger's connection, from 127.0.0.2 to a port of this machine, that speaks HTTP/2 without TLS
// (RFC 9113) in ways that no client does. Used by one thread.
class Attacker {
 public:
  explicit Attacker(int port);
  ~Attacker();
  Attacker(Attacker&& other) noexcept;
  Attacker& operator=(Attacker&&) = delete;

  // Whether the other side has taken all so far; false once it has closed.
  bool connected() const { return fd_ >= 0; }

  // The preface and empty SETTINGS.
  void Greet();
  // Begins a header block with one field whose value never ends, and sends up to `bytes` of it in
  // CONTINUATION frames, for at most `patience`. Returns how many were taken.
  uint64_t SendHeadersWithoutEnd(uint64_t bytes, absl::Duration patience);
  // Opens and resets up to `count` streams, for at most `patience`. Returns how many were taken.
  int OpenAndReset(int count, absl::Duration patience);

 private:
  void Send(absl::string_view bytes, absl::Time deadline);
  void DiscardAnswers();
  void Close();

  int fd_ = -1;
};

// As many open connections as are taken, up to `count`.
std::vector<Attacker> OpenConnections(int port, int count);

}  // namespace signet::tests
