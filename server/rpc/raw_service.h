#pragma once

#include <string>
#include <vector>

#include "grpcpp/completion_queue.h"
#include "grpcpp/impl/codegen/rpc_service_method.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/byte_buffer.h"

namespace signet::rpc {

// What the generated WithRawMethod_<X> classes are, for any list of methods: gRPC hands over the
// bytes of each message (typed_handler.h says why). Used like a generated AsyncService.
class RawService final : public grpc::Service {
 public:
  enum class Form { kUnary, kStream };
  struct Method {
    std::string path;  // "/signet.v1.AuthService/Login"
    // On the wire a stream from one side alone is a stream from both.
    Form form = Form::kUnary;
  };
  // The paths stay where they are as long as the service.
  explicit RawService(std::vector<Method> methods) : methods_(std::move(methods)) {
    using grpc::internal::RpcMethod;
    for (size_t i = 0; i < methods_.size(); ++i) {
      AddMethod(new grpc::internal::RpcServiceMethod(
          methods_[i].path.c_str(),
          methods_[i].form == Form::kUnary ? RpcMethod::NORMAL_RPC : RpcMethod::BIDI_STREAMING,
          nullptr));
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

  // The same of a method that is a stream; nothing of it has been read yet.
  void RequestStream(size_t index, grpc::ServerContext& context,
                     grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>& stream,
                     grpc::ServerCompletionQueue& queue, void* tag) {
    RequestAsyncBidiStreaming(static_cast<int>(index), &context, &stream, &queue, &queue, tag);
  }

 private:
  const std::vector<Method> methods_;
};

}  // namespace signet::rpc
