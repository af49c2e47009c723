#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "signet/v1/access_service.grpc.pb.h"
#include "signet/v1/auth_service.grpc.pb.h"
#include "signet/v1/key_service.grpc.pb.h"
#include "signet/v1/session_service.grpc.pb.h"
#include "signet/v1/token_service.grpc.pb.h"
#include "signet/v1/user_service.grpc.pb.h"

namespace signet::tests {

// What came back from one call.
template <typename Response>
struct Reply {
  grpc::Status status;
  Response message;
  absl::Duration took;

  bool ok() const { return status.ok(); }
};

// The reason of google.rpc.ErrorInfo, e.g. "SESSION_ENDED"; empty for an OK, and for a status that
// no server wrote (the connection's own).
std::string ReasonOf(const grpc::Status& status);
// google.rpc.RetryInfo, when there is one.
std::optional<absl::Duration> RetryAfterOf(const grpc::Status& status);

absl::Time TimeOf(const google::protobuf::Timestamp& time);

// A client with one connection of its own, which comes back within 0.1 s after the server did.
// Calls wait for the connection for as long as `patience`. Thread-safe.
class Client {
 public:
  explicit Client(const std::string& address, absl::Duration patience = absl::Seconds(30));

  Reply<v1::RegisterResponse> Register(const std::string& email, const std::string& password);
  Reply<v1::LoginResponse> Login(const std::string& email, const std::string& password);
  Reply<v1::ResendVerificationResponse> ResendVerification(const std::string& email);
  Reply<v1::RequestPasswordResetResponse> RequestPasswordReset(const std::string& email);
  Reply<v1::RequestEmailChangeResponse> RequestEmailChange(const std::string& bearer,
                                                           const std::string& new_email,
                                                           const std::string& password);
  Reply<v1::ConfirmEmailChangeResponse> ConfirmEmailChange(const std::string& token);
  Reply<v1::EnrollTotpResponse> EnrollTotp(const std::string& bearer);
  Reply<v1::ConfirmTotpResponse> ConfirmTotp(const std::string& bearer, const std::string& code);
  Reply<v1::DisableTotpResponse> DisableTotp(const std::string& bearer);
  Reply<v1::RegenerateRecoveryCodesResponse> RegenerateRecoveryCodes(const std::string& bearer);
  Reply<v1::CompleteMfaResponse> CompleteMfa(const std::string& challenge, const std::string& code);
  Reply<v1::RefreshResponse> Refresh(const std::string& refresh_token);
  Reply<v1::ValidateResponse> Validate(const std::string& access_token);
  Reply<v1::RevokeResponse> Revoke(const std::string& token);
  Reply<v1::LogoutResponse> Logout(const std::string& bearer);
  Reply<v1::LogoutAllResponse> LogoutAll(const std::string& bearer);
  // Its session token; the same password as a login.
  Reply<v1::CreateSessionResponse> CreateSession(const std::string& email,
                                                 const std::string& password);
  Reply<v1::TerminateSessionResponse> TerminateSession(const std::string& bearer,
                                                       const std::string& session_id);
  Reply<v1::ListKeysResponse> ListKeys(const std::string& bearer);
  Reply<v1::GrantRoleResponse> GrantRole(const std::string& bearer, const std::string& subject_id,
                                         const std::string& role);
  Reply<v1::RevokeGrantResponse> RevokeGrant(const std::string& bearer,
                                             const std::string& subject_id,
                                             const std::string& role);
  Reply<v1::PrepareKeyResponse> PrepareKey(const std::string& bearer);
  Reply<v1::ActivateKeyResponse> ActivateKey(const std::string& bearer, const std::string& kid);
  Reply<v1::TaintKeyResponse> TaintKey(const std::string& bearer, const std::string& kid);
  Reply<v1::DisableUserResponse> DisableUser(const std::string& bearer, const std::string& user_id);
  Reply<v1::DeleteUserResponse> DeleteUser(const std::string& bearer, const std::string& user_id);

  // What grpc.health.v1 says of a service; kUnreachable when the call itself failed.
  enum class Health { kUnreachable, kServing, kNotServing, kUnknownService };
  Health CheckHealth(const std::string& service);

  // Everything that grpc.health.v1/Watch says of a service until the server ends the stream or the
  // patience is over. Blocks; `told` is called for each word, on the calling thread.
  void WatchHealth(const std::string& service, const std::function<void(Health)>& told);

  // For calls that are not waited for one by one.
  v1::AuthService::Stub& auth() { return *auth_; }
  v1::TokenService::Stub& tokens() { return *tokens_; }
  v1::SessionService::Stub& sessions() { return *sessions_; }
  v1::UserService::Stub& users() { return *users_; }
  v1::AccessService::Stub& access() { return *access_; }

 private:
  template <typename Stub, typename Request, typename Response>
  Reply<Response> Call(Stub& stub,
                       grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                       const Request& request, const std::string& bearer = "");
  void Prepare(grpc::ClientContext& context) const;

  const absl::Duration patience_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::AuthService::Stub> auth_;
  const std::unique_ptr<v1::TokenService::Stub> tokens_;
  const std::unique_ptr<v1::SessionService::Stub> sessions_;
  const std::unique_ptr<v1::KeyService::Stub> keys_;
  const std::unique_ptr<v1::UserService::Stub> users_;
  const std::unique_ptr<v1::AccessService::Stub> access_;
};

// Calls that are prepared one by one, sent all at once and then waited for. Used by one thread.
template <typename Response>
class Burst {
 public:
  explicit Burst(absl::Duration patience = absl::Seconds(30))
      : deadline_(absl::ToChronoTime(absl::Now() + patience)) {}
  ~Burst() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;

  // `prepare` is one of a stub's PrepareAsync… methods; no `bearer`: no authorization metadata.
  template <typename Stub, typename Request>
  void Add(Stub& stub,
           std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (Stub::*prepare)(
               grpc::ClientContext*, const Request&, grpc::CompletionQueue*),
           const Request& request, const std::string& bearer = "") {
    calls_.push_back(std::make_unique<Pending>());
    Pending& call = *calls_.back();
    if (!bearer.empty()) call.context.AddMetadata("authorization", "Bearer " + bearer);
    call.context.set_deadline(deadline_);
    call.context.set_wait_for_ready(true);
    call.reader = (stub.*prepare)(&call.context, request, &queue_);
  }

  void Send() {
    for (const auto& call : calls_) call->reader->StartCall();
    for (const auto& call : calls_) {
      call->reader->Finish(&call->reply.message, &call->reply.status, call.get());
    }
  }

  // Every answer, in the order in which the calls were added.
  std::vector<Reply<Response>> Collect() {
    void* tag = nullptr;
    bool ok = false;
    for (size_t i = 0; i < calls_.size(); ++i) queue_.Next(&tag, &ok);
    std::vector<Reply<Response>> replies;
    for (const auto& call : calls_) replies.push_back(std::move(call->reply));
    calls_.clear();
    return replies;
  }

 private:
  struct Pending {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
    Reply<Response> reply;
  };

  const std::chrono::system_clock::time_point deadline_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Pending>> calls_;
};

}  // namespace signet::tests
