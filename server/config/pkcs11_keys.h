#pragma once

#include <string>
#include <vector>

#include "server/config/key.h"

namespace signet::config {

// The part of the table that is about a hardware security module.
std::vector<Key> MakePkcs11Keys();

// What of it is missing where `key_encryption.source` is pkcs11, or names no key.
void CheckPkcs11(const Settings& settings, std::vector<std::string>& problems);

}  // namespace signet::config
