#pragma once

#include "server/domain/mail/change_email.h"
#include "server/domain/mail/reset_password.h"
#include "server/domain/mail/verify_email.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// The methods of signet.v1.AuthService about addresses and links from mails.
struct MailUses {  // all outlive the service
  domain::VerifyEmail& verify_email;
  domain::ResendVerification& resend_verification;
  domain::RequestPasswordReset& request_password_reset;
  domain::ConfirmPasswordReset& confirm_password_reset;
  domain::RequestEmailChange& request_email_change;
  domain::ConfirmEmailChange& confirm_email_change;
  domain::RateLimiter& rates;
};

void RegisterMailMethods(const MailUses& uses, MethodRegistry& registry);

}  // namespace signet::rpc
