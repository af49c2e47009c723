#include "client/verifier/guarded_service.h"

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/method_handler.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/verifier/grpc_refusal.h"

namespace signet::verifier {
namespace {

using grpc::internal::ErrorMethodHandler;
using grpc::internal::MethodHandler;
using grpc::internal::RpcMethod;

// The call that this thread is in.
struct Handling {
  const grpc::ServerContextBase* context = nullptr;
  const VerifiedAccessToken* token = nullptr;
};
thread_local Handling handling;

absl::Status NoToken() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, kTokenInvalid,
                         "the access token is not accepted");
}

// RFC 6750 section 2.1; the scheme in any case (RFC 9110 section 11.1). Nothing where there is not
// exactly one: of two, somebody before us may have judged the other.
std::optional<absl::string_view> BearerOf(const grpc::ServerContextBase& context) {
  constexpr absl::string_view kScheme = "bearer ";
  const auto [first, end] = context.client_metadata().equal_range("authorization");
  if (first == end || std::next(first) != end) return std::nullopt;
  absl::string_view value(first->second.data(), first->second.size());
  if (!absl::StartsWithIgnoreCase(value, kScheme)) return std::nullopt;
  return absl::StripAsciiWhitespace(value.substr(kScheme.size()));
}

// Judges, then lets the handler that it stands before run, or answers in its place.
class Guard final : public MethodHandler {
 public:
  Guard(const Verifier& verifier, MethodHandler& handler)
      : verifier_(verifier), handler_(handler) {}

  void* Deserialize(grpc_call* call, grpc_byte_buffer* request, grpc::Status* status,
                    void** data) override {
    return handler_.Deserialize(call, request, status, data);
  }

  void RunHandler(const HandlerParameter& call) override {
    const auto token = VerifyCaller(verifier_, *call.server_context);
    if (!token.ok()) return Refuse(call, token.status());
    const Handling outer = std::exchange(handling, {call.server_context, &*token});
    handler_.RunHandler(call);
    handling = outer;
  }

 private:
  static void Refuse(const HandlerParameter& call, const absl::Status& refusal) {
    // The handler would have ended its request, which lies in memory of the call.
    if (call.request != nullptr) {
      using google::protobuf::Message;
      static_cast<Message*>(call.request)->~Message();
    }
    // By this name the details arrive as those of the status.
    call.server_context->AddTrailingMetadata("grpc-status-details-bin", RefusalDetails(refusal));
    const std::string message(refusal.message());
    if (refusal.code() == absl::StatusCode::kUnauthenticated) {
      return ErrorMethodHandler<grpc::StatusCode::UNAUTHENTICATED>(message).RunHandler(call);
    }
    ErrorMethodHandler<grpc::StatusCode::UNAVAILABLE>(message).RunHandler(call);
  }

  const Verifier& verifier_;
  MethodHandler& handler_;
};

// What a service keeps of its methods, which only services may ask.
struct Handlers : grpc::Service {
  static MethodHandler* Of(grpc::Service& service, int number) {
    return (service.*&Handlers::GetHandler)(number);
  }
};

RpcMethod::RpcType TypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) {
    return method.server_streaming() ? RpcMethod::BIDI_STREAMING : RpcMethod::CLIENT_STREAMING;
  }
  return method.server_streaming() ? RpcMethod::SERVER_STREAMING : RpcMethod::NORMAL_RPC;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GuardedService>> GuardedService::Make(const Verifier& verifier,
                                                                     absl::string_view full_name,
                                                                     grpc::Service& service) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(std::string(full_name));
  if (descriptor == nullptr) return base::FieldError("full_name", "is of no service linked here");
  if (service.has_async_methods() || service.has_callback_methods() ||
      service.has_generic_methods()) {
    return base::FieldError("service", "has a method that is not of the synchronous API");
  }
  std::unique_ptr<GuardedService> guarded(new GuardedService);
  for (int i = 0; i < descriptor->method_count(); ++i) {
    const auto& method = *descriptor->method(i);
    const std::string& path = guarded->paths_.emplace_back(
        absl::StrCat("/", descriptor->full_name(), "/", method.name()));
    guarded->AddMethod(new grpc::internal::RpcServiceMethod(
        path.c_str(), TypeOf(method), new Guard(verifier, *Handlers::Of(service, i))));
  }
  return guarded;
}

const VerifiedAccessToken& CallerOf(const grpc::ServerContextBase& context) {
  if (handling.context == &context) return *handling.token;
  std::cerr << "signet: CallerOf() outside of a call that a GuardedService guards\n";
  std::abort();
}

absl::StatusOr<VerifiedAccessToken> VerifyCaller(const Verifier& verifier,
                                                 const grpc::ServerContextBase& context) {
  const auto bearer = BearerOf(context);
  if (!bearer) return NoToken();
  return verifier.Verify(*bearer);
}

}  // namespace signet::verifier
