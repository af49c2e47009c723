#pragma once

#include <string>

#include <signet/v1/auth_service.pb.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/context.h"

namespace signet::cli {

// An access token that expires sooner than this is refreshed before it is used: the call must still
// find it alive when it arrives.
constexpr absl::Duration kRefreshAhead = absl::Seconds(30);

// The session with an access token that will outlive the next call, refreshed where needed.
// UNAUTHENTICATED: NOT_LOGGED_IN; or what Refresh says, in which case the session is forgotten
// where only a login can help.
absl::StatusOr<SavedSession> CurrentSession(const Context& context, const RpcChannel& rpc);

// The same, refreshed in any case.
absl::StatusOr<SavedSession> RefreshedSession(const Context& context, const RpcChannel& rpc);

// Puts a fresh pair into `session`.
void Adopt(const signet::v1::TokenPair& pair, absl::Time now, SavedSession& session);

// Keeps another access token of the session, unless a login has replaced that meanwhile; the
// refresh token in the file stays, whoever has rotated it since.
absl::Status KeepAccessToken(const Context& context, absl::string_view session_id,
                             absl::string_view access_token, absl::Time expires);

// Whether a call was refused for the access token alone: the session may live on, as it does when
// the key that signed the token was refused, and a refresh then helps.
bool WantsFreshToken(const absl::Status& status);

// Calls a method as the current session, refreshed where the server wants a fresh token.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> CallAsSession(const Context& context,
                                       grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                    const Request&, Response*),
                                       const Request& request) {
  auto rpc = context.Connect();
  if (!rpc.ok()) return rpc.status();
  const auto session = CurrentSession(context, *rpc);
  if (!session.ok()) return session.status();
  auto reply = rpc->Call(method, request, session->access_token.reveal());
  if (reply.ok() || !WantsFreshToken(reply.status())) return reply;
  const auto refreshed = RefreshedSession(context, *rpc);
  if (!refreshed.ok()) return refreshed.status();
  return rpc->Call(method, request, refreshed->access_token.reveal());
}

}  // namespace signet::cli
