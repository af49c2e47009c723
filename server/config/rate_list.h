#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::config {

// The limits of one action: "address 60/1m, account 30/1m, client 6000/1m, global 12000/1m"; a
// scope that is missing has none, "off" has none at all.
struct RateList {
  struct Rate {
    int64_t tokens = 0;  // 0: no limit
    absl::Duration period;
  };
  static constexpr std::array<absl::string_view, 4> kScopes = {"address", "account", "client",
                                                               "global"};
  std::array<Rate, 4> rates;  // in the order of kScopes
};

// Nothing for any other form, a scope named twice, a number outside 1 to 1,000,000, a period
// outside 1 second to 1 day.
std::optional<RateList> ReadRateList(absl::string_view text);

}  // namespace signet::config
