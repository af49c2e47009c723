#include "server/rpc/services/mfa_methods.h"

#include "client/base/status_macros.h"
#include "server/rpc/convert/mfa_messages.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

absl::Status StepUp(const MfaUses& uses, const Call& call, v1::StepUpRequest& request,
                    v1::StepUpResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToStepUpCommand(request));
  SIGNET_ASSIGN_OR_RETURN(const auto stepped_up,
                          uses.step_up.Run(*call.caller, command, call.info));
  FromSteppedUp(stepped_up, response);
  return absl::OkStatus();
}

}  // namespace

void RegisterMfaMethods(const MfaUses& uses, MethodRegistry& registry) {
  registry.Add(
      "signet.v1.AuthService/StepUp",
      TypedHandler<v1::StepUpRequest, v1::StepUpResponse>(
          [uses](const Call& call, v1::StepUpRequest& request, v1::StepUpResponse& response) {
            return StepUp(uses, call, request, response);
          }));
}

}  // namespace signet::rpc
