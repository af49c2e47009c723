#include "tests/harness/client.h"

#include <google/protobuf/wrappers.pb.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/sync_stream.h>

#include "absl/strings/str_cat.h"

namespace signet::tests {
namespace {

// HealthCheckRequest and HealthCheckResponse have the wire form of these: one string, one number.
using HealthRequest = google::protobuf::StringValue;
using HealthResponse = google::protobuf::Int32Value;

Client::Health HealthOf(const HealthResponse& response) {
  switch (response.value()) {
    case 1:
      return Client::Health::kServing;
    case 2:
      return Client::Health::kNotServing;
    default:
      return Client::Health::kUnknownService;
  }
}

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 10);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

template <typename Detail>
std::optional<Detail> DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return std::nullopt;
  for (const auto& any : details.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

}  // namespace

std::string ReasonOf(const grpc::Status& status) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : "";
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::optional<absl::Duration> RetryAfterOf(const grpc::Status& status) {
  const auto retry = DetailOf<google::rpc::RetryInfo>(status);
  if (!retry) return std::nullopt;
  return absl::Seconds(retry->retry_delay().seconds()) +
         absl::Nanoseconds(retry->retry_delay().nanos());
}

Client::Client(const std::string& address, absl::Duration patience)
    : patience_(patience),
      channel_(ChannelTo(address)),
      auth_(v1::AuthService::NewStub(channel_)),
      tokens_(v1::TokenService::NewStub(channel_)),
      sessions_(v1::SessionService::NewStub(channel_)),
      keys_(v1::KeyService::NewStub(channel_)),
      users_(v1::UserService::NewStub(channel_)),
      access_(v1::AccessService::NewStub(channel_)) {}

void Client::Prepare(grpc::ClientContext& context) const {
  context.set_deadline(absl::ToChronoTime(absl::Now() + patience_));
  context.set_wait_for_ready(true);
}

template <typename Stub, typename Request, typename Response>
Reply<Response> Client::Call(Stub& stub,
                             grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Response*),
                             const Request& request, const std::string& bearer) {
  grpc::ClientContext context;
  Prepare(context);
  if (!bearer.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", bearer));
  Reply<Response> reply;
  const absl::Time start = absl::Now();
  reply.status = (stub.*method)(&context, request, &reply.message);
  reply.took = absl::Now() - start;
  return reply;
}

Reply<v1::RegisterResponse> Client::Register(const std::string& email,
                                             const std::string& password) {
  v1::RegisterRequest request;
  request.set_email(email);
  request.set_password(password);
  return Call(*auth_, &v1::AuthService::Stub::Register, request);
}

Reply<v1::LoginResponse> Client::Login(const std::string& email, const std::string& password) {
  v1::LoginRequest request;
  request.set_email(email);
  request.set_password(password);
  request.set_client_id("tests");
  return Call(*auth_, &v1::AuthService::Stub::Login, request);
}

Reply<v1::ResendVerificationResponse> Client::ResendVerification(const std::string& email) {
  v1::ResendVerificationRequest request;
  request.set_email(email);
  return Call(*auth_, &v1::AuthService::Stub::ResendVerification, request);
}

Reply<v1::RequestPasswordResetResponse> Client::RequestPasswordReset(const std::string& email) {
  v1::RequestPasswordResetRequest request;
  request.set_email(email);
  return Call(*auth_, &v1::AuthService::Stub::RequestPasswordReset, request);
}

Reply<v1::RequestEmailChangeResponse> Client::RequestEmailChange(const std::string& bearer,
                                                                 const std::string& new_email,
                                                                 const std::string& password) {
  v1::RequestEmailChangeRequest request;
  request.set_new_email(new_email);
  request.set_current_password(password);
  return Call(*auth_, &v1::AuthService::Stub::RequestEmailChange, request, bearer);
}

Reply<v1::ConfirmEmailChangeResponse> Client::ConfirmEmailChange(const std::string& token) {
  v1::ConfirmEmailChangeRequest request;
  request.set_token(token);
  return Call(*auth_, &v1::AuthService::Stub::ConfirmEmailChange, request);
}

Reply<v1::DisableTotpResponse> Client::DisableTotp(const std::string& bearer) {
  return Call(*auth_, &v1::AuthService::Stub::DisableTotp, v1::DisableTotpRequest(), bearer);
}

Reply<v1::RegenerateRecoveryCodesResponse> Client::RegenerateRecoveryCodes(
    const std::string& bearer) {
  return Call(*auth_, &v1::AuthService::Stub::RegenerateRecoveryCodes,
              v1::RegenerateRecoveryCodesRequest(), bearer);
}

Reply<v1::EnrollTotpResponse> Client::EnrollTotp(const std::string& bearer) {
  return Call(*auth_, &v1::AuthService::Stub::EnrollTotp, v1::EnrollTotpRequest(), bearer);
}

Reply<v1::ConfirmTotpResponse> Client::ConfirmTotp(const std::string& bearer,
                                                   const std::string& code) {
  v1::ConfirmTotpRequest request;
  request.set_code(code);
  return Call(*auth_, &v1::AuthService::Stub::ConfirmTotp, request, bearer);
}

Reply<v1::CompleteMfaResponse> Client::CompleteMfa(const std::string& challenge,
                                                   const std::string& code) {
  v1::CompleteMfaRequest request;
  request.set_challenge(challenge);
  request.set_code(code);
  return Call(*auth_, &v1::AuthService::Stub::CompleteMfa, request);
}

Reply<v1::RefreshResponse> Client::Refresh(const std::string& refresh_token) {
  v1::RefreshRequest request;
  request.set_refresh_token(refresh_token);
  return Call(*tokens_, &v1::TokenService::Stub::Refresh, request);
}

Reply<v1::ValidateResponse> Client::Validate(const std::string& access_token) {
  v1::ValidateRequest request;
  request.set_token(access_token);
  request.set_audience("signet");
  return Call(*tokens_, &v1::TokenService::Stub::Validate, request);
}

Reply<v1::RevokeResponse> Client::Revoke(const std::string& token) {
  v1::RevokeRequest request;
  request.set_token(token);
  return Call(*tokens_, &v1::TokenService::Stub::Revoke, request);
}

Reply<v1::LogoutResponse> Client::Logout(const std::string& bearer) {
  return Call(*auth_, &v1::AuthService::Stub::Logout, v1::LogoutRequest(), bearer);
}

Reply<v1::LogoutAllResponse> Client::LogoutAll(const std::string& bearer) {
  return Call(*auth_, &v1::AuthService::Stub::LogoutAll, v1::LogoutAllRequest(), bearer);
}

Reply<v1::CreateSessionResponse> Client::CreateSession(const std::string& email,
                                                       const std::string& password) {
  v1::CreateSessionRequest request;
  request.set_email(email);
  request.set_password(password);
  return Call(*sessions_, &v1::SessionService::Stub::CreateSession, request);
}

Reply<v1::TerminateSessionResponse> Client::TerminateSession(const std::string& bearer,
                                                             const std::string& session_id) {
  v1::TerminateSessionRequest request;
  request.set_session_id(session_id);
  return Call(*sessions_, &v1::SessionService::Stub::TerminateSession, request, bearer);
}

Reply<v1::ListKeysResponse> Client::ListKeys(const std::string& bearer) {
  return Call(*keys_, &v1::KeyService::Stub::ListKeys, v1::ListKeysRequest(), bearer);
}

Reply<v1::GrantRoleResponse> Client::GrantRole(const std::string& bearer,
                                               const std::string& subject_id,
                                               const std::string& role) {
  v1::GrantRoleRequest request;
  request.set_subject_id(subject_id);
  request.set_role(role);
  return Call(*access_, &v1::AccessService::Stub::GrantRole, request, bearer);
}

Reply<v1::RevokeGrantResponse> Client::RevokeGrant(const std::string& bearer,
                                                   const std::string& subject_id,
                                                   const std::string& role) {
  v1::RevokeGrantRequest request;
  request.set_subject_id(subject_id);
  request.set_role(role);
  return Call(*access_, &v1::AccessService::Stub::RevokeGrant, request, bearer);
}

Reply<v1::PrepareKeyResponse> Client::PrepareKey(const std::string& bearer) {
  return Call(*keys_, &v1::KeyService::Stub::PrepareKey, v1::PrepareKeyRequest(), bearer);
}

Reply<v1::ActivateKeyResponse> Client::ActivateKey(const std::string& bearer,
                                                   const std::string& kid) {
  v1::ActivateKeyRequest request;
  request.set_kid(kid);
  return Call(*keys_, &v1::KeyService::Stub::ActivateKey, request, bearer);
}

Reply<v1::TaintKeyResponse> Client::TaintKey(const std::string& bearer, const std::string& kid) {
  v1::TaintKeyRequest request;
  request.set_kid(kid);
  return Call(*keys_, &v1::KeyService::Stub::TaintKey, request, bearer);
}

Reply<v1::DisableUserResponse> Client::DisableUser(const std::string& bearer,
                                                   const std::string& user_id) {
  v1::DisableUserRequest request;
  request.set_user_id(user_id);
  return Call(*users_, &v1::UserService::Stub::DisableUser, request, bearer);
}

Reply<v1::DeleteUserResponse> Client::DeleteUser(const std::string& bearer,
                                                 const std::string& user_id) {
  v1::DeleteUserRequest request;
  request.set_user_id(user_id);
  return Call(*users_, &v1::UserService::Stub::DeleteUser, request, bearer);
}

Client::Health Client::CheckHealth(const std::string& service) {
  grpc::ClientContext context;
  Prepare(context);
  HealthRequest request;
  request.set_value(service);
  HealthResponse response;
  const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Check",
                                         grpc::internal::RpcMethod::NORMAL_RPC);
  const grpc::Status status = grpc::internal::BlockingUnaryCall<
      HealthRequest, HealthResponse, google::protobuf::MessageLite, google::protobuf::MessageLite>(
      channel_.get(), method, &context, request, &response);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return Health::kUnknownService;
  return status.ok() ? HealthOf(response) : Health::kUnreachable;
}

void Client::WatchHealth(const std::string& service, const std::function<void(Health)>& told) {
  grpc::ClientContext context;
  Prepare(context);
  HealthRequest request;
  request.set_value(service);
  const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Watch",
                                         grpc::internal::RpcMethod::SERVER_STREAMING);
  const std::unique_ptr<grpc::ClientReader<HealthResponse>> reader(
      grpc::internal::ClientReaderFactory<HealthResponse>::Create(channel_.get(), method, &context,
                                                                  request));
  HealthResponse response;
  while (reader->Read(&response)) told(HealthOf(response));
  (void)reader->Finish();
}

}  // namespace signet::tests
