#include "server/rpc/unary_call.h"

namespace signet::rpc {

void CallAcceptor::Open() { (new UnaryCall(*this))->Post(); }

UnaryCall::UnaryCall(CallAcceptor& acceptor)
    : acceptor_(acceptor),
      arrived_(this, [](void* self, bool ok) { static_cast<UnaryCall*>(self)->OnArrived(ok); }),
      finished_(this, [](void* self, bool) { static_cast<UnaryCall*>(self)->OnEvent(); }),
      done_(this, [](void* self, bool) { static_cast<UnaryCall*>(self)->OnDone(); }),
      watches_cancellation_(acceptor.endpoint_.row->lane != Lane::kInline) {}

void UnaryCall::Post() {
  context_.emplace();
  responder_.emplace(&*context_);
  if (watches_cancellation_) context_->AsyncNotifyWhenDone(&done_);
  open_events_ = watches_cancellation_ ? 2 : 1;
  cancelled_.store(false, std::memory_order_relaxed);
  ++acceptor_.posted_;
  acceptor_.service_.RequestCall(acceptor_.index_, *context_, request_, *responder_,
                                 acceptor_.queue_, &arrived_);
}

void UnaryCall::OnArrived(bool ok) {
  --acceptor_.posted_;
  if (!ok) {
    // The server shut down; the event of the call's end never comes for a call that never began.
    acceptor_.closed_ = true;
    delete this;
    return;
  }
  if (acceptor_.posted_ == 0 && !acceptor_.closed_) (new UnaryCall(acceptor_))->Post();
  acceptor_.in_flight_.fetch_add(1);
  acceptor_.runner_.Accept(*this);
}

void UnaryCall::Finish(const grpc::ByteBuffer& answer, const grpc::Status& status) {
  // The queue's thread may delete this call before either function returns.
  if (status.ok()) {
    responder_->Finish(answer, status, &finished_);
  } else {
    responder_->FinishWithError(status, &finished_);
  }
}

void UnaryCall::OnDone() {
  if (context_->IsCancelled()) cancelled_.store(true, std::memory_order_release);
  OnEvent();
}

void UnaryCall::OnEvent() {
  if (--open_events_ == 0) Reuse();
}

void UnaryCall::Reuse() {
  // Before the context, which it points into; the context before anything else, because the
  // server's shutdown waits for it.
  responder_.reset();
  context_.reset();
  request_.Clear();
  notes = Notes{};
  acceptor_.in_flight_.fetch_sub(1);
  if (acceptor_.closed_ || acceptor_.posted_ >= acceptor_.max_posted_) {
    delete this;
    return;
  }
  Post();
}

}  // namespace signet::rpc
