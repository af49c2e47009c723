#include "client/base/processors.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <thread>

#include <sched.h>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace signet::base {
namespace {

size_t BoundTo() {
  cpu_set_t set;
  CPU_ZERO(&set);
  // It fails where the machine has more processors than a cpu_set_t holds.
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<size_t>(CPU_COUNT(&set));
  return std::max(1U, std::thread::hardware_concurrency());
}

// The path of this process's group in the tree of version 2: the line "0::PATH".
std::string PathIn(const std::string& own_group) {
  std::ifstream file(own_group);
  for (std::string line; std::getline(file, line);) {
    absl::string_view path = line;
    if (absl::ConsumePrefix(&path, "0::")) return path == "/" ? "" : std::string(path);
  }
  return "";
}

// "QUOTA PERIOD" in microseconds, or "max PERIOD": processors' worth of time, where it is limited.
std::optional<double> Quota(const std::string& group) {
  std::ifstream file(group + "/cpu.max");
  double quota = 0;
  double period = 0;
  if (!(file >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

}  // namespace

size_t AvailableProcessors(const std::string& groups, const std::string& own_group) {
  size_t processors = BoundTo();
  // Each group above limits it, too.
  for (std::string path = PathIn(own_group);; path.resize(path.rfind('/'))) {
    if (const auto quota = Quota(groups + path)) {
      processors = std::min(processors, static_cast<size_t>(std::ceil(*quota)));
    }
    if (path.rfind('/') == std::string::npos) break;
  }
  return std::max<size_t>(processors, 1);
}

}  // namespace signet::base
