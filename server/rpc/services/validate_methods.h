#pragma once

#include "server/rpc/service.h"
#include "server/rpc/services/validate_stream.h"

namespace signet::rpc {

// TokenService.Validate and ValidateBatch. What they are asked about access tokens, and session
// tokens that are at hand, they answer where they are called, which must not wait; a call with
// another session token is carried by the batch lane, which asks the database once for all that
// wait.
void RegisterValidateMethods(const ValidateStreamUses& uses, MethodRegistry& registry);

}  // namespace signet::rpc
