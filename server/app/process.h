#pragma once

#include <string>

namespace signet::app {

// What this process does to itself before it holds a secret: no core dumps and no tracing by other
// processes of the user, as many descriptors as the hard limit allows, no SIGPIPE.
void HardenProcess();

// The name of this process, for people, and unlike any other's.
std::string ReplicaName();

}  // namespace signet::app
