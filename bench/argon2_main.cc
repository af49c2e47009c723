// bench_argon2: the limit of logins. libargon2 itself, on as many threads as there are cores.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

#include <argon2.h>

#include "CLI/CLI.hpp"
#include "bench/histogram.h"
#include "bench/measurement.h"

namespace signet::bench {
namespace {

using Steady = std::chrono::steady_clock;

struct Cost {
  uint32_t memory_kib = 19 * 1024;
  uint32_t iterations = 2;
  uint32_t lanes = 1;
};

void HashUntil(Steady::time_point end, const Cost& cost, Histogram& times) {
  constexpr char kPassword[] = "quarry-lantern-104729-mizzen-ochre";
  std::array<uint8_t, 16> salt{};
  std::array<uint8_t, 32> hash{};
  for (auto begin = Steady::now(); begin < end;) {
    if (argon2id_hash_raw(cost.iterations, cost.memory_kib, cost.lanes, kPassword,
                          sizeof(kPassword) - 1, salt.data(), salt.size(), hash.data(),
                          hash.size()) != ARGON2_OK) {
      std::abort();
    }
    const auto now = Steady::now();
    times.Record(std::chrono::duration_cast<std::chrono::nanoseconds>(now - begin).count());
    begin = now;
  }
}

Measurement Run(double seconds, unsigned threads, const Cost& cost) {
  std::vector<Histogram> times(threads);
  const auto begin = Steady::now();
  const auto end =
      begin + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  {
    std::vector<std::jthread> running;
    for (Histogram& own : times) running.emplace_back([&, end] { HashUntil(end, cost, own); });
  }
  const double took = std::chrono::duration<double>(Steady::now() - begin).count();
  uint64_t count = 0;
  for (const Histogram& own : times) count += own.count();
  const Histogram& any = times[0];
  return {.name = "argon2id",
          .rate = static_cast<double>(count) / took,
          .p50_us = static_cast<double>(any.Quantile(0.5)) / 1e3,
          .p99_us = static_cast<double>(any.Quantile(0.99)) / 1e3,
          .p999_us = static_cast<double>(any.Quantile(0.999)) / 1e3};
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  double seconds = 3;
  unsigned threads = std::thread::hardware_concurrency();
  signet::bench::Cost cost;
  CLI::App app{"How many Argon2id hashes the machine makes per second."};
  app.add_option("--seconds", seconds);
  app.add_option("--threads", threads);
  app.add_option("--memory-kib", cost.memory_kib);
  app.add_option("--iterations", cost.iterations);
  app.add_option("--lanes", cost.lanes);
  CLI11_PARSE(app, argc, argv);
  std::cout << signet::bench::FormatMeasurement(signet::bench::Run(seconds, threads, cost)) << "\n";
  return 0;
}
