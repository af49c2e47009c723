#pragma once

#include <string>
#include <vector>

#include "server/config/key.h"

namespace signet::config {

// The parts of the table that are about Vault, and about who keeps the key-encryption key.
std::vector<Key> MakeVaultKeys();
std::vector<Key> MakeKeyEncryptionKeys();

// What of them does not fit together, or names no address.
void CheckVault(const Settings& settings, std::vector<std::string>& problems);

}  // namespace signet::config
