#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/peers.d/libraries/samples.h"

namespace signet::bench {

// Whether a library takes a token: signature, the one algorithm, issuer, audience and expiry. What
// a library does not look at by itself, its adapter looks at, with the library's own means, as its
// user would have to.
using Takes = std::function<bool(const std::string& token)>;

// One adapter, made from the samples of one algorithm.
struct Peer {
  std::string name;
  std::string version;
  std::function<Takes(const Samples& samples)> make;
};

// Prints one row, {"peer":…,"version":…,"case":"es256/cold","rate":…}. `rate` is in verifications
// per second of the thread's CPU time.
void PrintRate(const std::string& peer, const std::string& version, const std::string& what,
               double rate);
// …,"wrong":…} in the place of a rate.
void PrintWrong(const std::string& peer, const std::string& version, const std::string& what,
                const std::string& said);

// What is wrong with the answers to the samples: a live token refused, or a wrong one taken. Empty
// where all is as it should be.
std::string FaultOf(const Samples& samples, const Takes& takes);

// The main function of an adapter, `PROGRAM DIRECTORY SECONDS`: asks for every sample, and where
// the answers are right measures 256 live tokens in turns.
int RunPeer(const Peer& peer, int argc, char** argv);

}  // namespace signet::bench
