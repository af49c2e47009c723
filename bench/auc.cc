#include "bench/auc.h"

#include <algorithm>
#include <cstddef>

namespace signet::bench {

double AreaUnderCurve(std::vector<double> a, std::vector<double> b) {
  std::sort(b.begin(), b.end());
  double wins = 0;
  for (const double duration : a) {
    const auto [first, last] = std::equal_range(b.begin(), b.end(), duration);
    wins += static_cast<double>(first - b.begin()) + 0.5 * static_cast<double>(last - first);
  }
  return wins / (static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

}  // namespace signet::bench
