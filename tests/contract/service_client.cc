#include "tests/contract/service_client.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/generic/generic_stub.h>

#include "absl/strings/str_cat.h"

namespace signet::contract {
namespace {

std::string CodeName(grpc::StatusCode code) {
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS",
                                           "UNAUTHENTICATED"};
  return kNames[static_cast<int>(code)];
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string FromBuffer(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// One event of a queue that nobody else uses.
bool Next(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return ok;
}

}  // namespace

void Prepare(const Credential& credential, grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + credential.patience));
  context.set_wait_for_ready(true);
  if (!credential.bearer.empty()) {
    context.AddMetadata("authorization", absl::StrCat("Bearer ", credential.bearer));
  }
  for (const auto& [name, value] : credential.metadata) context.AddMetadata(name, value);
}

ServiceClient::ServiceClient(const std::string& address,
                             std::shared_ptr<grpc::ChannelCredentials> credentials)
    : channel_([&] {
        grpc::ChannelArguments arguments;
        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 10);
        arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
        return grpc::CreateCustomChannel(
            address, credentials ? credentials : grpc::InsecureChannelCredentials(), arguments);
      }()),
      auth_(v1::AuthService::NewStub(channel_)),
      tokens_(v1::TokenService::NewStub(channel_)),
      sessions_(v1::SessionService::NewStub(channel_)),
      keys_(v1::KeyService::NewStub(channel_)),
      audit_(v1::AuditService::NewStub(channel_)),
      users_(v1::UserService::NewStub(channel_)),
      access_(v1::AccessService::NewStub(channel_)) {}

grpc::Status ServiceClient::CallBytes(const std::string& path, const std::string& request,
                                      std::string* response, const Credential& credential) {
  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  Prepare(credential, context);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(&context, path, ToBuffer(request), &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  Next(queue);
  if (response != nullptr) *response = FromBuffer(answer);
  return status;
}

grpc::Status ServiceClient::ExchangeBytes(const std::string& path, const std::string& request,
                                          std::string* response) {
  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  Prepare({}, context);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  Next(queue);
  call->WriteLast(ToBuffer(request), grpc::WriteOptions(), nullptr);
  Next(queue);
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  if (Next(queue)) *response = FromBuffer(answer);
  grpc::Status status;
  call->Finish(&status, nullptr);
  Next(queue);
  return status;
}

Answer<v1::RegisterResponse> ServiceClient::Register(const std::string& email,
                                                     const std::string& password) {
  v1::RegisterRequest request;
  request.set_email(email);
  request.set_password(password);
  return Call(auth(), &v1::AuthService::Stub::Register, request);
}

Answer<v1::LoginResponse> ServiceClient::Login(const std::string& email,
                                               const std::string& password) {
  v1::LoginRequest request;
  request.set_email(email);
  request.set_password(password);
  return Call(auth(), &v1::AuthService::Stub::Login, request);
}

Answer<v1::RefreshResponse> ServiceClient::Refresh(const std::string& refresh_token) {
  v1::RefreshRequest request;
  request.set_refresh_token(refresh_token);
  return Call(tokens(), &v1::TokenService::Stub::Refresh, request);
}

Answer<v1::ValidateResponse> ServiceClient::Validate(const std::string& token,
                                                     const std::string& audience) {
  v1::ValidateRequest request;
  request.set_token(token);
  request.set_audience(audience);
  return Call(tokens(), &v1::TokenService::Stub::Validate, request);
}

Answer<v1::RevokeResponse> ServiceClient::Revoke(const std::string& token) {
  v1::RevokeRequest request;
  request.set_token(token);
  return Call(tokens(), &v1::TokenService::Stub::Revoke, request);
}

Answer<v1::GetLineageResponse> ServiceClient::GetLineage(const std::string& session,
                                                         const std::string& bearer) {
  v1::GetLineageRequest request;
  request.set_session_id(session);
  return Call(sessions(), &v1::SessionService::Stub::GetLineage, request, {.bearer = bearer});
}

Answer<v1::ListSessionsResponse> ServiceClient::ListSessions(const std::string& bearer) {
  return Call(sessions(), &v1::SessionService::Stub::ListSessions, v1::ListSessionsRequest(),
              {.bearer = bearer});
}

v1::InactiveReason ServiceClient::AwaitRefusal(const std::string& token) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (absl::Now() < deadline) {
    const auto answer = Validate(token);
    if (answer.ok() && !answer.message.active()) return answer.message.reason();
  }
  return v1::INACTIVE_REASON_UNSPECIFIED;
}

std::string Describe(const grpc::Status& status) {
  if (status.ok()) return "OK";
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return "BAD: unreadable details";
  if (details.code() != static_cast<int>(status.error_code())) return "BAD: another code";
  if (details.message() != status.error_message()) return "BAD: another message";
  std::string line = CodeName(status.error_code());
  std::string rest;
  int infos = 0;
  bool retry = false;
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::RetryInfo wait;
    if (any.UnpackTo(&info)) {
      ++infos;
      if (info.domain() != "signet") return "BAD: another domain";
      absl::StrAppend(&line, " ", info.reason());
      const auto permission = info.metadata().find("permission");
      if (permission != info.metadata().end()) absl::StrAppend(&rest, " ", permission->second);
      for (const char* name : {"acr_values", "max_age"}) {
        const auto demand = info.metadata().find(name);
        if (demand != info.metadata().end()) absl::StrAppend(&rest, " ", name, "=", demand->second);
      }
    } else if (any.UnpackTo(&bad)) {
      for (const auto& field : bad.field_violations()) absl::StrAppend(&rest, " ", field.field());
    } else if (any.UnpackTo(&wait)) {
      retry = true;
      absl::StrAppend(&rest, " +retry");
    }
  }
  if (infos != 1) return absl::StrCat("BAD: ", infos, " ErrorInfo in ", line);
  const bool needs_retry = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                           status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
  if (needs_retry != retry) return absl::StrCat("BAD: RetryInfo in ", line);
  return line + rest;
}

}  // namespace signet::contract
