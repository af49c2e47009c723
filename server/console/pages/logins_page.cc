#include <string>

#include "server/console/page.h"
#include "server/console/pages/lines.h"
#include "server/console/pages/pages.h"

namespace signet::console {
namespace {

constexpr absl::string_view kLogins = "signet_logins_total";
constexpr absl::string_view kThreats = "signet_threats_total";
constexpr absl::string_view kLimited = "signet_rate_limited_total";

const Meanings& ThreatMeanings() {
  static const auto* meanings =
      new Meanings{{"stuffing", "Many accounts from one address: passwords that leaked elsewhere."},
                   {"spraying", "One password against many accounts."},
                   {"lockout_storm", "Many accounts locked at once."},
                   {"replay", "Refresh tokens presented after their use."}};
  return *meanings;
}

}  // namespace

Markup LoginsPage(const Shown& shown) {
  const History& history = shown.history;
  const double all = history.Total({kLogins});
  const double succeeded = history.Total({kLogins, {"succeeded"}});
  const double threats = history.Total({kThreats});
  return Markup()
      .Add(Tiles({{"Logins in 15 minutes", Spell(all, Unit::kCount)},
                  {"Succeeded", Spell(Share(succeeded, all), Unit::kPercent)},
                  {"Locked out", Spell(history.Total({kLogins, {"locked"}}), Unit::kCount)},
                  {"Refused by a rate", Spell(history.Total({kLimited}), Unit::kCount)},
                  {"Patterns of abuse", Spell(threats, Unit::kCount),
                   threats > 0 ? "see below" : "none found",
                   threats > 0 ? Tile::State::kBad : Tile::State::kGood}}))
      .Add(Charts({RatesByLabel(history, "Logins by result", kLogins),
                   LatencyChart(history, "Latency of Login", {kHandling, {"AuthService", "Login"}}),
                   RatesByLabel(history, "Second factors", "signet_mfa_logins_total"),
                   RatesByLabel(history, "Refused by a rate", kLimited),
                   RatesByLabel(history, "Challenges", "signet_challenges_total"),
                   RatesByLabel(history, "API keys presented", "signet_api_keys_total")}))
      .Add(Draw(CountsByLabel(history, "Patterns of abuse", "pattern", kThreats, ThreatMeanings())))
      .Add(Draw(CountsByLabel(history, "Logins", "result", kLogins)))
      .Add(Draw(CountsByLabel(history, "Rates that refused", "limit", kLimited)));
}

}  // namespace signet::console
