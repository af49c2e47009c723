#pragma once

#include "absl/status/statusor.h"
#include "server/domain/accounts/login.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/observe/token_metrics.h"

namespace signet::rpc {

struct LoginUses {  // all outlive the call
  domain::Login& login;
  domain::RateLimiter& rates;
  observe::TokenMetrics& metrics;
};

// A login as every method runs it that opens a session by a password: held to the rate of its
// client, counted, and what was refused is an error: CREDENTIALS_INVALID, one answer for every way
// to fail; EMAIL_NOT_VERIFIED and SESSION_TOKENS_OFF for who has shown the right password. OK:
// tokens, a session token or a challenge are set.
absl::StatusOr<domain::LoginDecision> RunLogin(const LoginUses& uses,
                                               const domain::LoginCommand& command,
                                               const domain::CallInfo& call);

}  // namespace signet::rpc
