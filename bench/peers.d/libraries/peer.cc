#include "bench/peers.d/libraries/peer.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/timing.h"

namespace signet::bench {
namespace {

constexpr size_t kInTurns = 256;

// All of these are our own words, and need no escapes.
void Print(const std::string& peer, const std::string& version, const std::string& what,
           const std::string& rest) {
  std::cout << absl::StrFormat(R"({"peer":"%s","version":"%s","case":"%s",%s})", peer, version,
                               what, rest)
            << std::endl;
}

}  // namespace

void PrintRate(const std::string& peer, const std::string& version, const std::string& what,
               double rate) {
  Print(peer, version, what, absl::StrFormat(R"("rate":%.1f)", rate));
}

void PrintWrong(const std::string& peer, const std::string& version, const std::string& what,
                const std::string& said) {
  Print(peer, version, what, absl::StrFormat(R"("wrong":"%s")", said));
}

std::string FaultOf(const Samples& samples, const Takes& takes) {
  for (size_t i = 0; i < std::min(kInTurns, samples.tokens.size()); ++i) {
    if (!takes(samples.tokens[i])) return "refused a live token";
  }
  for (const WrongToken& wrong : samples.wrong) {
    if (takes(wrong.token)) return absl::StrCat("accepted a token ", wrong.fault);
  }
  return "";
}

int RunPeer(const Peer& peer, int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: " << argv[0] << " DIRECTORY SECONDS\n";
    return 2;
  }
  const auto samples = ReadSamples(argv[1]);
  if (!samples.ok()) {
    std::cerr << peer.name << ": " << samples.status().message() << "\n";
    return 1;
  }
  const std::string what = absl::AsciiStrToLower(samples->algorithm) + "/cold";
  const Takes takes = peer.make(*samples);
  const std::string fault = FaultOf(*samples, takes);
  if (!fault.empty()) {
    PrintWrong(peer.name, peer.version, what, fault);
    return 0;
  }
  const size_t turns = std::min(kInTurns, samples->tokens.size());
  size_t next = 0;
  size_t refused = 0;
  auto one = [&] {
    refused += takes(samples->tokens[next]) ? 0 : 1;
    if (++next == turns) next = 0;
  };
  const double rate = RateOf(one, std::atof(argv[2]));
  if (refused > 0) {
    PrintWrong(peer.name, peer.version, what, absl::StrCat("refused ", refused, " live tokens"));
  } else {
    PrintRate(peer.name, peer.version, what, rate);
  }
  return 0;
}

}  // namespace signet::bench
