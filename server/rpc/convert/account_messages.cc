#include "server/rpc/convert/account_messages.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxClientId = 128;
constexpr size_t kMaxDeviceName = 128;
constexpr size_t kMaxDeviceToken = 512;
constexpr size_t kMaxSolution = 4096;
constexpr char kDefaultClientId[] = "signet";

absl::Status CheckEmail(absl::string_view value) {
  return CheckText("email", value, kMinEmail, kMaxEmail);
}

std::string OrDefault(std::string& value, const std::string& otherwise) {
  if (value.empty()) return otherwise;
  return std::move(value);
}

// Of either request that opens a session by a password: the fields are the same.
template <typename Request>
absl::StatusOr<domain::LoginCommand> ReadLogin(Request& request,
                                               const std::string& default_audience) {
  domain::LoginCommand command;
  SIGNET_ASSIGN_OR_RETURN(command.password, TakePassword("password", *request.mutable_password()));
  SIGNET_RETURN_IF_ERROR(CheckEmail(request.email()));
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii("client_id", request.client_id(), 0, kMaxClientId));
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii("audience", request.audience(), 0, kMaxAudience));
  SIGNET_RETURN_IF_ERROR(CheckScopes("scopes", request.scopes()));
  SIGNET_RETURN_IF_ERROR(CheckText("device_name", request.device_name(), 0, kMaxDeviceName));
  SIGNET_RETURN_IF_ERROR(
      CheckVisibleAscii("device_token", request.device_token(), 0, kMaxDeviceToken));
  SIGNET_RETURN_IF_ERROR(
      CheckVisibleAscii("challenge_solution", request.challenge_solution(), 0, kMaxSolution));
  command.challenge_solution = std::move(*request.mutable_challenge_solution());
  command.device_token = base::Secret(std::move(*request.mutable_device_token()));
  command.email = std::move(*request.mutable_email());
  command.client_id = OrDefault(*request.mutable_client_id(), kDefaultClientId);
  command.audience = OrDefault(*request.mutable_audience(), default_audience);
  command.scopes.assign(request.scopes().begin(), request.scopes().end());
  command.device_name = std::move(*request.mutable_device_name());
  return command;
}

}  // namespace

absl::StatusOr<domain::RegisterCommand> ToRegisterCommand(v1::RegisterRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(base::Secret password,
                          TakePassword("password", *request.mutable_password()));
  SIGNET_RETURN_IF_ERROR(CheckEmail(request.email()));
  SIGNET_RETURN_IF_ERROR(
      CheckVisibleAscii("challenge_solution", request.challenge_solution(), 0, kMaxSolution));
  return domain::RegisterCommand{std::move(*request.mutable_email()), std::move(password)};
}

absl::StatusOr<domain::LoginCommand> ToLoginCommand(v1::LoginRequest& request,
                                                    const std::string& default_audience) {
  return ReadLogin(request, default_audience);
}

absl::StatusOr<domain::LoginCommand> ToLoginCommand(v1::CreateSessionRequest& request,
                                                    const std::string& default_audience) {
  SIGNET_ASSIGN_OR_RETURN(auto command, ReadLogin(request, default_audience));
  command.wanted = request.accept_tokens() ? domain::WantedCredential::kSessionTokenOrTokens
                                           : domain::WantedCredential::kSessionToken;
  return command;
}

absl::StatusOr<domain::ChangePasswordCommand> ToChangePasswordCommand(
    v1::ChangePasswordRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(base::Secret current,
                          TakePassword("current_password", *request.mutable_current_password()));
  SIGNET_ASSIGN_OR_RETURN(base::Secret next,
                          TakePassword("new_password", *request.mutable_new_password()));
  return domain::ChangePasswordCommand{std::move(current), std::move(next)};
}

void FromChallenge(const domain::Challenge& challenge, absl::Time now,
                   v1::GetChallengeResponse& out) {
  if (challenge.kind == domain::Challenge::Kind::kCaptcha) {
    out.mutable_captcha()->set_site_key(challenge.site_key);
    return;
  }
  v1::ProofOfWork& work = *out.mutable_proof_of_work();
  work.set_algorithm("SHA-256");
  work.set_challenge(challenge.challenge);
  work.set_salt(challenge.salt);
  work.set_signature(challenge.signature);
  work.set_max_number(challenge.max_number);
  work.mutable_expires_in()->set_seconds(absl::ToInt64Seconds(challenge.expires_at - now));
}

void FromTokenPair(const domain::TokenPair& tokens, v1::TokenPair& out) {
  out.set_access_token(std::string(tokens.access_token.reveal()));
  out.set_refresh_token(std::string(tokens.refresh_token.reveal()));
  SetDuration(absl::Trunc(tokens.expires_in, absl::Seconds(1)), *out.mutable_expires_in());
  SetDuration(absl::Trunc(tokens.refresh_expires_in, absl::Seconds(1)),
              *out.mutable_refresh_expires_in());
  out.set_token_type("Bearer");
}

void FromOfferedSession(const domain::OfferedSession& session, v1::SessionToken& out) {
  out.set_session_token(std::string(session.token.reveal()));
  SetDuration(absl::Trunc(session.idle, absl::Seconds(1)), *out.mutable_idle_timeout());
  SetDuration(absl::Trunc(session.expires_in, absl::Seconds(1)), *out.mutable_expires_in());
}

}  // namespace signet::rpc
