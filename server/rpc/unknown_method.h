#pragma once

#include <optional>

#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/support/status.h"
#include "server/rpc/completion_queue.h"

namespace signet::rpc {

// What a call of a method that no service has is answered with: UNIMPLEMENTED, METHOD_UNKNOWN.
const grpc::Status& MethodUnknown();

// Answers calls of methods that no service has: MethodUnknown(), because gRPC's own
// answer has no ErrorInfo, which every error of ours carries. Neither counted nor logged by
// name: the names are the caller's. Owns itself; used by the queue's thread.
class UnknownMethodCall {
 public:
  UnknownMethodCall(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue);

  // Offers this call to gRPC, again and again until the server shuts down.
  void Post();

 private:
  void OnArrived(bool ok);

  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  QueueEvent arrived_;
  QueueEvent finished_;
  std::optional<grpc::GenericServerContext> context_;
  std::optional<grpc::GenericServerAsyncReaderWriter> stream_;
};

}  // namespace signet::rpc
