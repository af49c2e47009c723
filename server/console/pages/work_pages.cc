// Pages about what work waits for: the database, and the machine.

#include <algorithm>
#include <string>

#include "server/console/page.h"
#include "server/console/pages/lines.h"
#include "server/console/pages/pages.h"

namespace signet::console {
namespace {

constexpr absl::string_view kConnections = "signet_database_pool_connections";
constexpr absl::string_view kPoolLimit = "signet_database_pool_limit";
constexpr absl::string_view kPoolWait = "signet_database_pool_wait_seconds";
constexpr absl::string_view kStatements = "signet_database_statements_total";
constexpr absl::string_view kErrors = "signet_database_errors_total";
constexpr absl::string_view kHashingShed = "signet_hashing_shed_total";
constexpr absl::string_view kLaneDepth = "signet_lane_queue_depth";
constexpr absl::string_view kLaneRefused = "signet_lane_refused_total";

Chart LanesChart(const History& history) {
  Chart chart{"Calls that wait, by lane", Unit::kCount, {}};
  for (const absl::string_view lane : {"database", "batch", "hashing", "compute"}) {
    chart.lines.push_back({std::string(lane), history.Level({kLaneDepth, {lane}})});
  }
  return chart;
}

}  // namespace

Markup DatabasePage(const Shown& shown) {
  const History& history = shown.history;
  const bool answers = shown.facts.database_answers();
  const double errors = history.Total({kErrors});
  const auto rate = history.Rate({kStatements});
  return Markup()
      .Add(Tiles(
          {{"Database", answers ? "Answers" : "Does not answer", "",
            answers ? Tile::State::kGood : Tile::State::kBad},
           {"Connections", Spell(history.Latest({kConnections}), Unit::kCount),
            "of at most " + Spell(history.Latest({kPoolLimit}), Unit::kCount)},
           {"Statements per second",
            Spell(rate.empty() ? std::nullopt : rate.back(), Unit::kPerSecond)},
           {"p99 of waiting for one",
            Spell(history.QuantileOfAll({kPoolWait}, 0.99), Unit::kSeconds), "a free connection"},
           {"Errors in 15 minutes", Spell(errors, Unit::kCount), "",
            errors > 0 ? Tile::State::kBad : Tile::State::kPlain}}))
      .Add(Charts({{"Connections",
                    Unit::kCount,
                    {{"in use", history.Level({kConnections, {"in_use"}})},
                     {"idle", history.Level({kConnections, {"idle"}})},
                     {"at most", history.Level({kPoolLimit})}}},
                   {"Statements", Unit::kPerSecond, {{"all", rate}}},
                   LatencyChart(history, "Wait for a connection", {kPoolWait}),
                   RatesByLabel(history, "Errors", kErrors)}))
      .Add(Draw(CountsByLabel(history, "Statements", "statement", kStatements)))
      .Add(Draw(CountsByLabel(history, "Errors", "kind", kErrors)));
}

Markup CapacityPage(const Shown& shown) {
  const History& history = shown.history;
  const auto processor = history.Rate({"process_cpu_seconds_total"});
  const double shed = history.Total({kHashingShed}) + history.Total({"signet_http_shed_total"}) +
                      history.Total({kLaneRefused});
  return Markup()
      .Add(Tiles({{"Passwords waiting",
                   Spell(history.Latest({"signet_hashing_queue_depth"}), Unit::kCount)},
                  {"Calls waiting", Spell(history.Latest({kLaneDepth}), Unit::kCount)},
                  {"Shed in 15 minutes", Spell(shed, Unit::kCount), "refused for want of room",
                   shed > 0 ? Tile::State::kBad : Tile::State::kPlain},
                  {"Memory", Spell(history.Latest({"process_resident_memory_bytes"}), Unit::kBytes),
                   "resident"},
                  {"Processors in use",
                   Spell(processor.empty() ? std::nullopt : processor.back(), Unit::kCount)},
                  {"Open files", Spell(history.Latest({"process_open_fds"}), Unit::kCount),
                   "of at most " + Spell(history.Latest({"process_max_fds"}), Unit::kCount)}}))
      .Add(
          Charts({{"Passwords waiting to be hashed",
                   Unit::kCount,
                   {{"waiting", history.Level({"signet_hashing_queue_depth"})}}},
                  LatencyChart(history, "Hashing one password", {"signet_hashing_service_seconds"}),
                  LatencyChart(history, "Wait before hashing", {"signet_hashing_wait_seconds"}),
                  LanesChart(history),
                  {"Shed",
                   Unit::kPerSecond,
                   {{"passwords", history.Rate({kHashingShed})},
                    {"calls", history.Rate({kLaneRefused})},
                    {"HTTP requests", history.Rate({"signet_http_shed_total"})}}},
                  {"Memory",
                   Unit::kBytes,
                   {{"resident", history.Level({"process_resident_memory_bytes"})}}},
                  {"Processors in use", Unit::kCount, {{"user and system", processor}}},
                  {"Connections",
                   Unit::kCount,
                   {{"gRPC", history.Level({"signet_grpc_connections"})},
                    {"HTTP", history.Level({"signet_http_connections"})}}},
                  {"Threads and files",
                   Unit::kCount,
                   {{"threads", history.Level({"process_threads"})},
                    {"open files", history.Level({"process_open_fds"})}}}}))
      .Add(Draw(CountsByLabel(history, "Passwords that were not hashed", "reason", kHashingShed)));
}

}  // namespace signet::console
