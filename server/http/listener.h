#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace signet::http {

struct Listener {
  int socket = -1;  // non-blocking, listening; the caller's to close
  int port = 0;
};

// Listens on the first address of `host`. UNAVAILABLE with the reason where that is not possible.
absl::StatusOr<Listener> Listen(const std::string& host, int port);

}  // namespace signet::http
