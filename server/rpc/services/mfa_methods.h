#pragma once

#include "server/domain/mfa/complete_mfa.h"
#include "server/domain/mfa/confirm_totp.h"
#include "server/domain/mfa/enroll_totp.h"
#include "server/domain/mfa/factor_settings.h"
#include "server/domain/mfa/step_up.h"
#include "server/observe/token_metrics.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// The methods of signet.v1.AuthService about second factors and step-up.
struct MfaUses {  // all outlive the service
  domain::StepUp& step_up;
  domain::CompleteMfa& complete;
  domain::EnrollTotp& enroll;
  domain::ConfirmTotp& confirm;
  domain::FactorSettings& settings;
  observe::TokenMetrics& metrics;
};

void RegisterMfaMethods(const MfaUses& uses, MethodRegistry& registry);

}  // namespace signet::rpc
