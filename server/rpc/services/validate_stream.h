#pragma once

#include <memory>

#include "server/domain/tokens/validate_token.h"
#include "server/observe/token_metrics.h"
#include "server/rpc/stream.h"

namespace signet::rpc {

// One stream of ValidateStream: each message is judged as it arrives, at most a few answers ahead
// of what the caller takes. Both outlive it.
std::unique_ptr<StreamHandler> OpenValidateStream(const domain::ValidateToken& validate,
                                                  observe::TokenMetrics& metrics);

}  // namespace signet::rpc
