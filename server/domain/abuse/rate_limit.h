#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::domain {

// What is limited; a column of the method table.
enum class LimitedAction { kNone, kLogin, kRegister, kReset, kRefresh, kMfa, kApiKey };
inline constexpr size_t kLimitedActionCount = 7;

// Whom a limit counts.
enum class LimitScope {
  kAddress,  // an IPv4 address or an IPv6 /64, as the trusted proxies tell it
  kAccount,  // a user, a name that somebody typed, or an API key
  kClient,   // a client_id
  kGlobal,   // everybody
};
inline constexpr size_t kLimitScopeCount = 4;

// So many at once, and as many again per period, evenly: a token bucket.
struct Rate {
  int64_t tokens = 0;  // 0: no limit
  absl::Duration period = absl::Minutes(1);

  bool limits() const { return tokens > 0; }
};

// Every limit there is.
class RateTable {
 public:
  Rate& at(LimitedAction action, LimitScope scope) {
    return rates_[static_cast<size_t>(action)][static_cast<size_t>(scope)];
  }
  const Rate& at(LimitedAction action, LimitScope scope) const {
    return rates_[static_cast<size_t>(action)][static_cast<size_t>(scope)];
  }

 private:
  std::array<std::array<Rate, kLimitScopeCount>, kLimitedActionCount> rates_;
};

// "login", "address": as in the configuration, in metrics and in QuotaFailure.
constexpr absl::string_view NameOf(LimitedAction action) {
  constexpr absl::string_view kNames[] = {"none",    "login", "register", "reset",
                                          "refresh", "mfa",   "api_key"};
  return kNames[static_cast<size_t>(action)];
}
constexpr absl::string_view NameOf(LimitScope scope) {
  constexpr absl::string_view kNames[] = {"address", "account", "client", "global"};
  return kNames[static_cast<size_t>(scope)];
}

}  // namespace signet::domain
