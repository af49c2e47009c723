// Pages about tokens: validation and refresh.

#include <string>

#include "absl/strings/str_cat.h"
#include "server/console/page.h"
#include "server/console/pages/lines.h"
#include "server/console/pages/pages.h"

namespace signet::console {
namespace {

constexpr absl::string_view kValidations = "signet_validations_total";
constexpr absl::string_view kLookups = "signet_verified_token_cache_lookups_total";
constexpr absl::string_view kRefreshes = "signet_refreshes_total";

// Why tokens were refused.
Table Reasons(const History& history) {
  Table table{.caption = "Refused, by reason",
              .head = {"reason", "in 15 min", "over time"},
              .rows = {},
              .empty = "No token was refused in the last 15 minutes."};
  for (const std::string& reason : history.LabelsOf(kValidations, 1)) {
    const Which which{kValidations, {"", reason}};
    const double total = history.Total(which);
    if (reason == "none" || total == 0) continue;
    table.rows.push_back(
        {Words(Readable(reason)), Words(Spell(total, Unit::kCount)),
         DrawSpark(absl::StrCat(Readable(reason), " over time"), history.Rate(which))});
  }
  return table;
}

Chart ResultsChart(const History& history) {
  Chart chart{"Access tokens judged", Unit::kPerSecond, {}};
  for (const std::string& result : history.LabelsOf(kValidations, 0)) {
    chart.lines.push_back({Readable(result), history.Rate({kValidations, {result}})});
  }
  return chart;
}

}  // namespace

Markup ValidationPage(const Shown& shown) {
  const History& history = shown.history;
  const double hits = history.Total({kLookups, {"hit"}});
  const double all = history.Total({kLookups});
  return Markup()
      .Add(Tiles({{"Judged in 15 minutes", Spell(history.Total({kValidations}), Unit::kCount)},
                  {"From the cache", Spell(Share(hits, all), Unit::kPercent), "of all look-ups"},
                  {"Tokens in the cache",
                   Spell(history.Latest({"signet_verified_token_cache_entries"}), Unit::kCount),
                   Spell(history.Latest({"signet_verified_token_cache_bytes"}), Unit::kBytes)},
                  {"p99 of Validate",
                   Spell(history.QuantileOfAll({kHandling, {"TokenService", "Validate"}}, 0.99),
                         Unit::kSeconds)}}))
      .Add(Charts(
          {ResultsChart(history),
           {"Where decisions came from",
            Unit::kPerSecond,
            {{"cache", history.Rate({kValidations, {"", "", "cache"}})},
             {"signature", history.Rate({kValidations, {"", "", "signature"}})}}},
           LatencyChart(history, "Latency of Validate", {kHandling, {"TokenService", "Validate"}}),
           RatesByLabel(history, "Session tokens judged", "signet_session_validations_total"),
           RatesByLabel(history, "Answers to gateways", "signet_authz_decisions_total"),
           {"Open streams",
            Unit::kCount,
            {{"ValidateStream", history.Level({"signet_grpc_streams_open", {"ValidateStream"}})},
             {"WatchRevocations",
              history.Level({"signet_grpc_streams_open", {"WatchRevocations"}})},
             {"all", history.Level({"signet_grpc_streams_open"})}}}}))
      .Add(Draw(Reasons(history)))
      .Add(Draw(CountsByLabel(history, "Accepted credentials, by kind", "kind",
                              "signet_accepted_credentials_total")));
}

Markup RefreshPage(const Shown& shown) {
  const History& history = shown.history;
  const Which latency{kHandling, {"TokenService", "Refresh"}};
  const double stolen = history.Total({kRefreshes, {"reused"}});
  const Meanings meanings = {
      {"rotated", "The live leaf of its lineage: the next pair was given."},
      {"replayed", "Asked again within the replay window: the same successor was given again."},
      {"reused", "Used up long ago, presented again: theft. The lineage was ended."},
      {"expired", "Too old, or not used for too long."},
      {"revoked", "Its session has ended."},
      {"unknown", "No lineage ever held it, or it is too long ago."},
      {"malformed", "No refresh token at all: no query was made."}};
  return Markup()
      .Add(Tiles(
          {{"Presented in 15 minutes", Spell(history.Total({kRefreshes}), Unit::kCount)},
           {"Rotated", Spell(history.Total({kRefreshes, {"rotated"}}), Unit::kCount)},
           {"Answers repeated", Spell(history.Total({kRefreshes, {"replayed"}}), Unit::kCount),
            "the same successor again"},
           {"Thefts", Spell(stolen, Unit::kCount), "lineages ended for reuse",
            stolen > 0 ? Tile::State::kBad : Tile::State::kPlain},
           {"p99 of Refresh", Spell(history.QuantileOfAll(latency, 0.99), Unit::kSeconds)}}))
      .Add(Charts({{"Rotations",
                    Unit::kPerSecond,
                    {{"rotated", history.Rate({kRefreshes, {"rotated"}})},
                     {"replayed", history.Rate({kRefreshes, {"replayed"}})}}},
                   {"Refused",
                    Unit::kPerSecond,
                    {{"reused", history.Rate({kRefreshes, {"reused"}})},
                     {"expired", history.Rate({kRefreshes, {"expired"}})},
                     {"revoked", history.Rate({kRefreshes, {"revoked"}})},
                     {"unknown", history.Rate({kRefreshes, {"unknown"}})}}},
                   LatencyChart(history, "Latency of Refresh", latency)}))
      .Add(Draw(CountsByLabel(history, "What became of refresh tokens", "outcome", kRefreshes,
                              meanings)));
}

}  // namespace signet::console
