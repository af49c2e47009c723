#pragma once

#include <vector>

#include "server/config/key.h"

namespace signet::config {

// The parts of the table that are about old clients.
std::vector<Key> MakeSessionKeys();
std::vector<Key> MakeLegacyKeys();

}  // namespace signet::config
