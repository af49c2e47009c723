#pragma once

#include <atomic>
#include <cstddef>
#include <optional>

#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/call_runner.h"
#include "server/rpc/completion_queue.h"
#include "server/rpc/grpc_call.h"
#include "server/rpc/raw_service.h"

namespace signet::rpc {

// Keeps calls of one method waiting on one queue: one to begin with, as many as were under way at
// once later, and never more than `max_posted`. Not more from the start, because Debian's gRPC is
// built with its assertions: with every event it looks for the event's tag in a list of all that
// are outstanding on the queue, and what is never called stands at the front of it. Used by the
// queue's thread.
class CallAcceptor {
 public:
  CallAcceptor(Endpoint& endpoint, RawService& service, size_t index,
               grpc::ServerCompletionQueue& queue, CallRunner& runner, size_t max_posted,
               std::atomic<int>& in_flight)
      : endpoint_(endpoint),
        service_(service),
        index_(index),
        queue_(queue),
        runner_(runner),
        max_posted_(max_posted),
        in_flight_(in_flight) {}

  // Posts the first call.
  void Open();

 private:
  friend class UnaryCall;
  Endpoint& endpoint_;
  RawService& service_;
  const size_t index_;
  grpc::ServerCompletionQueue& queue_;
  CallRunner& runner_;
  const size_t max_posted_;
  std::atomic<int>& in_flight_;  // arrived and not over, of all acceptors
  size_t posted_ = 0;
  bool closed_ = false;  // the server has shut down
};

// One call on a completion queue: waits for a request, is handed to the runner, waits until the
// answer is out, and waits again. Owns itself.
//
// Every event arrives on the queue's thread; a worker touches the call only between Accept() and
// its own Finish(). In a blocking lane gRPC also reports the end of the call (that is how a
// cancellation is heard), so that two events must have happened before the call may be reused.
class UnaryCall final : public GrpcCall {
 public:
  explicit UnaryCall(CallAcceptor& acceptor);

  // Offers this call to gRPC.
  void Post();

  Endpoint& endpoint() const override { return acceptor_.endpoint_; }
  grpc::ServerContext& context() override { return *context_; }
  const grpc::ServerContext& context() const override { return *context_; }
  grpc::ByteBuffer& request() override { return request_; }
  bool cancelled() const override { return cancelled_.load(std::memory_order_acquire); }
  void Finish(const grpc::ByteBuffer& answer, const grpc::Status& status) override;

 private:
  void OnArrived(bool ok);
  void OnDone();
  void OnEvent();
  void Reuse();

  CallAcceptor& acceptor_;
  QueueEvent arrived_;
  QueueEvent finished_;
  QueueEvent done_;
  const bool watches_cancellation_;
  int open_events_ = 0;
  std::atomic<bool> cancelled_{false};
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> responder_;
  grpc::ByteBuffer request_;
};

}  // namespace signet::rpc
