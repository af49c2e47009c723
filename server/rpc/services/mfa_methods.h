#pragma once

#include "server/domain/mfa/step_up.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// The methods of signet.v1.AuthService about second factors and step-up.
struct MfaUses {  // all outlive the service
  domain::StepUp& step_up;
};

void RegisterMfaMethods(const MfaUses& uses, MethodRegistry& registry);

}  // namespace signet::rpc
