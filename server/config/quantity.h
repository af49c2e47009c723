#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::config {

// Quantities as people write them in a configuration. Read… give nothing for text that is empty,
// has blanks, a sign, a fraction, no or an unknown unit, or does not fit; …Text write what
// Read… reads back.

// "500ms", "30s", "15m", "8h", "30d", or a sequence ("1h30m"). A day has 24 hours.
std::optional<absl::Duration> ReadDuration(absl::string_view text);
std::string DurationText(absl::Duration duration);

// "0B", "4096B", "512KiB", "64MiB", "2GiB": bytes.
std::optional<int64_t> ReadSize(absl::string_view text);
std::string SizeText(int64_t bytes);

struct HostPort {
  std::string host;  // without the brackets of an IPv6 address
  int port = 0;

  // Whether only this machine can reach it: 127.0.0.0/8, ::1 or "localhost".
  bool is_loopback() const;
  std::string ToString() const;
};
// "host:port" or "[v6]:port"; a port from 0 to 65535.
std::optional<HostPort> ReadHostPort(absl::string_view text);

}  // namespace signet::config
