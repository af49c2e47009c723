#pragma once

#include "absl/status/status.h"
#include "envoy/service/auth/v3/external_auth.pb.h"
#include "server/domain/gateways/judge_request.h"

namespace signet::rpc {

// Messages of envoy.service.auth.v3.Authorization.

// FIELD_INVALID naming the field: no request, or more bytes than external_auth.proto allows.
absl::Status Check(const envoy::service::auth::v3::CheckRequest& request);

// Of a request that Check()s. Views into it.
domain::GatewayQuestion QuestionOf(const envoy::service::auth::v3::CheckRequest& request);

void FromDecision(const domain::GatewayQuestion& question, const domain::GatewayDecision& decision,
                  envoy::service::auth::v3::CheckResponse& out);

// The answer about a request that cannot be read: it may not pass. `why` is a FIELD_INVALID.
void FromUnreadable(const absl::Status& why, envoy::service::auth::v3::CheckResponse& out);

}  // namespace signet::rpc
