#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/accounts/change_password.h"
#include "server/domain/accounts/login.h"
#include "server/domain/accounts/register_account.h"
#include "server/domain/ports/challenge_provider.h"
#include "server/domain/tokens/token_pair.h"
#include "signet/v1/auth_service.pb.h"
#include "signet/v1/session_service.pb.h"

namespace signet::rpc {

// Messages of AuthService. Each To…() is the validation table of its request: every limit that the
// proto file states, or FIELD_INVALID naming the field. Passwords are taken out of the request,
// which holds them no longer. Lengths are of the bytes as sent; the domain judges what they become.

absl::StatusOr<domain::RegisterCommand> ToRegisterCommand(v1::RegisterRequest& request);

// `default_audience` where the request names none.
absl::StatusOr<domain::LoginCommand> ToLoginCommand(v1::LoginRequest& request,
                                                    const std::string& default_audience);

// The same of SessionService.CreateSession.
absl::StatusOr<domain::LoginCommand> ToLoginCommand(v1::CreateSessionRequest& request,
                                                    const std::string& default_audience);

absl::StatusOr<domain::ChangePasswordCommand> ToChangePasswordCommand(
    v1::ChangePasswordRequest& request);

void FromChallenge(const domain::Challenge& challenge, absl::Time now,
                   v1::GetChallengeResponse& out);

void FromTokenPair(const domain::TokenPair& tokens, v1::TokenPair& out);
void FromOfferedSession(const domain::OfferedSession& session, v1::SessionToken& out);

}  // namespace signet::rpc
