#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace signet::rpc {

// The sockets that stand for one configured address.
struct ListeningSockets {
  std::vector<int> descriptors;  // non-blocking; the caller's to close
  int port = 0;                  // 0 for a Unix socket
};

// Listens on every address that "host:port" or "[v6]:port" means (port 0: any free one, the same
// for all), or on "unix:path", in place of a socket that an ended process left there. "[::]" takes
// IPv4 too. Connections inherit what is set here: no delay, and the end of a peer that has not
// acknowledged anything for `user_timeout`. UNAVAILABLE, and nothing open, with the reason.
absl::StatusOr<ListeningSockets> ListenOn(const std::string& address, absl::Duration user_timeout);

}  // namespace signet::rpc
