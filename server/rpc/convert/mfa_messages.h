#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "client/base/secret.h"
#include "google/protobuf/repeated_field.h"
#include "server/domain/accounts/login.h"
#include "server/domain/mfa/complete_mfa.h"
#include "server/domain/mfa/factor_settings.h"
#include "server/domain/mfa/step_up.h"
#include "signet/v1/auth_service.pb.h"
#include "signet/v1/mfa.pb.h"

namespace signet::rpc {

// Messages of AuthService about second factors and step-up, as account_messages.h does the others:
// secrets are taken out of the request.

absl::StatusOr<domain::StepUpCommand> ToStepUpCommand(v1::StepUpRequest& request);
absl::StatusOr<domain::CompleteMfaCommand> ToCompleteMfaCommand(v1::CompleteMfaRequest& request);
absl::StatusOr<base::Secret> ToTotpCode(v1::ConfirmTotpRequest& request);

void FromSteppedUp(const domain::SteppedUp& stepped_up, v1::StepUpResponse& out);
void FromChallenge(const domain::OfferedChallenge& challenge, v1::MfaChallenge& out);
void FromFactorStatus(const domain::FactorStatus& status, v1::GetMfaStatusResponse& out);
void FromRecoveryCodes(const std::vector<base::Secret>& codes,
                       google::protobuf::RepeatedPtrField<std::string>& out);

}  // namespace signet::rpc
