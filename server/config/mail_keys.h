#pragma once

#include <vector>

#include "server/config/key.h"

namespace signet::config {

// The part of the table that is about mail.
std::vector<Key> MakeMailKeys();

}  // namespace signet::config
