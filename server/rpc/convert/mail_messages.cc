#include "server/rpc/convert/mail_messages.h"

#include <utility>

#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxToken = 128;

}  // namespace

absl::Status CheckEmailField(absl::string_view field, absl::string_view value) {
  return CheckText(field, value, kMinEmail, kMaxEmail);
}

absl::StatusOr<base::Secret> TakeEmailToken(std::string& value) {
  base::Secret token(std::move(value));
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii("token", token.reveal(), 1, kMaxToken));
  return token;
}

absl::StatusOr<domain::ConfirmPasswordResetCommand> ToConfirmPasswordResetCommand(
    v1::ConfirmPasswordResetRequest& request) {
  domain::ConfirmPasswordResetCommand command;
  SIGNET_ASSIGN_OR_RETURN(command.new_password,
                          TakePassword("new_password", *request.mutable_new_password()));
  SIGNET_ASSIGN_OR_RETURN(command.token, TakeEmailToken(*request.mutable_token()));
  return command;
}

absl::StatusOr<domain::RequestEmailChangeCommand> ToRequestEmailChangeCommand(
    v1::RequestEmailChangeRequest& request) {
  domain::RequestEmailChangeCommand command;
  SIGNET_ASSIGN_OR_RETURN(command.current_password,
                          TakePassword("current_password", *request.mutable_current_password()));
  SIGNET_RETURN_IF_ERROR(CheckEmailField("new_email", request.new_email()));
  command.new_email = std::move(*request.mutable_new_email());
  return command;
}

}  // namespace signet::rpc
