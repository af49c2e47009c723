#include "client/cli/live_session.h"

#include <optional>
#include <utility>

#include <signet/v1/token_service.grpc.pb.h>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"

namespace signet::cli {
namespace {

using signet::v1::RefreshRequest;
using signet::v1::TokenService;

bool OnlyLoginHelps(const absl::Status& status) {
  const std::string reason = base::ErrorReason(status);
  return reason == "REFRESH_TOKEN_INVALID" || reason == "REFRESH_TOKEN_REUSED" ||
         reason == "SESSION_ENDED";
}

absl::StatusOr<SavedSession> LoadAlive(const Context& context, const SessionFile& file) {
  SIGNET_ASSIGN_OR_RETURN(auto session, file.Load());
  if (!session || session->refresh_expires <= context.clock.Now()) return NotLoggedIn();
  return *std::move(session);
}

bool Fresh(const SavedSession& session, absl::Time now) {
  return session.access_expires > now + kRefreshAhead;
}

// The caller holds the lock.
absl::StatusOr<SavedSession> Exchange(const Context& context, const RpcChannel& rpc,
                                      const SessionFile& file, SavedSession session) {
  RefreshRequest request;
  request.set_refresh_token(std::string(session.refresh_token.reveal()));
  const auto response = rpc.Call(&TokenService::Stub::Refresh, request);
  if (!response.ok()) {
    if (OnlyLoginHelps(response.status())) SIGNET_RETURN_IF_ERROR(file.Remove());
    return response.status();
  }
  Adopt(response->tokens(), context.clock.Now(), session);
  SIGNET_RETURN_IF_ERROR(file.Save(session));
  return session;
}

}  // namespace

absl::StatusOr<SavedSession> CurrentSession(const Context& context, const RpcChannel& rpc) {
  const SessionFile file = context.session_file();
  SIGNET_ASSIGN_OR_RETURN(SavedSession session, LoadAlive(context, file));
  if (Fresh(session, context.clock.Now())) return session;
  SIGNET_ASSIGN_OR_RETURN(const FileLock lock, file.Lock());
  SIGNET_ASSIGN_OR_RETURN(session, LoadAlive(context, file));
  if (Fresh(session, context.clock.Now())) return session;  // another process was faster
  return Exchange(context, rpc, file, std::move(session));
}

absl::StatusOr<SavedSession> RefreshedSession(const Context& context, const RpcChannel& rpc) {
  const SessionFile file = context.session_file();
  SIGNET_RETURN_IF_ERROR(LoadAlive(context, file).status());
  SIGNET_ASSIGN_OR_RETURN(const FileLock lock, file.Lock());
  SIGNET_ASSIGN_OR_RETURN(SavedSession session, LoadAlive(context, file));
  return Exchange(context, rpc, file, std::move(session));
}

absl::Status KeepAccessToken(const Context& context, absl::string_view session_id,
                             absl::string_view access_token, absl::Time expires) {
  const SessionFile file = context.session_file();
  SIGNET_ASSIGN_OR_RETURN(const FileLock lock, file.Lock());
  SIGNET_ASSIGN_OR_RETURN(SavedSession session, LoadAlive(context, file));
  if (session.session_id != session_id) return absl::OkStatus();
  session.access_token = base::Secret(access_token);
  session.access_expires = absl::FromUnixSeconds(absl::ToUnixSeconds(expires));
  return file.Save(session);
}

bool WantsFreshToken(const absl::Status& status) {
  return absl::IsUnauthenticated(status) && base::ErrorReason(status) == "TOKEN_INVALID";
}

void Adopt(const signet::v1::TokenPair& pair, absl::Time now, SavedSession& session) {
  session.access_token = base::Secret(absl::string_view(pair.access_token()));
  session.refresh_token = base::Secret(absl::string_view(pair.refresh_token()));
  session.access_expires = now + absl::Seconds(pair.expires_in().seconds());
  session.refresh_expires = now + absl::Seconds(pair.refresh_expires_in().seconds());
}

}  // namespace signet::cli
