#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>
#include <signet/v1/access_service.grpc.pb.h>
#include <signet/v1/auth_service.grpc.pb.h>
#include <signet/v1/key_service.grpc.pb.h>
#include <signet/v1/session_service.grpc.pb.h>
#include <signet/v1/token_service.grpc.pb.h>
#include <signet/v1/user_service.grpc.pb.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/token/token_fixture.h"

namespace signet::cli {

inline grpc::Status Refusal(grpc::StatusCode code, const std::string& reason,
                            const std::string& message, int retry_seconds = 0) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("signet");
  details.add_details()->PackFrom(info);
  if (retry_seconds > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(retry_seconds);
    details.add_details()->PackFrom(retry);
  }
  return {code, message, details.SerializeAsString()};
}

// For tests alone: one account ("alice@example.com", "correct horse") with one session, behind the
// real contract. Refresh tokens are "sgr_<n>"; each is good once.
class FakeAccounts {
 public:
  std::atomic<int> refreshes{0};
  std::atomic<bool> ended{false};
  std::atomic<bool> has_factor{false};

  signet::v1::TokenPair Pair() const {
    signet::v1::TokenPair pair;
    pair.set_access_token(token::SignClaims(token::TestKey(), "k", token::SomeClaims()));
    pair.set_refresh_token(absl::StrCat("sgr_", refreshes.load()));
    pair.mutable_expires_in()->set_seconds(900);
    pair.mutable_refresh_expires_in()->set_seconds(9000);
    pair.set_token_type("Bearer");
    return pair;
  }

  // Whether the call carries the session's access token.
  grpc::Status Authenticate(const grpc::ServerContext& context) const {
    const auto& metadata = context.client_metadata();
    const auto found = metadata.find("authorization");
    const bool bearer = found != metadata.end() && found->second.starts_with("Bearer eyJ");
    if (bearer && !ended) return grpc::Status::OK;
    return Refusal(grpc::StatusCode::UNAUTHENTICATED, "TOKEN_INVALID", "not accepted");
  }
};

class FakeAuthService final : public signet::v1::AuthService::Service {
 public:
  explicit FakeAuthService(FakeAccounts& accounts) : accounts_(accounts) {}

