#include "server/observe/abuse_metrics.h"

namespace signet::observe {

AbuseMetrics::AbuseMetrics()
    : rate_limited("signet_rate_limited_total", "limit",
                   {"login/address",    "login/account",    "login/client",    "login/global",
                    "register/address", "register/account", "register/client", "register/global",
                    "reset/address",    "reset/account",    "reset/client",    "reset/global",
                    "refresh/address",  "refresh/account",  "refresh/client",  "refresh/global",
                    "mfa/address",      "mfa/account",      "mfa/client",      "mfa/global",
                    "api_key/address",  "api_key/account",  "api_key/client",  "api_key/global"}),
      challenges("signet_challenges_total", "result",
                 {"issued", "solved", "refused", "unavailable"}),
      threats("signet_threats_total", "kind", {"stuffing", "spraying", "lockout_storm", "replay"}) {
}

std::vector<prometheus::MetricFamily> AbuseMetrics::Collect() const {
  return {rate_limited.Collect(), challenges.Collect(), threats.Collect()};
}

}  // namespace signet::observe
