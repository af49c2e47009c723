#pragma once

#include "server/domain/gateways/judge_request.h"

namespace signet::domain {

// Is told how each request at a gateway was judged. Thread-safe, does not block.
class GatewayObserver {
 public:
  virtual ~GatewayObserver() = default;
  virtual void Judged(const GatewayDecision& decision) = 0;
};

}  // namespace signet::domain
