#include "client/verifier/stream_call.h"

#include "absl/time/clock.h"

namespace signet::verifier {

void CallCancellation::Cancel() {
  base::MutexLock lock(mutex_);
  cancelled_ = true;
  if (running_ != nullptr) running_->TryCancel();
}

bool CallCancellation::cancelled() const {
  base::MutexLock lock(mutex_);
  return cancelled_;
}

void CallCancellation::Begin(grpc::ClientContext& context) {
  base::MutexLock lock(mutex_);
  running_ = &context;
  if (cancelled_) context.TryCancel();
}

void CallCancellation::End() {
  base::MutexLock lock(mutex_);
  running_ = nullptr;
}

StreamCall::StreamCall(CallCancellation& cancellation, absl::Duration patience)
    : cancellation_(cancellation), patience_(patience) {
  cancellation_.Begin(context_);
}

StreamCall::~StreamCall() {
  cancellation_.End();
  context_.TryCancel();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

bool StreamCall::Await() {
  void* tag = nullptr;
  bool ok = false;
  const auto until = absl::ToChronoTime(absl::Now() + patience_);
  if (queue_.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::GOT_EVENT) return ok;
  was_silent_ = true;
  context_.TryCancel();
  queue_.Next(&tag, &ok);  // the stream may die only once its operation has come back
  return false;
}

FeedEnd StreamCall::End(bool heard) const {
  if (cancellation_.cancelled()) return FeedEnd::kStopped;
  if (was_silent_) return FeedEnd::kSilent;
  return heard ? FeedEnd::kClosed : FeedEnd::kUnreachable;
}

}  // namespace signet::verifier