  grpc::Status Register(grpc::ServerContext*, const signet::v1::RegisterRequest* request,
                        signet::v1::RegisterResponse*) override {
    if (request->password().size() >= 8) return grpc::Status::OK;
    return Refusal(grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID", "password: too short");
  }
  grpc::Status Login(grpc::ServerContext*, const signet::v1::LoginRequest* request,
                     signet::v1::LoginResponse* response) override {
    if (request->password() == "busy") {
      return Refusal(grpc::StatusCode::UNAVAILABLE, "OVERLOADED", "no capacity", 2);
    }
    if (request->email() == "factor@example.com") {
      response->mutable_mfa_challenge()->set_challenge("sgm_1");
      return grpc::Status::OK;
    }
    if (request->email() != "alice@example.com" || request->password() != "correct horse") {
      return Refusal(grpc::StatusCode::UNAUTHENTICATED, "CREDENTIALS_INVALID", "not accepted");
    }
    *response->mutable_tokens() = accounts_.Pair();
    response->set_session_id("session-1");
    response->set_user_id("user-1");
    return grpc::Status::OK;
  }
  grpc::Status Logout(grpc::ServerContext* context, const signet::v1::LogoutRequest*,
                      signet::v1::LogoutResponse*) override {
    return accounts_.Authenticate(*context);
  }
  grpc::Status LogoutAll(grpc::ServerContext* context, const signet::v1::LogoutAllRequest*,
                         signet::v1::LogoutAllResponse* response) override {
    response->set_ended_sessions(3);
    return accounts_.Authenticate(*context);
  }
  grpc::Status ChangePassword(grpc::ServerContext* context,
                              const signet::v1::ChangePasswordRequest*,
                              signet::v1::ChangePasswordResponse*) override {
    return accounts_.Authenticate(*context);
  }
  grpc::Status CompleteMfa(grpc::ServerContext*, const signet::v1::CompleteMfaRequest* request,
                           signet::v1::CompleteMfaResponse* response) override {
    if (request->challenge() != "sgm_1" ||
        (request->code() != "123456" && request->recovery_code() != "AAAA-BBBB-CCCC")) {
      return Refusal(grpc::StatusCode::UNAUTHENTICATED, "MFA_CODE_INVALID", "not accepted");
    }
    *response->mutable_tokens() = accounts_.Pair();
    response->set_session_id("session-1");
    response->set_user_id("user-2");
    return grpc::Status::OK;
  }
  grpc::Status EnrollTotp(grpc::ServerContext* context, const signet::v1::EnrollTotpRequest*,
                          signet::v1::EnrollTotpResponse* response) override {
    response->set_provisioning_uri("otpauth://totp/Signet:alice?secret=MZXW6YTBOI");
    response->set_secret("MZXW6YTBOI");
    return accounts_.Authenticate(*context);
  }
  grpc::Status ConfirmTotp(grpc::ServerContext* context,
                           const signet::v1::ConfirmTotpRequest* request,
                           signet::v1::ConfirmTotpResponse* response) override {
    if (request->code() != "123456") {
      return Refusal(grpc::StatusCode::UNAUTHENTICATED, "MFA_CODE_INVALID", "not accepted");
    }
    response->add_recovery_codes("AAAA-BBBB-CCCC");
    accounts_.has_factor = true;
    return accounts_.Authenticate(*context);
  }
  grpc::Status DisableTotp(grpc::ServerContext* context, const signet::v1::DisableTotpRequest*,
                           signet::v1::DisableTotpResponse*) override {
    accounts_.has_factor = false;
    return accounts_.Authenticate(*context);
  }
  grpc::Status RegenerateRecoveryCodes(
      grpc::ServerContext* context, const signet::v1::RegenerateRecoveryCodesRequest*,
      signet::v1::RegenerateRecoveryCodesResponse* response) override {
    response->add_recovery_codes("DDDD-EEEE-FFFF");
    return accounts_.Authenticate(*context);
  }
  grpc::Status GetMfaStatus(grpc::ServerContext* context, const signet::v1::GetMfaStatusRequest*,
                            signet::v1::GetMfaStatusResponse* response) override {
    response->set_recovery_codes_left(accounts_.has_factor ? 10 : 0);
    return accounts_.Authenticate(*context);
  }
  grpc::Status StepUp(grpc::ServerContext* context, const signet::v1::StepUpRequest* request,
                      signet::v1::StepUpResponse* response) override {
    if (request->password() != "correct horse") {
      return Refusal(grpc::StatusCode::UNAUTHENTICATED, "CREDENTIALS_INVALID", "not accepted");
    }
    if (accounts_.has_factor && request->code() != "123456") {
      return Refusal(grpc::StatusCode::FAILED_PRECONDITION, "MFA_REQUIRED", "needed too");
    }
    response->set_access_token(accounts_.Pair().access_token());
    response->mutable_expires_in()->set_seconds(500);
    response->set_acr("1");
    return accounts_.Authenticate(*context);
  }

 private:
  FakeAccounts& accounts_;
};

class FakeTokenService final : public signet::v1::TokenService::Service {
 public:
  explicit FakeTokenService(FakeAccounts& accounts) : accounts_(accounts) {}

  grpc::Status Refresh(grpc::ServerContext*, const signet::v1::RefreshRequest* request,
                       signet::v1::RefreshResponse* response) override {
    int current = accounts_.refreshes;
    if (request->refresh_token() != absl::StrCat("sgr_", current) ||
        !accounts_.refreshes.compare_exchange_strong(current, current + 1)) {
      return Refusal(grpc::StatusCode::UNAUTHENTICATED, "REFRESH_TOKEN_REUSED", "used twice");
    }
    *response->mutable_tokens() = accounts_.Pair();
    return grpc::Status::OK;
  }
  grpc::Status Validate(grpc::ServerContext*, const signet::v1::ValidateRequest* request,
                        signet::v1::ValidateResponse* response) override {
    response->set_active(request->audience() == "api" && !accounts_.ended);
    if (!response->active()) response->set_reason(signet::v1::INACTIVE_REASON_AUDIENCE_MISMATCH);
    return grpc::Status::OK;
  }
  grpc::Status Revoke(grpc::ServerContext*, const signet::v1::RevokeRequest*,
                      signet::v1::RevokeResponse*) override {
    return grpc::Status::OK;
  }
  grpc::Status RevokeAll(grpc::ServerContext*, const signet::v1::RevokeAllRequest*,
                         signet::v1::RevokeAllResponse* response) override {
    response->set_sequence(7);
    return grpc::Status::OK;
  }
  grpc::Status ExplainToken(grpc::ServerContext*, const signet::v1::ExplainTokenRequest*,
                            signet::v1::ExplainTokenResponse*) override {
    return Refusal(grpc::StatusCode::PERMISSION_DENIED, "PERMISSION_MISSING",
                   "permission tokens.explain is missing");
  }

