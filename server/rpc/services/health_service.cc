#include "server/rpc/services/health_service.h"

#include <optional>
#include <utility>

#include "client/base/error.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/call_runner.h"
#include "server/rpc/completion_queue.h"
#include "server/rpc/status_mapping.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

constexpr absl::Duration kRetryWatch = absl::Seconds(5);

// The name that is asked for; nothing where the bytes are no request.
std::optional<std::string> ReadName(grpc::ByteBuffer& bytes) {
  grpc::health::v1::HealthCheckRequest request;
  if (!ReadMessage(bytes, request).ok()) return std::nullopt;
  return std::move(*request.mutable_service());
}

grpc::ByteBuffer Answer(grpc::health::v1::HealthCheckResponse::ServingStatus status) {
  grpc::health::v1::HealthCheckResponse response;
  response.set_status(status);
  grpc::ByteBuffer bytes;
  bool owned = false;
  (void)grpc::SerializationTraits<decltype(response)>::Serialize(response, &bytes, &owned);
  return bytes;
}

grpc::Status NoRequest() { return ToPublicError(NoMessage()).status; }

}  // namespace

// Owns itself; used by its queue's thread alone. A new one waits as soon as this one has its
// request: a caller that does not read its answer holds up nobody.
class HealthService::CheckCall {
 public:
  CheckCall(HealthService& health, grpc::ServerCompletionQueue& queue)
      : health_(health),
        queue_(queue),
        responder_(&context_),
        arrived_(this, [](void* self, bool ok) { static_cast<CheckCall*>(self)->OnArrived(ok); }),
        finished_(this, [](void* self, bool) { delete static_cast<CheckCall*>(self); }) {
    health_.service_.RequestCheck(&context_, &request_, &responder_, &queue_, &queue_, &arrived_);
  }

 private:
  void OnArrived(bool ok) {
    if (!ok) {  // the server shut down
      delete this;
      return;
    }
    new CheckCall(health_, queue_);
    const auto name = ReadName(request_);
    if (!name) return responder_.FinishWithError(NoRequest(), &finished_);
    const bool* serving = health_.Find(*name);
    if (serving == nullptr) {
      // Bare, as the protocol has it: "no such service" is an answer here, not a failure.
      return responder_.FinishWithError({grpc::StatusCode::NOT_FOUND, "service unknown"},
                                        &finished_);
    }
    grpc::ByteBuffer answer;
    {
      base::MutexLock lock(health_.mutex_);
      answer = Answer(StatusOf(serving));
    }
    responder_.Finish(answer, grpc::Status::OK, &finished_);
  }

  HealthService& health_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> responder_;
  grpc::ByteBuffer request_;
  QueueEvent arrived_;
  QueueEvent finished_;
};

// Owns itself. Events come on its queue's thread; Tell() from whichever thread brought the change,
// under the service's mutex, which is what keeps the two apart.
class HealthService::WatchCall {
 public:
  WatchCall(HealthService& health, grpc::ServerCompletionQueue& queue)
      : health_(health),
        queue_(queue),
        writer_(&context_),
        arrived_(this, [](void* self, bool ok) { static_cast<WatchCall*>(self)->OnArrived(ok); }),
        wrote_(this, [](void* self, bool ok) { static_cast<WatchCall*>(self)->OnWrote(ok); }),
        finished_(this, [](void* self, bool) { static_cast<WatchCall*>(self)->OnEvent(); }),
        done_(this, [](void* self, bool) { static_cast<WatchCall*>(self)->OnDone(); }) {
    context_.AsyncNotifyWhenDone(&done_);
    health_.service_.RequestWatch(&context_, &request_, &writer_, &queue_, &queue_, &arrived_);
  }

  // Says what has not been said yet, one thing at a time; then, when it is time, goodbye.
  void Tell() {
    if (busy_ || over_) return;
    const auto status = StatusOf(serving_);
    if (told_ != status) {
      told_ = status;
      busy_ = true;
      ++open_events_;
      writer_.Write(Answer(status), &wrote_);
    } else if (health_.ended_) {
      End(ToPublicError(ShuttingDown()).status);
    }
  }

 private:
  void OnArrived(bool ok) {
    if (!ok) {  // the server shut down; `done_` never comes for a call that never began
      delete this;
      return;
    }
    new WatchCall(health_, queue_);
    const auto name = ReadName(request_);
    request_.Clear();
    base::MutexLock lock(health_.mutex_);
    if (!name) return End(NoRequest());
    if (health_.watches_.size() >= health_.max_watchers_) {
      return End(ToPublicError(base::Overloaded("too many watchers", kRetryWatch)).status);
    }
    serving_ = health_.Find(*name);
    health_.watches_.insert(this);
    Tell();
  }

  void End(const grpc::Status& status) {
    over_ = true;
    ++open_events_;
    writer_.Finish(status, &finished_);
  }

  void OnWrote(bool ok) {
    {
      base::MutexLock lock(health_.mutex_);
      busy_ = false;
      over_ = over_ || !ok;  // nobody reads any more; `done_` is on its way
      Tell();
    }
    OnEvent();
  }

  void OnDone() {
    {
      base::MutexLock lock(health_.mutex_);
      over_ = true;
      health_.watches_.erase(this);
    }
    OnEvent();
  }

  void OnEvent() {
    bool last = false;
    {
      base::MutexLock lock(health_.mutex_);
      last = --open_events_ == 0;
    }
    if (last) delete this;
  }

  HealthService& health_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  grpc::ServerAsyncWriter<grpc::ByteBuffer> writer_;
  grpc::ByteBuffer request_;
  QueueEvent arrived_;
  QueueEvent wrote_;
  QueueEvent finished_;
  QueueEvent done_;
  const bool* serving_ = nullptr;
  std::optional<Response::ServingStatus> told_;
  bool busy_ = false;
  bool over_ = false;    // nothing more may be written
  int open_events_ = 1;  // `done_`, and what was begun
};

HealthService::HealthService(const std::vector<std::string>& names, size_t max_watchers)
    : max_watchers_(max_watchers), serving_{{"", false}} {
  for (const std::string& name : names) serving_[name] = false;
}

void HealthService::Open(grpc::ServerCompletionQueue& queue) {
  new CheckCall(*this, queue);
  new WatchCall(*this, queue);
}

const bool* HealthService::Find(const std::string& name) const {
  const auto found = serving_.find(name);
  return found == serving_.end() ? nullptr : &found->second;
}

HealthService::Response::ServingStatus HealthService::StatusOf(const bool* serving) {
  if (serving == nullptr) return Response::SERVICE_UNKNOWN;
  return *serving ? Response::SERVING : Response::NOT_SERVING;
}

void HealthService::Set(absl::string_view name, bool serving) {
  base::MutexLock lock(mutex_);
  const auto found = serving_.find(std::string(name));
  if (found == serving_.end() || down_) return;
  found->second = serving;
  TellAll();
}

void HealthService::TakeDown() {
  base::MutexLock lock(mutex_);
  down_ = true;
  for (auto& [name, serving] : serving_) serving = false;
  TellAll();
}

void HealthService::EndWatches() {
  base::MutexLock lock(mutex_);
  ended_ = true;
  TellAll();
}

void HealthService::TellAll() {
  for (WatchCall* watch : watches_) watch->Tell();
}

}  // namespace signet::rpc
