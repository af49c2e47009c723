#include "server/rpc/unknown_method.h"

#include "client/base/error.h"
#include "server/rpc/status_mapping.h"

namespace signet::rpc {

const grpc::Status& MethodUnknown() {
  static const auto* const status =
      new grpc::Status(ToPublicError(base::MakeError(absl::StatusCode::kUnimplemented,
                                                     "METHOD_UNKNOWN", "there is no such method"))
                           .status);
  return *status;
}

UnknownMethodCall::UnknownMethodCall(grpc::AsyncGenericService& service,
                                     grpc::ServerCompletionQueue& queue)
    : service_(service),
      queue_(queue),
      arrived_(this,
               [](void* self, bool ok) { static_cast<UnknownMethodCall*>(self)->OnArrived(ok); }),
      finished_(this, [](void* self, bool) { static_cast<UnknownMethodCall*>(self)->Post(); }) {}

void UnknownMethodCall::Post() {
  stream_.reset();
  context_.emplace();
  stream_.emplace(&*context_);
  service_.RequestCall(&*context_, &*stream_, &queue_, &queue_, &arrived_);
}

void UnknownMethodCall::OnArrived(bool ok) {
  if (!ok) {
    delete this;
    return;
  }
  stream_->Finish(MethodUnknown(), &finished_);
}

}  // namespace signet::rpc
