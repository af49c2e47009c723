#pragma once

#include <atomic>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/error.h"
#include "server/rpc/authenticator.h"

namespace signet::rpc {

// For tests: refuses every token, and counts how often it was asked.
class NobodyIsKnown final : public Authenticator {
 public:
  absl::StatusOr<domain::Caller> Authenticate(absl::string_view, absl::Time) const override {
    ++asked;
    return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "no");
  }

  mutable std::atomic<int> asked{0};
};

}  // namespace signet::rpc