 private:
  FakeAccounts& accounts_;
};

class FakeSessionService final : public signet::v1::SessionService::Service {
 public:
  // Two pages of one session each.
  grpc::Status ListSessions(grpc::ServerContext*, const signet::v1::ListSessionsRequest* request,
                            signet::v1::ListSessionsResponse* response) override {
    const bool first = request->page_token().empty();
    response->add_sessions()->set_session_id(first ? "session-1" : "session-2");
    if (first) response->set_next_page_token("2");
    return grpc::Status::OK;
  }
  grpc::Status TerminateSession(grpc::ServerContext*,
                                const signet::v1::TerminateSessionRequest* request,
                                signet::v1::TerminateSessionResponse*) override {
    if (request->session_id() == "session-2") return grpc::Status::OK;
    return Refusal(grpc::StatusCode::NOT_FOUND, "SESSION_UNKNOWN", "no such session");
  }
  grpc::Status GetLineage(grpc::ServerContext*, const signet::v1::GetLineageRequest* request,
                          signet::v1::GetLineageResponse* response) override {
    response->mutable_session()->set_session_id(request->session_id());
    response->mutable_session()->mutable_end_time()->set_seconds(1);
    response->mutable_session()->set_end_reason(signet::v1::SESSION_END_REASON_LOGOUT);
    response->add_events()->set_kind(signet::v1::GetLineageResponse::Event::KIND_OPENED);
    return grpc::Status::OK;
  }
};

class FakeKeyService final : public signet::v1::KeyService::Service {
 public:
  grpc::Status ListKeys(grpc::ServerContext*, const signet::v1::ListKeysRequest*,
                        signet::v1::ListKeysResponse* response) override {
    auto* key = response->add_keys();
    key->set_kid("2026-11-a");
    key->set_state(signet::v1::KEY_STATE_ACTIVE);
    return grpc::Status::OK;
  }
  grpc::Status ListVerifiers(grpc::ServerContext*, const signet::v1::ListVerifiersRequest*,
                             signet::v1::ListVerifiersResponse* response) override {
    auto* verifier = response->add_verifiers();
    verifier->set_verifier_name("gateway/1");
    verifier->set_key_set_version(3);
    return grpc::Status::OK;
  }
  grpc::Status PrepareKey(grpc::ServerContext*, const signet::v1::PrepareKeyRequest* request,
                          signet::v1::PrepareKeyResponse* response) override {
    response->mutable_key()->set_algorithm(request->algorithm());
    return grpc::Status::OK;
  }
  grpc::Status ActivateKey(grpc::ServerContext*, const signet::v1::ActivateKeyRequest* request,
                           signet::v1::ActivateKeyResponse* response) override {
    response->mutable_key()->set_kid(request->kid());
    if (request->force()) return grpc::Status::OK;
    return Refusal(grpc::StatusCode::FAILED_PRECONDITION, "KEY_TOO_FRESH", "published just now");
  }
  grpc::Status TaintKey(grpc::ServerContext*, const signet::v1::TaintKeyRequest* request,
                        signet::v1::TaintKeyResponse* response) override {
    response->mutable_key()->set_kid(request->kid());
    return grpc::Status::OK;
  }
  grpc::Status RetireKey(grpc::ServerContext*, const signet::v1::RetireKeyRequest* request,
                         signet::v1::RetireKeyResponse* response) override {
    response->mutable_key()->set_kid(request->kid());
    return grpc::Status::OK;
  }
};

class FakeUserService final : public signet::v1::UserService::Service {
 public:
  grpc::Status GetUser(grpc::ServerContext*, const signet::v1::GetUserRequest* request,
                       signet::v1::GetUserResponse* response) override {
    response->mutable_user()->set_user_id(request->user_id());
    response->mutable_user()->set_email("ada@example.com");
    return grpc::Status::OK;
  }
  // As many as asked for, and always a page more.
  grpc::Status ListUsers(grpc::ServerContext*, const signet::v1::ListUsersRequest* request,
                         signet::v1::ListUsersResponse* response) override {
    for (int i = 0; i < request->page_size(); ++i) response->add_users()->set_user_id("user-1");
    if (request->page_token().empty()) response->set_next_page_token("2");
    return grpc::Status::OK;
  }
  grpc::Status UpdateUser(grpc::ServerContext*, const signet::v1::UpdateUserRequest* request,
                          signet::v1::UpdateUserResponse* response) override {
    for (const std::string& path : request->update_mask().paths()) {
      if (path == "display_name") {
        response->mutable_user()->set_display_name(request->user().display_name());
      }
      if (path == "email") response->mutable_user()->set_email(request->user().email());
    }
    return grpc::Status::OK;
  }
  grpc::Status DisableUser(grpc::ServerContext*, const signet::v1::DisableUserRequest* request,
                           signet::v1::DisableUserResponse* response) override {
    response->set_ended_sessions(2);
    if (request->user_id() != "root") return grpc::Status::OK;
    return Refusal(grpc::StatusCode::FAILED_PRECONDITION, "LAST_ADMINISTRATOR", "nobody else");
  }
  grpc::Status EnableUser(grpc::ServerContext*, const signet::v1::EnableUserRequest*,
                          signet::v1::EnableUserResponse*) override {
    return grpc::Status::OK;
  }
  // Two pages of one record each.
  grpc::Status ExportUserData(grpc::ServerContext*,
                              const signet::v1::ExportUserDataRequest* request,
                              signet::v1::ExportUserDataResponse* response) override {
    const bool first = request->page_token().empty();
    response->add_records(first ? "{\"table\":\"users\"}" : "{\"table\":\"sessions\"}");
    if (first) response->set_next_page_token("2");
    return grpc::Status::OK;
  }
  grpc::Status EraseUser(grpc::ServerContext*, const signet::v1::EraseUserRequest*,
                         signet::v1::EraseUserResponse*) override {
    return grpc::Status::OK;
  }
  grpc::Status ImportUsers(grpc::ServerContext*, const signet::v1::ImportUsersRequest* request,
                           signet::v1::ImportUsersResponse* response) override {
    for (int i = 0; i < request->users_size(); ++i) {
      response->add_results()->set_outcome(signet::v1::ImportResult::OUTCOME_CREATED);
    }
    return grpc::Status::OK;
  }
  grpc::Status DeleteUser(grpc::ServerContext*, const signet::v1::DeleteUserRequest*,
                          signet::v1::DeleteUserResponse* response) override {
    response->set_ended_sessions(1);
    return grpc::Status::OK;
  }
};

// All of them on one address, until it goes.
class FakeServer {
 public:
  explicit FakeServer(const std::string& address) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    builder.RegisterService(&auth_);
    builder.RegisterService(&tokens_);
    builder.RegisterService(&sessions_);
    builder.RegisterService(&keys_);
    builder.RegisterService(&users_);
    builder.RegisterService(&access_);
    server_ = builder.BuildAndStart();
    server_->GetHealthCheckService()->SetServingStatus(true);
    for (const char* name :
         {"AuthService", "TokenService", "SessionService", "KeyService", "AccessService"}) {
      server_->GetHealthCheckService()->SetServingStatus(absl::StrCat("signet.v1.", name), true);
    }
  }

  FakeAccounts accounts;

 private:
  FakeAuthService auth_{accounts};
  FakeTokenService tokens_{accounts};
  FakeSessionService sessions_;
  FakeKeyService keys_;
  FakeUserService users_;
  signet::v1::AccessService::Service access_;  // answers UNIMPLEMENTED
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace signet::cli
