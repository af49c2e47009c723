#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/accounts/login.h"
#include "server/domain/sessions/session_policy.h"
#include "server/domain/sessions/validate_session.h"
#include "signet/v1/session_service.pb.h"

namespace signet::rpc {

// Messages of SessionService about session tokens. Each Check() is the validation table of its
// request.
absl::Status Check(const v1::ValidateSessionRequest& request);
absl::Status Check(const v1::ExtendSessionRequest& request);

void FromLogin(const domain::LoginDecision& decision, v1::CreateSessionResponse& out);

// `idle`: of TokenLifetimes.
void FromJudgement(const domain::SessionJudgement& judgement, absl::Duration idle,
                   v1::ValidateSessionResponse& out);
void FromJudgement(const domain::SessionJudgement& judgement, absl::Duration idle,
                   v1::ExtendSessionResponse& out);

absl::StatusOr<domain::SessionPolicy> ToSessionPolicy(const v1::SetSessionPolicyRequest& request);
void FromSessionPolicy(const domain::SessionPolicy& policy, v1::SessionPolicy& out);

}  // namespace signet::rpc
