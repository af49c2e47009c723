#include "server/rpc/services/session_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/account_messages.h"
#include "server/rpc/convert/session_messages.h"
#include "server/rpc/convert/session_token_messages.h"
#include "server/rpc/services/count_decision.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

absl::Status ListSessions(domain::Sessions& sessions, const PageTokens& page_tokens,
                          const Call& call, const v1::ListSessionsRequest& request,
                          v1::ListSessionsResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const SessionListing listing, ToSessionListing(request));
  const base::UserId user = listing.user.value_or(call.caller->user_id());
  const std::string list = absl::StrCat("sessions of ", user.ToString());
  SIGNET_ASSIGN_OR_RETURN(const std::string last, page_tokens.Decode(request.page_token(), list));
  const auto after = base::SessionId::FromBytes(last);
  // One more than the page tells whether there is another.
  SIGNET_ASSIGN_OR_RETURN(const auto found, sessions.List(*call.caller, listing.user, after,
                                                          listing.page_size + 1, call.info));
  const size_t shown = std::min(found.size(), static_cast<size_t>(listing.page_size));
  for (size_t i = 0; i < shown; ++i) {
    FromSession(found[i], call.caller->session_id(), *response.add_sessions());
  }
  if (found.size() > shown) {
    response.set_next_page_token(page_tokens.Encode(list, found[shown - 1].session_id.bytes()));
  }
  return absl::OkStatus();
}

absl::Status TerminateSession(domain::Sessions& sessions, const Call& call,
                              const v1::TerminateSessionRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto session, ToSessionId(request.session_id()));
  return sessions.Terminate(*call.caller, session, call.info);
}

absl::Status GetLineage(domain::Sessions& sessions, const Call& call,
                        const v1::GetLineageRequest& request, v1::GetLineageResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto session, ToSessionId(request.session_id()));
  SIGNET_ASSIGN_OR_RETURN(const auto lineage, sessions.Lineage(*call.caller, session, call.info));
  FromLineage(lineage, call.caller->session_id(), response);
  return absl::OkStatus();
}

absl::Status GetSession(domain::Sessions& sessions, const Call& call,
                        const v1::GetSessionRequest& request, v1::GetSessionResponse& response) {
  base::SessionId session = call.caller->session_id();
  if (!request.session_id().empty()) {
    SIGNET_ASSIGN_OR_RETURN(session, ToSessionId(request.session_id()));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto lineage, sessions.Lineage(*call.caller, session, call.info));
  FromSession(lineage.session, call.caller->session_id(), *response.mutable_session());
  response.set_user_id(lineage.user_id.ToString());
  return absl::OkStatus();
}

absl::Status CreateSession(const LoginUses& login, const std::string& default_audience,
                           const Call& call, v1::CreateSessionRequest& request,
                           v1::CreateSessionResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToLoginCommand(request, default_audience));
  SIGNET_ASSIGN_OR_RETURN(const auto decision, RunLogin(login, command, call.info));
  FromLogin(decision, response);
  return absl::OkStatus();
}

domain::ValidateSession::Audience AudienceOf(const v1::ValidateSessionRequest& request) {
  return request.audience();
}
domain::ValidateSession::Audience AudienceOf(const v1::ExtendSessionRequest&) {
  return std::nullopt;
}

