#pragma once

#include "server/domain/access/check_api_key.h"
#include "server/domain/sessions/refresh.h"

namespace signet::domain {

// Is told how each refresh token and each API key that was presented fared, at whichever door.
// Thread-safe, does not block.
class CredentialObserver {
 public:
  virtual ~CredentialObserver() = default;
  virtual void RefreshDecided(RefreshOutcome outcome) = 0;
  virtual void ApiKeyJudged(ApiKeyOutcome outcome) = 0;
};

}  // namespace signet::domain
