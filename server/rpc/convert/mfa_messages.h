#pragma once

#include "absl/status/statusor.h"
#include "server/domain/mfa/step_up.h"
#include "signet/v1/mfa.pb.h"

namespace signet::rpc {

// Messages of AuthService about second factors and step-up, as account_messages.h does the others:
// secrets are taken out of the request.

absl::StatusOr<domain::StepUpCommand> ToStepUpCommand(v1::StepUpRequest& request);

void FromSteppedUp(const domain::SteppedUp& stepped_up, v1::StepUpResponse& out);

}  // namespace signet::rpc
