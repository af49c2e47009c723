#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ip_address.h"
#include "client/base/status_macros.h"
#include "server/domain/ports/rate_limiter.h"

namespace signet::domain {

// Holds a call to the rates that count whoever sends it, on whichever port it came: by
// `address`, as the trusted proxies tell it, and in all. The address first: whom that refuses takes
// nothing from the rest. Callers without an address (a Unix socket, no proxy named) count as one.
// OK, or RATE_LIMITED. kNone is held to nothing.
inline absl::Status TakeOfCaller(RateLimiter& rates, LimitedAction action,
                                 absl::string_view address, absl::Time now) {
  if (action == LimitedAction::kNone) return absl::OkStatus();
  const auto parsed = base::IpAddress::Parse(address);
  SIGNET_RETURN_IF_ERROR(
      rates.Take(action, LimitScope::kAddress, parsed ? parsed->Subscriber() : "", now));
  return rates.Take(action, LimitScope::kGlobal, "", now);
}

}  // namespace signet::domain
