#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/mail/change_email.h"
#include "server/domain/mail/reset_password.h"
#include "signet/v1/mail.pb.h"

namespace signet::rpc {

// Messages of AuthService about mail. Each To…() is the validation table of its request; secrets
// are taken out of it.

// The `email` of a request that has nothing else.
absl::Status CheckEmailField(absl::string_view field, absl::string_view value);

// The `token` of a request.
absl::StatusOr<base::Secret> TakeEmailToken(std::string& value);

absl::StatusOr<domain::ConfirmPasswordResetCommand> ToConfirmPasswordResetCommand(
    v1::ConfirmPasswordResetRequest& request);

absl::StatusOr<domain::RequestEmailChangeCommand> ToRequestEmailChangeCommand(
    v1::RequestEmailChangeRequest& request);

}  // namespace signet::rpc
