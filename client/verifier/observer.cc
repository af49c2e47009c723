#include "client/verifier/observer.h"

#include <array>

namespace signet::verifier {

absl::string_view DecisionName(Decision decision) {
  static constexpr std::array<absl::string_view, kDecisionCount> kNames = {
      "accepted",           "accepted_stale",    "accepted_by_server", "rejected",
      "rejected_by_server", "unavailable_stale", "unavailable_keys",   "not_ready",
  };
  return kNames[static_cast<size_t>(decision)];
}

absl::string_view FeedEndName(FeedEnd end) {
  static constexpr std::array<absl::string_view, kFeedEndCount> kNames = {
      "unreachable", "closed", "silent", "lagging", "malformed", "stopped",
  };
  return kNames[static_cast<size_t>(end)];
}

}  // namespace signet::verifier
