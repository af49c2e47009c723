#include "server/observe/session_metrics.h"

#include "absl/strings/string_view.h"
#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"

namespace signet::observe {

std::vector<prometheus::MetricFamily> SessionMetrics::Collect() const {
  const State state = state_();
  auto uses = NewFamily("signet_session_uses_written_total");
  AddSample(uses, {}, static_cast<double>(uses_written.load(std::memory_order_relaxed)));
  auto held = NewFamily("signet_sessions_held");
  AddSample(held, {}, static_cast<double>(state.held));
  auto share = NewFamily("signet_session_policy_share");
  const int others = 100 - state.share_percent;  // for whom it is on
  for (const absl::string_view mode : {"on", "read_only", "off"}) {
    const int in_mode =
        (mode == state.mode ? state.share_percent : 0) + (mode == "on" ? others : 0);
    AddSample(share, {{"mode", std::string(mode)}}, static_cast<double>(in_mode));
  }
  return {std::move(uses), std::move(held), std::move(share)};
}

}  // namespace signet::observe
