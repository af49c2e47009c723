#pragma once

#include <memory>

#include "server/domain/sessions/validate_session.h"
#include "server/domain/tokens/validate_token.h"
#include "server/observe/token_metrics.h"
#include "server/rpc/services/session_questions.h"
#include "server/rpc/stream.h"

namespace signet::rpc {

// One stream of ValidateStream: each message is judged as it arrives, at most a few answers ahead
// of what the caller takes. A session token that is not at hand is asked about meanwhile, and those
// behind it wait: answers keep their order. All outlive it.
struct ValidateStreamUses {
  const domain::ValidateToken& validate;
  domain::ValidateSession& sessions;
  SessionQuestions& questions;
  observe::TokenMetrics& metrics;
};
std::unique_ptr<StreamHandler> OpenValidateStream(const ValidateStreamUses& uses);

}  // namespace signet::rpc
