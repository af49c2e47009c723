#include "server/rpc/services/authorization_service.h"

#include <optional>

#include "client/base/status_macros.h"
#include "server/rpc/convert/check_messages.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;

absl::Status ReadRequest(grpc::ByteBuffer& bytes, CheckRequest& request) {
  SIGNET_RETURN_IF_ERROR(ReadMessage(bytes, request));
  return rpc::Check(request);
}

}  // namespace

std::string AuthorizationService::full_name() const {
  return "envoy.service.auth.v3.Authorization";
}

void AuthorizationService::Register(MethodRegistry& registry) {
  // Where a session token is not at hand.
  registry.AddBatch("envoy.service.auth.v3.Authorization/Check",
                    [this](absl::Span<BatchedCall* const> calls) {
                      for (BatchedCall* call : calls) {
                        grpc::ByteBuffer answer;
                        const absl::Status status =
                            Check(call->call(), call->request(), answer, Waiting::kAllowed);
                        call->Answer(answer, status);
                      }
                    });
  registry.Add("envoy.service.auth.v3.Authorization/Check",
               [this](const Call& call, grpc::ByteBuffer& request, grpc::ByteBuffer& answer) {
                 return Check(call, request, answer, Waiting::kRefused);
               });
}

// Not a TypedHandler: that refuses bytes that cannot be read with an error of the call, and whoever
// can make a gateway send such bytes (by a field whose text is no UTF-8) would pass wherever a
// gateway lets pass what it could not have judged.
absl::Status AuthorizationService::Check(const Call& call, grpc::ByteBuffer& bytes,
                                         grpc::ByteBuffer& answer, Waiting waiting) const {
  StackArena<4096> arena;
  auto* request = arena.Make<CheckRequest>();
  auto* response = arena.Make<CheckResponse>();
  // A copy, which shares the bytes: another thread may have to read them again.
  grpc::ByteBuffer read_here = bytes;
  if (const absl::Status read = ReadRequest(read_here, *request); read.ok()) {
    const domain::GatewayQuestion question = QuestionOf(*request);
    const auto decision = waiting == Waiting::kAllowed
                              ? std::optional(judge_.Run(question, call.info.now))
                              : judge_.RunAtOnce(question, call.info.now);
    if (!decision) return NotAtHand();
    FromDecision(question, *decision, *response);
  } else {
    // Counted, too.
    (void)judge_.Run({}, call.info.now);
    FromUnreadable(read, *response);
  }
  return WriteMessage(*response, answer);
}

}  // namespace signet::rpc
