#include "server/rpc/stream_call.h"

#include <optional>
#include <utility>

#include "client/base/error.h"
#include "grpc/grpc.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

absl::Status TooSlow() {
  return base::MakeError(absl::StatusCode::kAborted, "STREAM_TOO_SLOW",
                         "what was written is not taken: come back and resume");
}

absl::Status CallerIsGone() {
  return base::MakeError(absl::StatusCode::kCancelled, "CANCELLED", "the stream was cancelled");
}

// What the handler threw would poison a gRPC thread.
absl::Status ReadGuarded(StreamHandler& handler, grpc::ByteBuffer& message, absl::Time now) {
  try {
    return handler.Read(message, now);
  } catch (...) {
    return absl::InternalError("a stream's handler threw");
  }
}

}  // namespace

void StreamAcceptor::Open() { (new StreamCall(*this))->Post(); }

StreamCall::StreamCall(StreamAcceptor& acceptor)
    : acceptor_(acceptor),
      handle_(std::make_shared<StreamHandle>(*this)),
      arrived_(this, [](void* self, bool ok) { static_cast<StreamCall*>(self)->OnArrived(ok); }),
      read_(this, [](void* self, bool ok) { static_cast<StreamCall*>(self)->OnRead(ok); }),
      quiet_(this, [](void* self, bool) { static_cast<StreamCall*>(self)->OnQuiet(); }),
      wrote_(this, [](void* self, bool ok) { static_cast<StreamCall*>(self)->OnWrote(ok); }),
      finished_(this, [](void* self, bool) { static_cast<StreamCall*>(self)->OnEvent(); }),
      done_(this, [](void* self, bool) { static_cast<StreamCall*>(self)->OnDone(); }),
      stream_(&context_) {}

void StreamCall::Post() {
  context_.AsyncNotifyWhenDone(&done_);
  acceptor_.service_.RequestStream(acceptor_.index_, context_, stream_, acceptor_.queue_.queue(),
                                   &arrived_);
}

void StreamCall::OnArrived(bool ok) {
  if (!ok) {  // the server shut down; `done_` never comes for a stream that never began
    delete this;
    return;
  }
  acceptor_.Open();
  acceptor_.in_flight_.fetch_add(1);
  const absl::Status opened = acceptor_.runner_.OpenStream(*this);
  base::MutexLock lock(handle_->mutex_);
  if (!opened.ok()) return End(opened);
  Begin();
}

void StreamCall::Begin() {
  handler_ = acceptor_.endpoint_.stream_opener(notes.call);
  if (!acceptor_.roster_.Add(handle_)) return End(ShuttingDown());
  if (handler_->compresses()) context_.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  Advance();
}

// Everything that can be begun now is begun.
void StreamCall::Advance() {
  if (over_) return;
  if (!writing_) WriteNext();
  if (over_ || writing_) return ReadMore();
  if (failed_) return End(*failed_);
  if (shutting_down_) return End(ShuttingDown());
  if (caller_done_ && handler_->EndsWithCaller()) return End(absl::OkStatus());
  ReadMore();
}

void StreamCall::ReadMore() {
  if (over_ || reading_ || caller_done_ || lost_ || shutting_down_ || failed_) return;
  if (!handler_->MayRead()) return;
  reading_ = true;
  ++open_events_;
  message_.Clear();
  stream_.Read(&message_, &read_);
}

void StreamCall::WriteNext() {
  const std::optional<StreamMessage> message = handler_->Next(acceptor_.clock_.Now());
  if (message) Write(*message);
}

void StreamCall::Write(const StreamMessage& message) {
  grpc::WriteOptions options;
  if (!message.compressed) options.set_no_compression();
  // gRPC keeps it back for the next one, which is certain to come.
  if (message.more_follows) options.set_buffer_hint();
  writing_ = true;
  write_began_ = std::chrono::steady_clock::now();
  ++open_events_;
  stream_.Write(message.bytes, options, &wrote_);
}

