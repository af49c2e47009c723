#pragma once

#include <map>

#include "server/domain/ports/gateway_observer.h"

namespace signet::domain {

// Counts by result. Used by one thread.
class FakeGatewayObserver final : public GatewayObserver {
 public:
  void Judged(const GatewayDecision& decision) override { ++counts_[decision.result]; }
  size_t Count(GatewayResult result) const {
    const auto found = counts_.find(result);
    return found == counts_.end() ? 0 : found->second;
  }

 private:
  std::map<GatewayResult, size_t> counts_;
};

}  // namespace signet::domain
