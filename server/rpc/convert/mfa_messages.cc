#include "server/rpc/convert/mfa_messages.h"

#include <string>
#include <utility>

#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxPassword = 1024;

}  // namespace

absl::StatusOr<domain::StepUpCommand> ToStepUpCommand(v1::StepUpRequest& request) {
  domain::StepUpCommand command;
  command.password = base::Secret(std::move(*request.mutable_password()));
  SIGNET_RETURN_IF_ERROR(CheckText("password", command.password.reveal(), 1, kMaxPassword));
  return command;
}

void FromSteppedUp(const domain::SteppedUp& stepped_up, v1::StepUpResponse& out) {
  out.set_access_token(std::string(stepped_up.access_token.reveal()));
  SetDuration(absl::Trunc(stepped_up.expires_in, absl::Seconds(1)), *out.mutable_expires_in());
  out.set_token_type("Bearer");
  out.set_acr(stepped_up.acr);
}

}  // namespace signet::rpc
