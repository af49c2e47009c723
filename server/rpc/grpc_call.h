#pragma once

#include <string>

#include "grpcpp/server_context.h"
#include "server/rpc/call_runner.h"

namespace signet::rpc {

// A call that came by gRPC: what its context says, in the words of PendingCall.
class GrpcCall : public PendingCall {
 public:
  virtual grpc::ServerContext& context() = 0;
  virtual const grpc::ServerContext& context() const = 0;

  absl::string_view Field(const char* name) const final;
  CallMarks Marks() const final;
  // Who connected, unless that is a trusted proxy; then whom it names.
  std::string CallerBy(const domain::TrustedProxies& proxies) const final;
  absl::Time deadline() const final;
  void AddAnswerField(const char* name, const std::string& value) final;
};

}  // namespace signet::rpc
