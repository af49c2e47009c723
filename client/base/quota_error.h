#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::base {

// Which limit refused a call: what google.rpc.QuotaFailure says.
struct QuotaViolation {
  std::string subject;      // of the limit, never whom it counted: "login/address"
  std::string description;  // for people
};

// RESOURCE_EXHAUSTED, reason RATE_LIMITED: too many for now. Says nothing about an account: what is
// limited is counted alike whether or not it exists.
absl::Status RateLimited(absl::string_view subject, absl::string_view description,
                         absl::Duration retry_after);

// What RateLimited put in; nothing for any other status.
std::optional<QuotaViolation> QuotaViolationOf(const absl::Status& status);

}  // namespace signet::base
