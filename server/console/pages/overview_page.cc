#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/console/page.h"
#include "server/console/pages/lines.h"
#include "server/console/pages/pages.h"

namespace signet::console {
namespace {

constexpr double kOldKnowledge = 10;  // seconds; as the alert on it begins to look

struct Rpc {
  std::string service;
  std::string method;
  double calls = 0;
};

// Those that were called, the busiest first.
std::vector<Rpc> Called(const History& history) {
  std::vector<Rpc> called;
  for (const std::string& service : history.LabelsOf(kHandled, 0)) {
    for (const std::string& method : history.LabelsOf(kHandled, 1)) {
      const double calls = history.Total({kHandled, {service, method}});
      if (calls > 0) called.push_back({service, method, calls});
    }
  }
  std::stable_sort(called.begin(), called.end(),
                   [](const Rpc& a, const Rpc& b) { return a.calls > b.calls; });
  return called;
}

std::vector<Tile> State(const Shown& shown) {
  const History& history = shown.history;
  const auto rate = history.Rate({kHandled});
  const double all = history.Total({kHandled});
  const double failed = history.Total({kHandled, {"", "", "failed"}});
  const auto age = history.Latest({"signet_revocation_as_of_age_seconds"});
  const std::string problem = shown.facts.problem();
  const bool answers = shown.facts.database_answers();
  using State = Tile::State;
  return {
      {"This replica", problem.empty() ? "Serving" : problem,
       absl::StrCat("for ", SpellAge(shown.now - shown.facts.started)),
       problem.empty() ? State::kGood : State::kBad},
      {"Database", answers ? "Answers" : "Does not answer",
       answers ? "" : "tokens are validated all the same", answers ? State::kGood : State::kBad},
      {"Calls per second", Spell(rate.empty() ? std::nullopt : rate.back(), Unit::kPerSecond),
       absl::StrCat(Spell(all, Unit::kCount), " in 15 minutes")},
      {"Failed", Spell(Share(failed, all), Unit::kPercent),
       absl::StrCat(Spell(failed, Unit::kCount), " calls; refusals are not failures"),
       failed > 0 ? State::kBad : State::kPlain},
      {"99 of 100 answers within", Spell(history.QuantileOfAll({kHandling}, 0.99), Unit::kSeconds),
       "all unary RPCs"},
      {"Revocations known as of", Spell(age, Unit::kSeconds), "ago",
       age.value_or(0) > kOldKnowledge ? State::kBad : State::kPlain},
  };
}

Table RpcTable(const History& history) {
  Table table{.caption = "By RPC",
              .head = {"RPC", "calls", "calls over time", "refused", "failed", "p50", "p99",
                       "p99 over time"},
              .rows = {},
              .empty = "No RPC was called in the last 15 minutes."};
  for (const Rpc& rpc : Called(history)) {
    const std::string name = absl::StrCat(rpc.service, "/", rpc.method);
    const Which latency{kHandling, {rpc.service, rpc.method}};
    const auto count = [&](absl::string_view meaning) {
      return Words(
          Spell(history.Total({kHandled, {rpc.service, rpc.method, meaning}}), Unit::kCount));
    };
    table.rows.push_back(
        {Link(absl::StrCat("/console/rpc/", name), name), Words(Spell(rpc.calls, Unit::kCount)),
         DrawSpark(absl::StrCat("Calls of ", name, " over time"),
                   history.Rate({kHandled, {rpc.service, rpc.method}})),
         count("refused"), count("failed"),
         Words(Spell(history.QuantileOfAll(latency, 0.5), Unit::kSeconds)),
         Words(Spell(history.QuantileOfAll(latency, 0.99), Unit::kSeconds)),
         DrawSpark(absl::StrCat("p99 of ", name, " over time"), history.Quantile(latency, 0.99))});
  }
  return table;
}

}  // namespace

Markup OverviewPage(const Shown& shown) {
  const History& history = shown.history;
  return Markup()
      .Add(Tiles(State(shown)))
      .Add(Charts({CallsChart(history, "", ""), ErrorsChart(history, "", ""),
                   LatencyChart(history, "Latency of unary RPCs", {kHandling})}))
      .Add(Draw(RpcTable(history)));
}

Markup RpcPage(const Shown& shown, absl::string_view service, absl::string_view method) {
  const History& history = shown.history;
  const Which latency{kHandling, {service, method}};
  const double all = history.Total({kHandled, {service, method}});
  const double failed = history.Total({kHandled, {service, method, "failed"}});
  const double refused = history.Total({kHandled, {service, method, "refused"}});
  return Markup()
      .Add(Tiles({{"Calls in 15 minutes", Spell(all, Unit::kCount)},
                  {"Refused", Spell(Share(refused, all), Unit::kPercent)},
                  {"Failed", Spell(Share(failed, all), Unit::kPercent), "",
                   failed > 0 ? Tile::State::kBad : Tile::State::kPlain},
                  {"p50", Spell(history.QuantileOfAll(latency, 0.5), Unit::kSeconds)},
                  {"p99", Spell(history.QuantileOfAll(latency, 0.99), Unit::kSeconds)}}))
      .Add(Charts({CallsChart(history, service, method), ErrorsChart(history, service, method),
                   LatencyChart(history, "Latency", latency)}));
}

}  // namespace signet::console
