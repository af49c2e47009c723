#include "server/observe/state_metrics.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "server/observe/metric_catalog.h"

namespace signet::observe {
namespace {

// Fields of /proc/self/stat after the command name, which may itself hold blanks and brackets;
// proc(5) numbers them from 3.
std::vector<std::string> ProcStat() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t close = text.rfind(')');
  if (close == std::string::npos) return {};
  std::istringstream rest(text.substr(close + 1));
  return {std::istream_iterator<std::string>(rest), std::istream_iterator<std::string>()};
}

double Field(const std::vector<std::string>& stat, size_t number) {
  double value = 0;
  return stat.size() > number - 3 && absl::SimpleAtod(stat[number - 3], &value) ? value : 0;
}

double TicksPerSecond() { return static_cast<double>(sysconf(_SC_CLK_TCK)); }

double BootTime() {
  std::ifstream file("/proc/stat");
  std::string key;
  double value = 0;
  while (file >> key) {
    if (key == "btime" && file >> value) return value;
    std::getline(file, key);
  }
  return 0;
}

double OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return 0;
  // The directory itself is open while it is read.
  return static_cast<double>(std::distance(begin(entries), end(entries)) - 1);
}

double MaxDescriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

RevocationMetrics::RevocationMetrics(const base::Clock& clock, std::function<State()> state)
    : failures("signet_follow_failures_total", "source", {"feed", "revocations", "keys"}),
      clock_(clock),
      state_(std::move(state)) {}

std::vector<prometheus::MetricFamily> RevocationMetrics::Collect() const {
  const State state = state_();
  auto lags = NewFamily("signet_revocation_lag_seconds");
  lag.CollectInto(lags, {});
  return {OneSample("signet_revocation_sequence", static_cast<double>(state.sequence)),
          std::move(lags),
          OneSample("signet_revocation_as_of_age_seconds",
                    absl::ToDoubleSeconds(clock_.Now() - state.as_of)),
          OneSample("signet_revocation_set_size", static_cast<double>(state.size)),
          OneSample("signet_revocation_log_rewinds_total", static_cast<double>(rewinds.load())),
          OneSample("signet_revocations_restored_total", static_cast<double>(restored.load())),
          failures.Collect()};
}

KeyMetrics::KeyMetrics(const base::Clock& clock, std::function<State()> state)
    : rotation_steps("signet_key_rotation_steps_total", "step",
                     {"prepared", "activated", "retired", "erased"}),
      clock_(clock),
      state_(std::move(state)) {}

std::vector<prometheus::MetricFamily> KeyMetrics::Collect() const {
  const State state = state_();
  auto age = NewFamily("signet_signing_key_age_seconds");
  if (state.active_since) {
    AddSample(age, {}, absl::ToDoubleSeconds(clock_.Now() - *state.active_since));
  }
  return {std::move(age),
          OneSample("signet_key_set_version", static_cast<double>(state.version)),
          OneSample("signet_key_reload_failures_total", static_cast<double>(reload_failures)),
          rotation_steps.Collect(),
          OneSample("signet_key_rotation_failures_total", static_cast<double>(rotation_failures)),
          OneSample("signet_key_rotation_waiting", rotation_waits ? 1 : 0)};
}

std::vector<prometheus::MetricFamily> CacheMetrics::Collect() const {
  const token::VerifiedTokenCache::Stats stats = stats_();
  auto lookups = NewFamily("signet_verified_token_cache_lookups_total");
  AddSample(lookups, {{"result", "hit"}}, static_cast<double>(stats.hits));
  AddSample(lookups, {{"result", "miss"}}, static_cast<double>(stats.misses));
  return {std::move(lookups),
          OneSample("signet_verified_token_cache_evictions_total",
                    static_cast<double>(stats.evictions)),
          OneSample("signet_verified_token_cache_entries", static_cast<double>(stats.entries)),
          OneSample("signet_verified_token_cache_bytes", static_cast<double>(stats.bytes))};
}

ProcessMetrics::ProcessMetrics(std::string version, std::string grpc_version)
    : version_(std::move(version)),
      grpc_version_(std::move(grpc_version)),
      start_time_(BootTime() + Field(ProcStat(), 22) / TicksPerSecond()) {}

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  const std::vector<std::string> stat = ProcStat();
  auto build = NewFamily("signet_build_info");
  AddSample(build, {{"version", version_}, {"grpc", grpc_version_}}, 1);
  return {std::move(build),
          OneSample("process_cpu_seconds_total",
                    (Field(stat, 14) + Field(stat, 15)) / TicksPerSecond()),
          OneSample("process_open_fds", OpenDescriptors()),
          OneSample("process_max_fds", MaxDescriptors()),
          OneSample("process_resident_memory_bytes",
                    Field(stat, 24) * static_cast<double>(sysconf(_SC_PAGESIZE))),
          OneSample("process_threads", Field(stat, 20)),
          OneSample("process_start_time_seconds", start_time_)};
}

}  // namespace signet::observe
