#pragma once

#include <string>

#include "server/domain/abuse/challenge_desk.h"
#include "server/domain/accounts/change_password.h"
#include "server/domain/accounts/login.h"
#include "server/domain/accounts/register_account.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/domain/sessions/logout.h"
#include "server/observe/token_metrics.h"
#include "server/rpc/service.h"
#include "server/rpc/services/mail_methods.h"
#include "server/rpc/services/mfa_methods.h"

namespace signet::rpc {

// signet.v1.AuthService over the use cases. What each method promises stands in its proto file.
class AuthService final : public Service {
 public:
  struct Uses {  // all outlive the service
    domain::RegisterAccount& register_account;
    domain::Login& login;
    domain::Logout& logout;
    domain::ChangePassword& change_password;
    domain::RateLimiter& rates;
    domain::ChallengeDesk& challenges;
    observe::TokenMetrics& metrics;
    MfaUses mfa;
    MailUses mail;
  };
  // `default_audience`: of a Login that names none. Not empty.
  AuthService(const Uses& uses, std::string default_audience)
      : uses_(uses), default_audience_(std::move(default_audience)) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  const Uses uses_;
  const std::string default_audience_;
};

}  // namespace signet::rpc
