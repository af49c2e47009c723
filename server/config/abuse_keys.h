#pragma once

#include <vector>

#include "server/config/key.h"

namespace signet::config {

// The part of the table that is about guesses, challenges and rates.
std::vector<Key> MakeAbuseKeys();
std::vector<Key> MakeChallengeKeys();
std::vector<Key> MakeRateKeys();

}  // namespace signet::config
