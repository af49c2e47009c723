#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "bench/measurement.h"

namespace signet::bench {

// CPU time of the calling thread, in seconds. Rates of computations are taken against it and not
// against the wall clock, so that a neighbour on the same core costs no more than its cache misses.
inline double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Calls of `work` per second of the thread, over at least `seconds`. The clock is read after a
// number of calls that grows until they take a millisecond, so that it is not what is measured.
template <typename Work>
double RateOf(Work& work, double seconds) {
  uint64_t calls = 0;
  uint64_t step = 1;
  const double begin = ThreadSeconds();
  for (double before = begin;;) {
    for (uint64_t i = 0; i < step; ++i) work();
    calls += step;
    const double now = ThreadSeconds();
    if (now - begin >= seconds) return static_cast<double>(calls) / (now - begin);
    if (now - before < 1e-3) step *= 2;
    before = now;
  }
}

// One computation and its name.
struct Timed {
  std::string name;
  std::function<double(double seconds)> rate;
};

template <typename Work>
Timed Time(std::string name, Work work) {
  return {std::move(name), [work](double seconds) mutable { return RateOf(work, seconds); }};
}

// Measures all of `cases` for `seconds` each, in turns of five, and prints the median of each: what
// the machine does in one moment happens to the case and to its limit alike.
inline void Measure(const std::vector<Timed>& cases, double seconds) {
  constexpr int kTurns = 5;
  std::vector<std::vector<double>> rates(cases.size());
  for (int turn = 0; turn < kTurns; ++turn) {
    for (size_t i = 0; i < cases.size(); ++i) rates[i].push_back(cases[i].rate(seconds / kTurns));
  }
  for (size_t i = 0; i < cases.size(); ++i) {
    std::nth_element(rates[i].begin(), rates[i].begin() + kTurns / 2, rates[i].end());
    const double rate = rates[i][kTurns / 2];
    std::cout << FormatMeasurement(
                     {.name = cases[i].name, .rate = rate, .cpu_us_per_call = 1e6 / rate})
              << std::endl;
  }
}

}  // namespace signet::bench
