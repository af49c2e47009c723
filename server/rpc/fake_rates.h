#pragma once

#include <string>

#include "client/base/quota_error.h"
#include "server/domain/ports/rate_limiter.h"

namespace signet::rpc {

// For tests alone.
// Has no tokens of `scope`.
class EmptyRates final : public domain::RateLimiter {
 public:
  absl::Status Take(domain::LimitedAction, domain::LimitScope asked, absl::string_view whom,
                    absl::Time) override {
    ++taken;
    last = std::string(whom);
    return asked == scope ? base::RateLimited("refresh/x", "refreshes", absl::Seconds(3))
                          : absl::OkStatus();
  }
  absl::Status Peek(domain::LimitedAction, domain::LimitScope, absl::string_view,
                    absl::Time) override {
    return absl::OkStatus();
  }
  void Charge(domain::LimitedAction, domain::LimitScope, absl::string_view, absl::Time) override {}

  domain::LimitScope scope = domain::LimitScope::kAddress;
  int taken = 0;
  std::string last;
};

}  // namespace signet::rpc
