// bench_peer_samples DIRECTORY COUNT: keys, live tokens and wrong ones for every peer, in
// DIRECTORY/es256 and DIRECTORY/rs256.

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bench/peers.d/libraries/samples.h"

int main(int argc, char** argv) {
  using signet::crypto::Algorithm;
  if (argc != 3) {
    std::cerr << "usage: bench_peer_samples DIRECTORY COUNT\n";
    return 2;
  }
  const auto count = static_cast<size_t>(std::max(1L, std::atol(argv[2])));
  for (const auto algorithm : {Algorithm::kEs256, Algorithm::kRs256}) {
    const std::string directory =
        absl::StrCat(argv[1], "/", absl::AsciiStrToLower(signet::crypto::AlgorithmName(algorithm)));
    const auto written = signet::bench::WriteSamples(directory, algorithm, count, absl::Now());
    if (written.ok()) continue;
    std::cerr << "bench_peer_samples: " << written.message() << "\n";
    return 1;
  }
  return 0;
}
