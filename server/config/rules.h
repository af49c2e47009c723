#pragma once

#include <string>
#include <vector>

#include "server/config/load.h"

namespace signet::config {

// What no single key can say: keys that are required, keys that need each other, values that make
// no sense together. Appends to `problems`.
void CheckRules(Purpose purpose, const Settings& settings, std::vector<std::string>& problems);

}  // namespace signet::config
