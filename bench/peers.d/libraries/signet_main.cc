// bench_peer_signet openssl|cold|cached DIRECTORY SECONDS: Signet's verifier library over the
// samples, or OpenSSL's bare call, which is what all are compared with.

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <openssl/crypto.h>

#include "absl/strings/ascii.h"
#include "bench/library_verification.h"
#include "bench/openssl_limit.h"
#include "bench/peers.d/libraries/peer.h"
#include "bench/timing.h"

namespace signet::bench {
namespace {

int MeasureOpenssl(const Samples& samples, const std::string& algorithm, double seconds) {
  const std::string& token = samples.tokens[0];
  OpensslLimit limit(*crypto::ParseAlgorithm(samples.algorithm), token.substr(0, token.rfind('.')));
  auto verify = [&] { limit.Verify(); };
  PrintRate("openssl", OpenSSL_version(OPENSSL_VERSION_STRING), algorithm + "/bare",
            RateOf(verify, seconds));
  return 0;
}

int MeasureLibrary(const Samples& samples, const crypto::SigningKey& key, const std::string& what,
                   std::vector<std::string> tokens, size_t cache_bytes, double seconds) {
  const LibraryVerification::Rules rules{
      .issuer = samples.issuer, .audience = samples.audience, .key_id = samples.key_id};
  const auto fault_of = [&](const LibraryVerification& library) {
    return FaultOf(samples, [&](const std::string& token) { return library.Verify(token).ok(); });
  };
  // Asked first without tokens to measure: those end the process where one is refused.
  std::string fault = fault_of(LibraryVerification(rules, key.verifying_key(), {}, cache_bytes));
  double rate = 0;
  if (fault.empty()) {
    LibraryVerification library(rules, key.verifying_key(), std::move(tokens), cache_bytes);
    rate = RateOf(library, seconds);
    fault = fault_of(library);  // a cache has seen them all by now
  }
  if (fault.empty()) {
    PrintRate("signet", SIGNET_VERSION, what, rate);
  } else {
    PrintWrong("signet", SIGNET_VERSION, what, fault);
  }
  return 0;
}

int Run(const std::string& which, const std::string& directory, double seconds) {
  const auto samples = ReadSamples(directory);
  const auto key = ReadSampleKey(directory);
  if (!samples.ok() || !key.ok()) {
    std::cerr << "bench_peer_signet: " << samples.status().message() << key.status().message()
              << "\n";
    return 1;
  }
  const std::string algorithm = absl::AsciiStrToLower(samples->algorithm);
  if (which == "openssl") return MeasureOpenssl(*samples, algorithm, seconds);
  const std::string what = algorithm + "/" + which;
  if (which == "cached") {
    return MeasureLibrary(*samples, *key, what, samples->tokens, size_t{256} << 20, seconds);
  }
  std::vector<std::string> tokens = samples->tokens;
  if (tokens.size() > 256) tokens.resize(256);
  return MeasureLibrary(*samples, *key, what, std::move(tokens), 0, seconds);
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  const std::string which = argc == 4 ? argv[1] : "";
  if (which != "openssl" && which != "cold" && which != "cached") {
    std::cerr << "usage: bench_peer_signet openssl|cold|cached DIRECTORY SECONDS\n";
    return 2;
  }
  return signet::bench::Run(which, argv[2], std::atof(argv[3]));
}
