#pragma once

#include <vector>

#include "server/config/key.h"

namespace signet::config {

// The part of the table that is about signing keys, their life, and the key that seals them.
std::vector<Key> MakeSigningKeyKeys();

}  // namespace signet::config
