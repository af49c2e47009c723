#pragma once

#include <string>
#include <vector>

#include "grpcpp/completion_queue.h"
#include "grpcpp/impl/codegen/rpc_service_method.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/byte_buffer.h"

namespace signet::rpc {

// What the generated WithRawMethod_<X> classes are, for any list of unary methods: gRPC hands over
// the bytes of each request (typed_handler.h says why). Used like a generated AsyncService.
class RawService final : public grpc::Service {
 public:
  // `paths`: "/signet.v1.AuthService/Login". They stay where they are as long as the service.
  explicit RawService(std::vector<std::string> paths) : paths_(std::move(paths)) {
    for (size_t i = 0; i < paths_.size(); ++i) {
      AddMethod(new grpc::internal::RpcServiceMethod(
          paths_[i].c_str(), grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodRaw(static_cast<int>(i));
    }
  }

  // Fills `context` and `request` with the next call of method `index`; `tag` then comes out of
  // `queue`, with ok = false when the server shut down instead.
  void RequestCall(size_t index, grpc::ServerContext& context, grpc::ByteBuffer& request,
                   grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>& responder,
                   grpc::ServerCompletionQueue& queue, void* tag) {
    RequestAsyncUnary(static_cast<int>(index), &context, &request, &responder, &queue, &queue, tag);
  }

 private:
  const std::vector<std::string> paths_;
};

}  // namespace signet::rpc
