#pragma once

#include <grpcpp/grpcpp.h>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "client/verifier/observer.h"

namespace signet::verifier {

// Ends the call that is under way, and every later one at its beginning, from any thread.
class CallCancellation {
 public:
  void Cancel();
  bool cancelled() const;

 private:
  friend class StreamCall;
  void Begin(grpc::ClientContext& context);
  void End();

  mutable base::Mutex mutex_;
  grpc::ClientContext* running_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

// One streaming call, a step at a time: start an operation on the stream with tag(), Await() it. No
// step may take longer than `patience`, or the other end counts as dead. Used by one thread.
class StreamCall {
 public:
  StreamCall(CallCancellation& cancellation, absl::Duration patience);
  ~StreamCall();
  StreamCall(const StreamCall&) = delete;
  StreamCall& operator=(const StreamCall&) = delete;

  grpc::ClientContext& context() { return context_; }
  grpc::CompletionQueue& queue() { return queue_; }
  void* tag() { return this; }

  // Waits for the operation that was started last. False: it failed; or the patience was over, and
  // the call has been cancelled.
  bool Await();
  // Why the call ended, once Await() was false; `heard`: there had been a message.
  FeedEnd End(bool heard) const;

 private:
  CallCancellation& cancellation_;
  const absl::Duration patience_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  bool was_silent_ = false;
};

}  // namespace signet::verifier
