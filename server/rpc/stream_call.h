#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/call_runner.h"
#include "server/rpc/completion_queue.h"
#include "server/rpc/grpc_call.h"
#include "server/rpc/raw_service.h"
#include "server/rpc/stream.h"
#include "server/rpc/stream_roster.h"

namespace signet::rpc {

// Keeps streams of one method waiting on one queue. Used by the queue's thread.
class StreamAcceptor {
 public:
  // `patience`: how long a message that was written may wait to be taken.
  StreamAcceptor(Endpoint& endpoint, RawService& service, size_t index, QueueThread& queue,
                 CallRunner& runner, StreamRoster& roster, const base::Clock& clock,
                 absl::Duration patience, std::atomic<int>& in_flight)
      : endpoint_(endpoint),
        service_(service),
        index_(index),
        queue_(queue),
        runner_(runner),
        roster_(roster),
        clock_(clock),
        patience_(patience),
        in_flight_(in_flight) {}

  // Posts the first stream.
  void Open();

 private:
  friend class StreamCall;
  Endpoint& endpoint_;
  RawService& service_;
  const size_t index_;
  QueueThread& queue_;
  CallRunner& runner_;
  StreamRoster& roster_;
  const base::Clock& clock_;
  const absl::Duration patience_;
  std::atomic<int>& in_flight_;  // arrived and not over, of all acceptors
};

// One stream on a completion queue: at most one read and one write are under way, and it ends once.
// Endings:
//   normal         the caller said that he sends nothing more, and everything was written: OK
//   refused        what the runner says (TOO_MANY_STREAMS, SHUTTING_DOWN), or its method (a field),
//                  after the answers that were ready
//   slow           a write was not taken for `patience`: STREAM_TOO_SLOW. It is all that can still
//                  be said to a caller who takes nothing: the code and the message, no details
//   cancelled      the caller is gone: nobody is answered, CANCELLED is counted
//   shutting down  SHUTTING_DOWN, after the answers that were ready
//
// Owns itself. Events come on the queue's thread, Look() and ShutDown() from any, each under the
// mutex of its handle. gRPC always reports the end of a stream that began; it is deleted when that
// and everything that was begun has been reported.
class StreamCall final : public GrpcCall {
 public:
  explicit StreamCall(StreamAcceptor& acceptor);

  Endpoint& endpoint() const override { return acceptor_.endpoint_; }
  grpc::ServerContext& context() override { return context_; }
  const grpc::ServerContext& context() const override { return context_; }
  grpc::ByteBuffer& request() override { return message_; }
  bool cancelled() const override { return gone_; }
  void Finish(const grpc::ByteBuffer& answer, const grpc::Status& status) override;

  // For the handle, which holds the mutex.
  void Look();
  void ShutDown();

 private:
  friend class StreamAcceptor;
  void Post();
  void OnArrived(bool ok);
  void OnRead(bool ok);
  void OnQuiet();
  void OnWrote(bool ok);
  void OnDone();
  void OnEvent();

  void Begin();
  void Advance();
  void ReadMore();
  void AwaitQuiet();
  void TakeMessage();
  void HearNoMore();
  void WriteNext();
  void Write(const StreamMessage& message);
  bool IsStuck() const;
  void End(const absl::Status& status);

  StreamAcceptor& acceptor_;
  const std::shared_ptr<StreamHandle> handle_;
  QueueEvent arrived_;
  QueueEvent read_;
  QueueEvent quiet_;
  QueueEvent wrote_;
  QueueEvent finished_;
  QueueEvent done_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_;
  grpc::ByteBuffer message_;
  std::unique_ptr<StreamHandler> handler_;  // null: it was refused

  bool reading_ = false;
  bool awaiting_quiet_ = false;  // before it writes
  bool writing_ = false;
  bool caller_done_ = false;  // said that he sends nothing more
  bool lost_ = false;         // nothing more can be read
  bool shutting_down_ = false;
  std::optional<absl::Status> failed_;  // ends with it, after the answers that were ready
  bool over_ = false;                   // ended, or ending
  bool stuck_ = false;                  // ended because what was written is not taken
  bool gone_ = false;                   // nobody hears an answer
  bool any_read_ = false;
  std::chrono::steady_clock::time_point write_began_;
  int open_events_ = 1;  // `done_`, and what was begun
};

}  // namespace signet::rpc
