// App's part that says which use cases each gRPC service is over.

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/app/app.h"
#include "server/rpc/services/access_service.h"
#include "server/rpc/services/audit_service.h"
#include "server/rpc/services/auth_service.h"
#include "server/rpc/services/authorization_service.h"
#include "server/rpc/services/key_service.h"
#include "server/rpc/services/session_service.h"
#include "server/rpc/services/token_service.h"
#include "server/rpc/services/user_service.h"

namespace signet::app {
namespace {

// Page tokens of one replica are read by the others, so their key comes from the secret that all
// share. The input has another length than any lineage's, so no refresh token ever equals it.
base::Secret PageTokenKey(const domain::SuccessorDeriver& deriver, absl::string_view purpose) {
  return deriver.Derive(purpose, 0, base::Secret("v1"));
}

}  // namespace

std::vector<std::unique_ptr<rpc::Service>> App::MakeServices() {
  std::vector<std::unique_ptr<rpc::Service>> services;
  services.push_back(std::make_unique<rpc::AuthService>(
      rpc::AuthService::Uses{
          uses_->register_account, uses_->login, uses_->logout, uses_->change_password,
          guards_->rates, guards_->desk, telemetry_.tokens,
          rpc::MfaUses{uses_->mfa.step_up, uses_->mfa.complete, uses_->mfa.enroll,
                       uses_->mfa.confirm, uses_->mfa.settings, telemetry_.tokens},
          rpc::MailUses{uses_->verify_email, uses_->resend_verification,
                        uses_->request_password_reset, uses_->confirm_password_reset,
                        uses_->request_email_change, uses_->confirm_email_change, guards_->rates}},
      settings_.tokens.audience));
  services.push_back(std::make_unique<rpc::TokenService>(
      rpc::TokenService::Uses{uses_->guarded_refresh, uses_->validate, session_tokens_->sessions,
                              *session_questions_, uses_->revoke, uses_->revoke_all, uses_->explain,
                              uses_->issue_service_token, *basic_authenticator_,
                              tokens_->ring.keys(),
                              [this] { return absl::FromUnixNanos(tokens_->keys_as_of.load()); },
                              *watches_, *verifiers_, telemetry_.tokens},
      settings_.tokens.audience));
  services.push_back(std::make_unique<rpc::SessionService>(
      rpc::SessionService::Uses{uses_->sessions,
                                session_tokens_->sessions,
                                uses_->switch_sessions,
                                {uses_->login, guards_->rates, telemetry_.tokens}},
      PageTokenKey(*tokens_->deriver, "page tokens of ListSessions"), settings_.tokens.audience));
  services.push_back(std::make_unique<rpc::KeyService>(uses_->keys));
  services.push_back(std::make_unique<rpc::AuditService>(
      uses_->read_audit, audit_->verifier().ToText(),
      PageTokenKey(*tokens_->deriver, "page tokens of QueryEvents")));
  services.push_back(std::make_unique<rpc::UserService>(
      rpc::UserService::Uses{uses_->read_users, uses_->update_user, uses_->close_account,
                             guards_->unlock_account, uses_->import_users, uses_->personal_data},
      PageTokenKey(*tokens_->deriver, "page tokens of ListUsers")));
  services.push_back(std::make_unique<rpc::AccessService>(
      rpc::AccessService::Uses{uses_->roles, uses_->grants, uses_->check_permission,
                               uses_->service_accounts, uses_->api_keys},
      PageTokenKey(*tokens_->deriver, "page tokens of any list")));
  services.push_back(std::make_unique<rpc::AuthorizationService>(gateways_->judge()));
  return services;
}

}  // namespace signet::app
