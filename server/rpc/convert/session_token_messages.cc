#include "server/rpc/convert/session_token_messages.h"

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/account_messages.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/mfa_messages.h"
#include "server/rpc/convert/token_messages.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxSessionToken = 256;

void FromState(const domain::SessionJudgement& judgement, absl::Duration idle,
               v1::SessionState& out) {
  const domain::HeldSession& session = *judgement.session;
  out.set_session_id(session.session_id.ToString());
  out.set_user_id(session.user_id.ToString());
  out.set_client_id(session.client_id);
  SetTimestamp(session.created_at, *out.mutable_create_time());
  SetTimestamp(session.last_used_at.Get(), *out.mutable_last_use_time());
  SetTimestamp(judgement.IdleAt(idle), *out.mutable_idle_expire_time());
  SetTimestamp(session.expires_at, *out.mutable_expire_time());
}

template <typename Response>
void FromDecision(const domain::SessionJudgement& judgement, absl::Duration idle, Response& out) {
  out.set_active(judgement.decision.active());
  if (out.active()) {
    FromState(judgement, idle, *out.mutable_session());
  } else {
    out.set_reason(PublicReason(judgement.decision));
  }
}

v1::SessionMode ToProto(domain::SessionMode mode) {
  switch (mode) {
    case domain::SessionMode::kOn:
      return v1::SESSION_MODE_ON;
    case domain::SessionMode::kReadOnly:
      return v1::SESSION_MODE_READ_ONLY;
    case domain::SessionMode::kOff:
      return v1::SESSION_MODE_OFF;
  }
  return v1::SESSION_MODE_UNSPECIFIED;
}

}  // namespace

absl::Status Check(const v1::ValidateSessionRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckText("session_token", request.session_token(), 1, kMaxSessionToken));
  return CheckVisibleAscii("audience", request.audience(), 1, kMaxAudience);
}

absl::Status Check(const v1::ExtendSessionRequest& request) {
  return CheckText("session_token", request.session_token(), 1, kMaxSessionToken);
}

void FromLogin(const domain::LoginDecision& decision, v1::CreateSessionResponse& out) {
  if (decision.challenge) {
    FromChallenge(*decision.challenge, *out.mutable_mfa_challenge());
    return;
  }
  if (decision.session) {
    FromOfferedSession(*decision.session, *out.mutable_session());
  } else {
    FromTokenPair(*decision.tokens, *out.mutable_tokens());
  }
  out.set_session_id(decision.session_id.ToString());
  out.set_user_id(decision.user_id.ToString());
  out.set_device_token(std::string(decision.device_token.reveal()));
}

void FromJudgement(const domain::SessionJudgement& judgement, absl::Duration idle,
                   v1::ValidateSessionResponse& out) {
  FromDecision(judgement, idle, out);
  if (!out.active()) return;
  FromClaims(judgement.decision.verdict.token().claims().ToClaims(), *out.mutable_claims());
}

void FromJudgement(const domain::SessionJudgement& judgement, absl::Duration idle,
                   v1::ExtendSessionResponse& out) {
  FromDecision(judgement, idle, out);
}

absl::StatusOr<domain::SessionPolicy> ToSessionPolicy(const v1::SetSessionPolicyRequest& request) {
  domain::SessionPolicy policy;
  switch (request.policy().mode()) {
    case v1::SESSION_MODE_ON:
      policy.mode = domain::SessionMode::kOn;
      break;
    case v1::SESSION_MODE_READ_ONLY:
      policy.mode = domain::SessionMode::kReadOnly;
      break;
    case v1::SESSION_MODE_OFF:
      policy.mode = domain::SessionMode::kOff;
      break;
    default:
      return base::FieldError("policy.mode", "is required: ON, READ_ONLY or OFF");
  }
  policy.share_percent = request.policy().share_percent();
  if (policy.share_percent < 0 || policy.share_percent > 100) {
    return base::FieldError("policy.share_percent", "is not in 0 to 100");
  }
  return policy;
}

void FromSessionPolicy(const domain::SessionPolicy& policy, v1::SessionPolicy& out) {
  out.set_mode(ToProto(policy.mode));
  out.set_share_percent(policy.share_percent);
  out.set_version(policy.version);
  SetTimestamp(policy.changed_at, *out.mutable_change_time());
  if (policy.changed_by) out.set_changed_by(policy.changed_by->ToString());
}

}  // namespace signet::rpc
