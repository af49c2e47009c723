#include "tests/edge/attacker.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace signet::tests {
namespace {

// Frame types and flags (RFC 9113 section 6).
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kResetStream = 3;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kContinuation = 9;
constexpr uint8_t kEndHeaders = 4;
constexpr size_t kFrameBytes = 16 * 1024;  // the most that is allowed unasked

void AppendNumber(uint64_t number, int bytes, std::string& out) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
}

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, absl::string_view payload) {
  std::string frame;
  AppendNumber(payload.size(), 3, frame);
  AppendNumber(type, 1, frame);
  AppendNumber(flags, 1, frame);
  AppendNumber(stream, 4, frame);
  absl::StrAppend(&frame, payload);
  return frame;
}

// HPACK's "literal without indexing" (RFC 7541 section 6.2.2), of a short name and value.
std::string Field(absl::string_view name, absl::string_view value) {
  return absl::StrCat(absl::string_view("\0", 1), std::string(1, static_cast<char>(name.size())),
                      name, std::string(1, static_cast<char>(value.size())), value);
}

// What begins a call of TokenService.
std::string CallHeaders() {
  return absl::StrCat("\x83\x86", Field(":path", "/signet.v1.TokenService/GetJwks"),
                      Field(":authority", "localhost"), Field("content-type", "application/grpc"),
                      Field("te", "trailers"));
}

}  // namespace

Attacker::Attacker(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<uint16_t>(port));
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) != 0 ||
      connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    Close();
  }
}

Attacker::~Attacker() { Close(); }

Attacker::Attacker(Attacker&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

void Attacker::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

void Attacker::Greet() {
  Send(absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Frame(kSettings, 0, 0, "")),
       absl::Now() + absl::Seconds(5));
}

uint64_t Attacker::SendHeadersWithoutEnd(uint64_t bytes, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  // A value of 2^31 bytes that is not Huffman-coded (RFC 7541 sections 5.1 and 5.2).
  const std::string length = "\x7f\x81\xff\xff\xff\x07";
  Send(Frame(kHeaders, 0, 1, absl::StrCat(CallHeaders(), absl::string_view("\0\1x", 3), length)),
       deadline);
  const std::string more = Frame(kContinuation, 0, 1, std::string(kFrameBytes, 'a'));
  uint64_t sent = 0;
  while (connected() && sent < bytes && absl::Now() < deadline) {
    Send(more, deadline);
    if (connected()) sent += kFrameBytes;
  }
  return sent;
}

int Attacker::OpenAndReset(int count, absl::Duration patience) {
  constexpr int kAtOnce = 100;
  const absl::Time deadline = absl::Now() + patience;
  std::string cancel;
  AppendNumber(8, 4, cancel);
  int sent = 0;
  for (uint32_t stream = 1; connected() && sent < count && absl::Now() < deadline;) {
    std::string burst;
    for (int i = 0; i < kAtOnce; ++i, stream += 2) {
      burst += Frame(kHeaders, kEndHeaders, stream, CallHeaders());
      burst += Frame(kResetStream, 0, stream, cancel);
    }
    Send(burst, deadline);
    if (connected()) sent += kAtOnce;
  }
  return sent;
}

// Answers are read and thrown away, or the other side could not go on.
void Attacker::DiscardAnswers() {
  char chunk[16 * 1024];
  while (connected()) {
    const ssize_t got = recv(fd_, chunk, sizeof(chunk), MSG_DONTWAIT);
    if (got > 0) continue;
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) Close();
    return;
  }
}

void Attacker::Send(absl::string_view bytes, absl::Time deadline) {
  while (connected() && !bytes.empty()) {
    DiscardAnswers();
    if (!connected()) return;
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
      continue;
    }
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return Close();
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return Close();
    pollfd waiting{fd_, POLLIN | POLLOUT, 0};
    poll(&waiting, 1,
         static_cast<int>(absl::ToInt64Milliseconds(std::min(left, absl::Seconds(1)))));
  }
}

std::vector<Attacker> OpenConnections(int port, int count) {
  std::vector<Attacker> open;
  for (int i = 0; i < count; ++i) {
    Attacker attacker(port);
    if (!attacker.connected()) break;
    attacker.Greet();
    open.push_back(std::move(attacker));
  }
  return open;
}

}  // namespace signet::tests
