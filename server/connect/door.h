#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "server/connect/methods.h"
#include "server/connect/origins.h"
#include "server/connect/request_reader.h"
#include "server/http/reply.h"
#include "server/rpc/outside_call.h"

namespace signet::connect {

// Every unary RPC on the HTTP port, as JSON or protobuf, by the unary protocol of Connect
// (https://connectrpc.com/docs/protocol). It translates and decides nothing: who may call, rates,
// deadlines, audit, metrics and the log line of a call are the call runner's, as over gRPC.
// Thread-safe.
class Door {
 public:
  // Carries a call: rpc::Server::Call(), or an answer of its own as long as there is no server.
  using Carrier = std::function<void(rpc::OutsideRequest, rpc::OutsideDone)>;

  struct Options {
    size_t largest_message = 0;  // bytes, as it comes and unpacked
    Origins origins;             // whose pages may call
  };

  // `methods` outlive it.
  Door(const Methods& methods, Options options, Carrier carrier)
      : methods_(methods), options_(std::move(options)), carrier_(std::move(carrier)) {}

  // Everything below /signet.v1. of the HTTP port. The door outlives it.
  http::Route Route() const;

  // What it refuses, and with which status, says request_reader.h; what the call is answered with,
  // error_reply.h. An answer of 1 KiB and more is packed for those who take that.
  void Answer(const http::Request& request, http::Answered answered) const;

 private:
  const Methods& methods_;
  const Options options_;
  const Carrier carrier_;
};

}  // namespace signet::connect
