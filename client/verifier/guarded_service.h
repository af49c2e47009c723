#pragma once

#include <deque>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/verifier/verifier.h"

namespace signet::verifier {

// Stands before a gRPC service that is written with the synchronous API: every call of every method
// shows an access token in the metadata `authorization: Bearer …`, or is refused before the handler
// hears of it, with UNAUTHENTICATED (or UNAVAILABLE; see Verifier::Verify) and
// google.rpc.ErrorInfo.
//
//   Orders orders;  // : public shop::Orders::Service
//   auto guarded = GuardedService::Make(*verifier, shop::Orders::service_full_name(), orders);
//   builder.RegisterService(guarded->get());  // and not `orders`
//
// Not an interceptor, because interceptors of gRPC C++ cannot keep a call from its handler
// (docs/adr/0021-verifier-library.md). Thread-safe as `service` is.
class GuardedService final : public grpc::Service {
 public:
  // `full_name` is that of the service in its .proto file, whose messages are generated protobuf
  // ones. Verifier and service stay the caller's and outlive the server. INVALID_ARGUMENT: no
  // service of that name is linked, or a method of it is not of the synchronous API, which for
  // others this cannot guard: their handlers begin with VerifyCaller().
  static absl::StatusOr<std::unique_ptr<GuardedService>> Make(const Verifier& verifier,
                                                              absl::string_view full_name,
                                                              grpc::Service& service);

 private:
  GuardedService() = default;
  std::deque<std::string> paths_;  // gRPC keeps pointers to them
};

// The token of the guarded call that this thread is handling. Ends the process where there is none:
// who wants to know the caller must not go on without. Valid until the handler returns; copy it for
// other threads.
const VerifiedAccessToken& CallerOf(const grpc::ServerContextBase& context);

// Judges the token that a call brings, for handlers that are not guarded: of the asynchronous and
// the callback API. UNAUTHENTICATED TOKEN_INVALID also where it brings none, or several.
absl::StatusOr<VerifiedAccessToken> VerifyCaller(const Verifier& verifier,
                                                 const grpc::ServerContextBase& context);

}  // namespace signet::verifier
