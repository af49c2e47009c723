#include "client/verifier/server_question.h"

#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/time/clock.h"

namespace signet::verifier {

SecondOpinion::Answer ServerQuestion::Ask(absl::string_view token, absl::string_view audience) {
  v1::ValidateRequest request;
  request.set_token(std::string(token));
  request.set_audience(std::string(audience));
  const auto deadline = absl::ToChronoTime(absl::Now() + timeout_);
  for (size_t tried = 0; tried < servers_.size(); ++tried) {
    const size_t number = preferred_.load(std::memory_order_relaxed);
    const std::shared_ptr<Server> server = servers_.at(number);
    v1::ValidateResponse response;
    grpc::ClientContext context;
    context.set_deadline(deadline);
    if (server->stub->Validate(&context, request, &response).ok()) {
      if (response.active()) return Answer::kActive;
      const bool knows = response.reason() != v1::INACTIVE_REASON_REVOCATION_STALE;
      return knows ? Answer::kInactive : Answer::kNone;
    }
    preferred_.store(number + 1, std::memory_order_relaxed);
  }
  return Answer::kNone;
}

}  // namespace signet::verifier
