#include "server/rpc/services/token_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/account_messages.h"
#include "server/rpc/convert/token_messages.h"
#include "server/rpc/convert/well_known.h"
#include "server/rpc/services/key_set_watch.h"
#include "server/rpc/services/validate_methods.h"
#include "server/rpc/services/validate_stream.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

// One answer for every key that does not work: it must not tell which ones exist.
absl::Status ApiKeyRefused() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "CREDENTIALS_INVALID",
                         "the API key is not valid");
}

absl::Status WriteRefreshed(const absl::StatusOr<domain::RefreshDecision>& decision,
                            google::protobuf::Arena& arena, grpc::ByteBuffer& answer) {
  if (!decision.ok()) return decision.status();
  if (!decision->tokens) return domain::RefusalOf(decision->outcome);
  auto* response = google::protobuf::Arena::CreateMessage<v1::RefreshResponse>(&arena);
  FromTokenPair(*decision->tokens, *response->mutable_tokens());
  response->set_replayed(decision->outcome == domain::RefreshOutcome::kReplayed);
  return WriteMessage(*response, answer);
}

// Whoever is answered first is not held up by those whose token did not rotate.
void Refresh(const TokenService::Uses& uses, absl::Span<BatchedCall* const> calls) {
  google::protobuf::Arena arena;
  std::vector<domain::RefreshAttempt> attempts;
  std::vector<BatchedCall*> asking;  // in the order of the attempts
  attempts.reserve(calls.size());
  asking.reserve(calls.size());
  for (BatchedCall* call : calls) {
    auto* request = google::protobuf::Arena::CreateMessage<v1::RefreshRequest>(&arena);
    absl::Status read = ReadMessage(call->request(), *request);
    if (read.ok()) read = Check(*request);
    if (read.ok()) read = uses.refresh.Admit({request->refresh_token(), call->call().info});
    if (!read.ok()) {
      call->Answer({}, read);
      continue;
    }
    attempts.push_back({request->refresh_token(), call->call().info});
    asking.push_back(call);
  }
  uses.refresh.Run(attempts, [&](size_t attempt, const auto& decision) {
    grpc::ByteBuffer answer;
    const absl::Status written = WriteRefreshed(decision, arena, answer);
    asking[attempt]->Answer(answer, written);
  });
}

absl::Status Revoke(const TokenService::Uses& uses, const Call& call,
                    const v1::RevokeRequest& request) {
  SIGNET_RETURN_IF_ERROR(Check(request));
  return uses.revoke.Run(request.token(), call.info);
}

absl::Status RevokeAll(const TokenService::Uses& uses, const Call& call,
                       v1::RevokeAllResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto done, uses.revoke_all.Run(*call.caller, call.info));
  SetTimestamp(done.not_before, *response.mutable_not_before());
  response.set_sequence(done.sequence);
  return absl::OkStatus();
}

absl::Status IssueServiceToken(const TokenService::Uses& uses, const std::string& default_audience,
                               const Call& call, v1::IssueServiceTokenRequest& request,
                               v1::IssueServiceTokenResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(auto command, ToServiceTokenCommand(request, default_audience));
  const bool by_basic = command.api_key.empty() && !call.basic.empty();
  if (by_basic) command.api_key = uses.basic.TakeKey(call.basic.reveal());
  if (command.api_key.empty() && !by_basic) return base::FieldError("api_key", "is required");
  if (command.api_key.empty()) return ApiKeyRefused();
  SIGNET_ASSIGN_OR_RETURN(const auto decision, uses.issue_service_token.Run(command, call.info));
  if (by_basic) uses.basic.Count(decision.outcome);
  if (!decision.access_token) return ApiKeyRefused();
  FromServiceToken(decision, response);
  return absl::OkStatus();
}

absl::Status ExplainToken(const TokenService::Uses& uses, const Call& call,
                          const v1::ExplainTokenRequest& request,
                          v1::ExplainTokenResponse& response) {
  SIGNET_RETURN_IF_ERROR(Check(request));
  SIGNET_ASSIGN_OR_RETURN(const auto explanation, uses.explain.Run(*call.caller, request.token(),
                                                                   request.audience(), call.info));
  FromExplanation(explanation, response);
  return absl::OkStatus();
}

absl::Status GetJwks(const TokenService::Uses& uses, v1::GetJwksResponse& response) {
  const token::KeySet& keys = uses.keys.Read();
  response.set_jwks_json(keys.jwks_json());
  response.set_key_set_version(keys.version());
  return absl::OkStatus();
}

}  // namespace

std::string TokenService::full_name() const { return "signet.v1.TokenService"; }

void TokenService::Register(MethodRegistry& registry) {
  const Uses& uses = uses_;
  registry.AddBatch("signet.v1.TokenService/Refresh",
                    [uses](absl::Span<BatchedCall* const> calls) { Refresh(uses, calls); });
  const ValidateStreamUses judging{uses.validate, uses.sessions, uses.questions, uses.metrics};
  RegisterValidateMethods(judging, registry);
  registry.AddStream("signet.v1.TokenService/ValidateStream",
                     [judging](const Call&) { return OpenValidateStream(judging); });
  registry.AddStream("signet.v1.TokenService/WatchRevocations",
                     [uses](const Call&) { return uses.revocations.Open(); });
  registry.AddStream("signet.v1.TokenService/WatchKeySet", [uses](const Call&) {
    return OpenKeySetWatch(uses.keys, uses.keys_as_of, uses.verifiers);
  });
  registry.Add("signet.v1.TokenService/Revoke",
               TypedHandler<v1::RevokeRequest, v1::RevokeResponse>(
                   [uses](const Call& call, const auto& request, auto&) {
                     return Revoke(uses, call, request);
                   }));
  registry.Add("signet.v1.TokenService/RevokeAll",
               TypedHandler<v1::RevokeAllRequest, v1::RevokeAllResponse>(
                   [uses](const Call& call, const auto&, auto& response) {
                     return RevokeAll(uses, call, response);
                   }));
  registry.Add(
      "signet.v1.TokenService/IssueServiceToken",
      TypedHandler<v1::IssueServiceTokenRequest, v1::IssueServiceTokenResponse>(
          [uses, audience = default_audience_](const Call& call, auto& request, auto& response) {
            return IssueServiceToken(uses, audience, call, request, response);
          }));
  registry.Add("signet.v1.TokenService/ExplainToken",
               TypedHandler<v1::ExplainTokenRequest, v1::ExplainTokenResponse>(
                   [uses](const Call& call, const auto& request, auto& response) {
                     return ExplainToken(uses, call, request, response);
                   }));
  registry.Add(
      "signet.v1.TokenService/GetJwks",
      TypedHandler<v1::GetJwksRequest, v1::GetJwksResponse>(
          [uses](const Call&, const auto&, auto& response) { return GetJwks(uses, response); }));
}

}  // namespace signet::rpc
