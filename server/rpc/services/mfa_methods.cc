#include "server/rpc/services/mfa_methods.h"

#include <utility>

#include "client/base/status_macros.h"
#include "server/rpc/convert/account_messages.h"
#include "server/rpc/convert/mfa_messages.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

observe::MfaResult LabelOf(domain::MfaOutcome outcome) {
  switch (outcome) {
    case domain::MfaOutcome::kSucceeded:
      return observe::MfaResult::kSucceeded;
    case domain::MfaOutcome::kRecovered:
      return observe::MfaResult::kRecovered;
    case domain::MfaOutcome::kChallengeInvalid:
      return observe::MfaResult::kChallengeInvalid;
    case domain::MfaOutcome::kWrongCode:
      return observe::MfaResult::kWrongCode;
    case domain::MfaOutcome::kReplayedCode:
      return observe::MfaResult::kReplayedCode;
    case domain::MfaOutcome::kRefused:
      return observe::MfaResult::kRefused;
    case domain::MfaOutcome::kRaced:
      return observe::MfaResult::kRaced;
  }
  return observe::MfaResult::kChallengeInvalid;
}

absl::Status CompleteMfa(const MfaUses& uses, const Call& call, v1::CompleteMfaRequest& request,
                         v1::CompleteMfaResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToCompleteMfaCommand(request));
  SIGNET_ASSIGN_OR_RETURN(const auto decision, uses.complete.Run(command, call.info));
  uses.metrics.mfa.Add(LabelOf(decision.outcome));
  if (decision.session) {
    FromOfferedSession(*decision.session, *response.mutable_session());
  } else if (decision.tokens) {
    FromTokenPair(*decision.tokens, *response.mutable_tokens());
  } else {
    return decision.refusal;
  }
  response.set_session_id(decision.session_id.ToString());
  response.set_user_id(decision.user_id.ToString());
  response.set_device_token(std::string(decision.device_token.reveal()));
  return absl::OkStatus();
}

absl::Status RunStepUp(const MfaUses& uses, const Call& call, v1::StepUpRequest& request,
                       v1::StepUpResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToStepUpCommand(request));
  SIGNET_ASSIGN_OR_RETURN(const auto stepped_up,
                          uses.step_up.Run(*call.caller, command, call.info));
  FromSteppedUp(stepped_up, response);
  return absl::OkStatus();
}

absl::Status EnrollTotp(const MfaUses& uses, const Call& call, v1::EnrollTotpResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto enrolled, uses.enroll.Run(*call.caller, call.info));
  response.set_provisioning_uri(std::string(enrolled.provisioning_uri.reveal()));
  response.set_secret(std::string(enrolled.secret_base32.reveal()));
  return absl::OkStatus();
}

absl::Status ConfirmTotp(const MfaUses& uses, const Call& call, v1::ConfirmTotpRequest& request,
                         v1::ConfirmTotpResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const base::Secret code, ToTotpCode(request));
  SIGNET_ASSIGN_OR_RETURN(const auto codes, uses.confirm.Run(*call.caller, code, call.info));
  FromRecoveryCodes(codes, *response.mutable_recovery_codes());
  return absl::OkStatus();
}

absl::Status Regenerate(const MfaUses& uses, const Call& call,
                        v1::RegenerateRecoveryCodesResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto codes,
                          uses.settings.RegenerateRecoveryCodes(*call.caller, call.info));
  FromRecoveryCodes(codes, *response.mutable_recovery_codes());
  return absl::OkStatus();
}

absl::Status GetStatus(const MfaUses& uses, const Call& call, v1::GetMfaStatusResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto status, uses.settings.Status(*call.caller, call.info));
  FromFactorStatus(status, response);
  return absl::OkStatus();
}

// One method under its name in AuthService.
template <typename Request, typename Response, typename Function>
void Add(MethodRegistry& registry, absl::string_view name, Function function) {
  registry.Add(name, TypedHandler<Request, Response>(std::move(function)));
}

}  // namespace

void RegisterMfaMethods(const MfaUses& uses, MethodRegistry& registry) {
  Add<v1::StepUpRequest, v1::StepUpResponse>(
      registry, "signet.v1.AuthService/StepUp",
      [uses](const Call& call, v1::StepUpRequest& request, v1::StepUpResponse& response) {
        return RunStepUp(uses, call, request, response);
      });
  Add<v1::CompleteMfaRequest, v1::CompleteMfaResponse>(
      registry, "signet.v1.AuthService/CompleteMfa",
      [uses](const Call& call, v1::CompleteMfaRequest& request, v1::CompleteMfaResponse& response) {
        return CompleteMfa(uses, call, request, response);
      });
  Add<v1::EnrollTotpRequest, v1::EnrollTotpResponse>(
      registry, "signet.v1.AuthService/EnrollTotp",
      [uses](const Call& call, v1::EnrollTotpRequest&, v1::EnrollTotpResponse& response) {
        return EnrollTotp(uses, call, response);
      });
  Add<v1::ConfirmTotpRequest, v1::ConfirmTotpResponse>(
      registry, "signet.v1.AuthService/ConfirmTotp",
      [uses](const Call& call, v1::ConfirmTotpRequest& request, v1::ConfirmTotpResponse& response) {
        return ConfirmTotp(uses, call, request, response);
      });
  Add<v1::DisableTotpRequest, v1::DisableTotpResponse>(
      registry, "signet.v1.AuthService/DisableTotp",
      [uses](const Call& call, v1::DisableTotpRequest&, v1::DisableTotpResponse&) {
        return uses.settings.DisableTotp(*call.caller, call.info);
      });
  Add<v1::RegenerateRecoveryCodesRequest, v1::RegenerateRecoveryCodesResponse>(
      registry, "signet.v1.AuthService/RegenerateRecoveryCodes",
      [uses](const Call& call, v1::RegenerateRecoveryCodesRequest&,
             v1::RegenerateRecoveryCodesResponse& response) {
        return Regenerate(uses, call, response);
      });
  Add<v1::GetMfaStatusRequest, v1::GetMfaStatusResponse>(
      registry, "signet.v1.AuthService/GetMfaStatus",
      [uses](const Call& call, v1::GetMfaStatusRequest&, v1::GetMfaStatusResponse& response) {
        return GetStatus(uses, call, response);
      });
}

}  // namespace signet::rpc
