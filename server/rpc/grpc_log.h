#pragma once

#include "server/observe/logger.h"

namespace signet::rpc {

// What the gRPC library has to say, as lines of our own log: by itself it writes to standard error
// in a form of its own. Strangers cause most of it (a failed handshake is an error to gRPC), so at
// most ten lines a second; the rest is dropped. Lives as long as the server whose log it is; with
// several, the last one made. Without any, gRPC is silent.
class GrpcLog {
 public:
  explicit GrpcLog(observe::Logger& logger);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;

 private:
  observe::Logger& logger_;
};

}  // namespace signet::rpc
