#pragma once

#include <vector>

#include "server/config/key.h"

namespace signet::config {

// The part of the table that is about what the HTTP port answers besides.
std::vector<Key> MakeAuthzKeys();
std::vector<Key> MakeConnectKeys();
std::vector<Key> MakeConsoleKeys();

}  // namespace signet::config