// ValidateSession and ExtendSession of several callers: what is not at hand is asked together.
template <typename Request, typename Response>
void JudgeSessions(domain::ValidateSession& validate, observe::TokenMetrics& metrics,
                   absl::Span<BatchedCall* const> calls) {
  google::protobuf::Arena arena;
  struct Asking {
    BatchedCall* call;
    const Request* request;
  };
  std::vector<Asking> asking;
  std::vector<absl::string_view> tokens;
  const auto answer = [&](const Asking& one, const domain::SessionJudgement& judgement) {
    Count(judgement.decision, metrics);
    if (judgement.decision.refusal == domain::SessionRefusal::kUnavailable) {
      return one.call->Answer({}, base::StorageUnavailable(absl::Seconds(1)));
    }
    auto* response = google::protobuf::Arena::CreateMessage<Response>(&arena);
    FromJudgement(judgement, validate.idle(), *response);
    grpc::ByteBuffer bytes;
    const absl::Status written = WriteMessage(*response, bytes);
    one.call->Answer(bytes, written);
  };
  for (BatchedCall* call : calls) {
    auto* request = google::protobuf::Arena::CreateMessage<Request>(&arena);
    absl::Status read = ReadMessage(call->request(), *request);
    if (read.ok()) read = Check(*request);
    if (!read.ok()) {
      call->Answer({}, read);
      continue;
    }
    const Asking one{call, request};
    const absl::string_view token = request->session_token();
    if (const auto judged = validate.AtHand(token, AudienceOf(*request), call->call().info.now)) {
      answer(one, *judged);
    } else {
      asking.push_back(one);
      tokens.push_back(token);
    }
  }
  if (asking.empty()) return;
  const auto answers = validate.Ask(tokens, asking.front().call->call().info.now);
  for (const Asking& one : asking) {
    answer(one, validate.Decide(one.request->session_token(), AudienceOf(*one.request),
                                one.call->call().info.now, answers));
  }
}

absl::Status GetSessionPolicy(const domain::SwitchSessions& policy,
                              v1::GetSessionPolicyResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto stored, policy.Get());
  FromSessionPolicy(stored, *response.mutable_policy());
  return absl::OkStatus();
}

absl::Status SetSessionPolicy(domain::SwitchSessions& policy, const Call& call,
                              const v1::SetSessionPolicyRequest& request,
                              v1::SetSessionPolicyResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto wanted, ToSessionPolicy(request));
  SIGNET_ASSIGN_OR_RETURN(const auto stored, policy.Set(*call.caller, wanted, call.info));
  FromSessionPolicy(stored, *response.mutable_policy());
  return absl::OkStatus();
}

}  // namespace

std::string SessionService::full_name() const { return "signet.v1.SessionService"; }

void SessionService::Register(MethodRegistry& registry) {
  registry.Add("signet.v1.SessionService/CreateSession",
               TypedHandler<v1::CreateSessionRequest, v1::CreateSessionResponse>(
                   [this](const Call& call, auto& request, auto& response) {
                     return CreateSession(uses_.login, default_audience_, call, request, response);
                   }));
  registry.AddBatch("signet.v1.SessionService/ValidateSession",
                    [this](absl::Span<BatchedCall* const> calls) {
                      JudgeSessions<v1::ValidateSessionRequest, v1::ValidateSessionResponse>(
                          uses_.validate, uses_.login.metrics, calls);
                    });
  registry.AddBatch("signet.v1.SessionService/ExtendSession",
                    [this](absl::Span<BatchedCall* const> calls) {
                      JudgeSessions<v1::ExtendSessionRequest, v1::ExtendSessionResponse>(
                          uses_.validate, uses_.login.metrics, calls);
                    });
  registry.Add("signet.v1.SessionService/GetSession",
               TypedHandler<v1::GetSessionRequest, v1::GetSessionResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return GetSession(uses_.sessions, call, request, response);
                   }));
  registry.Add("signet.v1.SessionService/GetSessionPolicy",
               TypedHandler<v1::GetSessionPolicyRequest, v1::GetSessionPolicyResponse>(
                   [this](const Call&, const auto&, auto& response) {
                     return GetSessionPolicy(uses_.policy, response);
                   }));
  registry.Add("signet.v1.SessionService/SetSessionPolicy",
               TypedHandler<v1::SetSessionPolicyRequest, v1::SetSessionPolicyResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return SetSessionPolicy(uses_.policy, call, request, response);
                   }));
  registry.Add("signet.v1.SessionService/ListSessions",
               TypedHandler<v1::ListSessionsRequest, v1::ListSessionsResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return ListSessions(uses_.sessions, page_tokens_, call, request, response);
                   }));
  registry.Add("signet.v1.SessionService/TerminateSession",
               TypedHandler<v1::TerminateSessionRequest, v1::TerminateSessionResponse>(
                   [this](const Call& call, const auto& request, auto&) {
                     return TerminateSession(uses_.sessions, call, request);
                   }));
  registry.Add("signet.v1.SessionService/GetLineage",
               TypedHandler<v1::GetLineageRequest, v1::GetLineageResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return GetLineage(uses_.sessions, call, request, response);
                   }));
}

}  // namespace signet::rpc
