#pragma once

#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "signet/v1/access_service.grpc.pb.h"
#include "signet/v1/audit_service.grpc.pb.h"
#include "signet/v1/auth_service.grpc.pb.h"
#include "signet/v1/key_service.grpc.pb.h"
#include "signet/v1/session_service.grpc.pb.h"
#include "signet/v1/token_service.grpc.pb.h"
#include "signet/v1/user_service.grpc.pb.h"

namespace signet::contract {

// What came back from one call.
template <typename Response>
struct Answer {
  grpc::Status status;
  Response message;
  std::multimap<std::string, std::string> metadata;  // the initial metadata of the answer

  bool ok() const { return status.ok(); }
};

// What a call brings besides its message.
struct Credential {
  std::string bearer;  // empty: no authorization metadata
  absl::Duration patience = absl::Seconds(30);
  std::vector<std::pair<std::string, std::string>> metadata;
};

// One connection and a stub of every service. Thread-safe.
class ServiceClient {
 public:
  explicit ServiceClient(const std::string& address,
                         std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr);

  template <typename Stub, typename Request, typename Response>
  static Answer<Response> Call(Stub& stub,
                               grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                            Response*),
                               const Request& request, const Credential& credential = {});

  // A call of any method, known to the stubs or not, with any bytes as its message.
  grpc::Status CallBytes(const std::string& path, const std::string& request,
                         std::string* response = nullptr, const Credential& credential = {});
  // A bidirectional stream of one request and one answer.
  grpc::Status ExchangeBytes(const std::string& path, const std::string& request,
                             std::string* response);

  v1::AuthService::Stub& auth() { return *auth_; }
  v1::TokenService::Stub& tokens() { return *tokens_; }
  v1::SessionService::Stub& sessions() { return *sessions_; }
  v1::KeyService::Stub& keys() { return *keys_; }
  v1::AuditService::Stub& audit() { return *audit_; }
  v1::UserService::Stub& users() { return *users_; }
  v1::AccessService::Stub& access() { return *access_; }

  Answer<v1::RegisterResponse> Register(const std::string& email, const std::string& password);
  Answer<v1::LoginResponse> Login(const std::string& email, const std::string& password);
  Answer<v1::RefreshResponse> Refresh(const std::string& refresh_token);
  Answer<v1::ValidateResponse> Validate(const std::string& token,
                                        const std::string& audience = "signet");
  Answer<v1::RevokeResponse> Revoke(const std::string& token);
  Answer<v1::GetLineageResponse> GetLineage(const std::string& session, const std::string& bearer);
  Answer<v1::ListSessionsResponse> ListSessions(const std::string& bearer);

  // Asks until `token` is refused, and why; UNSPECIFIED when it is still accepted after 10 s.
  v1::InactiveReason AwaitRefusal(const std::string& token);

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::AuthService::Stub> auth_;
  const std::unique_ptr<v1::TokenService::Stub> tokens_;
  const std::unique_ptr<v1::SessionService::Stub> sessions_;
  const std::unique_ptr<v1::KeyService::Stub> keys_;
  const std::unique_ptr<v1::AuditService::Stub> audit_;
  const std::unique_ptr<v1::UserService::Stub> users_;
  const std::unique_ptr<v1::AccessService::Stub> access_;
};

// Deadline and metadata of `credential`.
void Prepare(const Credential& credential, grpc::ClientContext& context);

// Everything that google.rpc says of an error, in one line for golden tables:
// "INVALID_ARGUMENT FIELD_INVALID email", "UNAVAILABLE OVERLOADED +retry",
// "PERMISSION_DENIED PERMISSION_MISSING keys.read", "OK". "BAD: …" for a status that breaks a rule
// of docs/errors.md: not exactly one ErrorInfo, another domain, a code or a message of its own in
// the details, RetryInfo missing where it has to be.
std::string Describe(const grpc::Status& status);

template <typename Stub, typename Request, typename Response>
Answer<Response> ServiceClient::Call(Stub& stub,
                                     grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                                     const Request& request, const Credential& credential) {
  grpc::ClientContext context;
  Prepare(credential, context);
  Answer<Response> answer;
  answer.status = (stub.*method)(&context, request, &answer.message);
  for (const auto& [name, value] : context.GetServerInitialMetadata()) {
    answer.metadata.emplace(std::string(name.data(), name.size()),
                            std::string(value.data(), value.size()));
  }
  return answer;
}

}  // namespace signet::contract