void StreamCall::OnRead(bool ok) {
  {
    base::MutexLock lock(handle_->mutex_);
    reading_ = false;
    if (!over_ && ok) TakeMessage();
    if (!over_ && !ok) HearNoMore();
    ReadMore();
    if (reading_ && !writing_) {
      AwaitQuiet();
    } else {
      Advance();
    }
  }
  OnEvent();
}

// What else has arrived is read before anything is written, so that the answers to what came
// together go out together: a system call for each is most of what a short answer costs.
void StreamCall::AwaitQuiet() {
  if (awaiting_quiet_) return;
  awaiting_quiet_ = true;
  ++open_events_;
  acceptor_.queue_.WhenIdle(quiet_);
}

void StreamCall::OnQuiet() {
  {
    base::MutexLock lock(handle_->mutex_);
    awaiting_quiet_ = false;
    Advance();
  }
  OnEvent();
}

void StreamCall::TakeMessage() {
  any_read_ = true;
  acceptor_.endpoint_.metrics->Received();
  absl::Status read = acceptor_.runner_.CheckSize(message_);
  if (read.ok()) read = ReadGuarded(*handler_, message_, acceptor_.clock_.Now());
  if (!read.ok()) failed_ = read;
}

// Either the caller said that he sends nothing more, or the stream is lost: `done_` will say so.
void StreamCall::HearNoMore() {
  lost_ = grpc_call_failed_before_recv_message(context_.c_call()) != 0;
  caller_done_ = !lost_;
  // A stream of one request that brought none.
  if (caller_done_ && !any_read_ && !handler_->EndsWithCaller()) failed_ = NoMessage();
}

void StreamCall::OnWrote(bool ok) {
  {
    base::MutexLock lock(handle_->mutex_);
    // A write that failed leaves `writing_` set: nobody reads any more, and `done_` is on its way.
    if (ok) {
      writing_ = false;
      acceptor_.endpoint_.metrics->Sent();
      if (!over_) handler_->Written(acceptor_.clock_.Now());
      Advance();
    }
  }
  OnEvent();
}

void StreamCall::OnDone() {
  {
    base::MutexLock lock(handle_->mutex_);
    gone_ = context_.IsCancelled();
    if (!over_) End(CallerIsGone());
  }
  OnEvent();
}

void StreamCall::Look() {
  if (IsStuck()) {
    stuck_ = true;
    return End(TooSlow());
  }
  Advance();
}

void StreamCall::ShutDown() {
  shutting_down_ = true;
  Advance();
}

bool StreamCall::IsStuck() const {
  return writing_ && !over_ &&
         absl::FromChrono(std::chrono::steady_clock::now() - write_began_) > acceptor_.patience_;
}

void StreamCall::End(const absl::Status& status) {
  over_ = true;
  acceptor_.runner_.EndStream(*this, status);
}

void StreamCall::Finish(const grpc::ByteBuffer& /*answer*/, const grpc::Status& status) {
  if (gone_) return;
  if (stuck_) {
    // An ordinary ending would wait behind the message that is not taken.
    grpc_call_cancel_with_status(context_.c_call(),
                                 static_cast<grpc_status_code>(status.error_code()),
                                 status.error_message().c_str(), nullptr);
    return;
  }
  ++open_events_;
  stream_.Finish(status, &finished_);
}

void StreamCall::OnEvent() {
  {
    base::MutexLock lock(handle_->mutex_);
    if (--open_events_ > 0) return;
    handle_->call_ = nullptr;
  }
  // From here on nobody else reaches it.
  acceptor_.roster_.Remove(handle_);
  if (handler_ != nullptr) {
    using Ending = StreamHandler::Ending;
    handler_->Ended(caller_done_ && !gone_ && !shutting_down_ ? Ending::kLeft : Ending::kOther);
  }
  std::atomic<int>& in_flight = acceptor_.in_flight_;
  delete this;
  in_flight.fetch_sub(1);
}

}  // namespace signet::rpc
